//! The repository's own files.

use std::path::{Path, PathBuf};

use local::template::{Context, Template};

/// Where the repository is.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// `template.yaml`, as a local run with this endpoint reads it.
pub fn template(endpoint: &str) -> Template {
    template_in(&Context::local(endpoint))
}

/// `template.yaml`, read in this context.
pub fn template_in(context: &Context) -> Template {
    Template::read_file(&root().join("template.yaml"), context).unwrap()
}

/// The files with an extension below a folder of the repository.
pub fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    fn walk(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, extension, found);
            } else if path.extension().is_some_and(|other| other == extension) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), extension, &mut found);
    assert!(!found.is_empty(), "nothing under {folder}");
    found
}
