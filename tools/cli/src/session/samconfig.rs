//! Which stack an environment of `samconfig.toml` deploys, read as SAM reads it: what `[NAME.deploy.parameters]` does not
//! set, `[NAME.global.parameters]` does.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::failure::CliError;

/// SAM's file.
const FILE: &str = "samconfig.toml";

/// What an environment says of its stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Environment {
    pub(super) stack: String,
    pub(super) region: Option<String>,
}

/// Reads an environment from the file in `folder`, or in the nearest folder above that has one.
///
/// # Errors
/// If there is no such file, or it cannot be read, or it has no such environment, or no stack in it.
pub(super) fn read(name: &str, folder: &Path) -> Result<Environment, CliError> {
    let file = nearest(folder).ok_or_else(|| {
        CliError::not_found(format!("--config-env: there is no {FILE} in this folder or above it"))
            .fix("run this in the connector's folder, or name the stack with --stack")
    })?;
    let shown = file.display();
    let text = std::fs::read_to_string(&file).map_err(|error| CliError::input(format!("{shown}: {error}")))?;
    let config: Table = text.parse().map_err(|error: toml::de::Error| {
        // TOML's own message shows the line, which may hold a parameter's value.
        CliError::input(format!("{shown} is not TOML: {}", error.message()))
            .fix("correct it; SAM cannot read it either")
    })?;
    let environment = config.get(name).and_then(Value::as_table).ok_or_else(|| {
        let known: Vec<&str> = config.iter().filter(|(_, it)| it.is_table()).map(|(name, _)| name.as_str()).collect();
        CliError::not_found(format!("{shown} has no environment {name}"))
            .fix(format!("give one of its own to --config-env: {}", known.join(", ")))
    })?;
    let parameter = |key: &str| {
        let of = |command: &str| environment.get(command)?.get("parameters")?.get(key)?.as_str().map(str::to_owned);
        of("deploy").or_else(|| of("global"))
    };
    let stack = parameter("stack_name").ok_or_else(|| {
        CliError::not_found(format!("{shown} has no stack_name for the environment {name}"))
            .fix(format!("add it below [{name}.global.parameters], or name the stack with --stack"))
    })?;
    Ok(Environment { stack, region: parameter("region") })
}

fn nearest(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().map(|folder| folder.join(FILE)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Kind;

    fn environment(config: &str, name: &str) -> Result<Environment, CliError> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE), config).unwrap();
        let below = folder.path().join("a/b");
        std::fs::create_dir_all(&below).unwrap();
        read(name, &below)
    }

    #[test]
    fn what_the_deployment_sets_outranks_what_all_commands_share() {
        let config = "version = 0.1\n[prod.global.parameters]\nstack_name = \"all\"\nregion = \"eu-central-1\"\n\
                      [prod.deploy.parameters]\nstack_name = \"own\"\n";
        let own = Environment { stack: "own".to_owned(), region: Some("eu-central-1".to_owned()) };
        assert_eq!(environment(config, "prod"), Ok(own));
    }

    #[test]
    fn the_nearest_file_counts() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("below");
        std::fs::create_dir(&below).unwrap();
        for (at, stack) in [(folder.path(), "far"), (below.as_path(), "near")] {
            std::fs::write(at.join(FILE), format!("[dev.global.parameters]\nstack_name = \"{stack}\"\n")).unwrap();
        }
        assert_eq!(read("dev", &below).unwrap().stack, "near");
    }

    #[test]
    fn our_own_file_names_the_stacks_of_both_environments() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        assert_eq!(read("prod", folder).unwrap().stack, "crosschq-connector-prod");
        assert_eq!(read("dev", folder).unwrap().stack, "crosschq-connector-dev");
    }

    #[test]
    fn what_is_missing_is_named_and_what_is_there_is_offered() {
        let config = "version = 0.1\n[prod.deploy.parameters]\ncapabilities = \"CAPABILITY_IAM\"\n[dev]\n";
        let unknown = environment(config, "staging").unwrap_err();
        assert_eq!(unknown.kind, Kind::NotFound);
        assert!(unknown.fix.unwrap().ends_with("dev, prod"));
        let nameless = environment(config, "prod").unwrap_err();
        assert!(nameless.message.ends_with("has no stack_name for the environment prod"), "{nameless}");
        let broken = environment("[prod\nparameter_overrides = \"Secret=1\"", "prod").unwrap_err();
        assert!(broken.kind == Kind::Input && !broken.message.contains("Secret"), "{broken}");
    }
}
