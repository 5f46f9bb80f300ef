//! Every help text as people read it, recorded beside this file. `RECORD=1 cargo test -p connector-cli --test help` records
//! again; the difference is what a review reads.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::allow_attributes, missing_docs)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Every command's path: `["customer", "add"]`; the first is empty.
fn paths(command: &clap::Command, path: &[String], all: &mut Vec<Vec<String>>) {
    all.push(path.to_vec());
    for sub in command.get_subcommands() {
        let longer = [path, &[sub.get_name().to_owned()]].concat();
        paths(sub, &longer, all);
    }
}

fn help(path: &[String]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_connector"))
        .args(path)
        .arg("--help")
        .env_clear()
        .env("COLUMNS", "100")
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{path:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn recorded(path: &[String]) -> PathBuf {
    let name = if path.is_empty() { "connector".to_owned() } else { path.join("-") };
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/help").join(format!("{name}.txt"))
}

fn all() -> Vec<Vec<String>> {
    let mut all = Vec::new();
    paths(&connector_cli::command(), &[], &mut all);
    all
}

#[test]
fn every_help_text_is_the_recorded_one_and_no_record_is_left_over() {
    let record = std::env::var_os("RECORD").is_some();
    let mut files = BTreeSet::new();
    for path in all() {
        let (said, file) = (help(&path), recorded(&path));
        if record {
            std::fs::write(&file, &said).unwrap();
        }
        let known = std::fs::read_to_string(&file).unwrap_or_default();
        snapbox::assert_data_eq!(said, snapbox::Data::text(known).raw());
        files.insert(file);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/help");
    let there = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let there: BTreeSet<_> = there.filter(|file| file.extension().is_some_and(|end| end == "txt")).collect();
    assert_eq!(there, files);
}

#[test]
fn every_command_that_does_something_shows_an_example() {
    for path in all() {
        let said = help(&path);
        let does = !said.contains("Commands:");
        assert!(!does || said.contains("Example"), "{path:?} has no example");
    }
}

#[test]
fn no_option_takes_a_secret() {
    for path in all() {
        let said = help(&path).to_lowercase();
        for option in said.split_whitespace().filter(|word| word.starts_with("--")) {
            let takes = ["password", "token", "key", "client-secret"].iter().any(|secret| option.ends_with(secret));
            assert!(!takes, "{path:?}: {option}");
        }
    }
}
