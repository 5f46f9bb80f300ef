//! Who may name whom. A rule that breaks names the file and the line.

mod circles;
mod documented;
mod modules;

use std::fs;
use std::path::{Path, PathBuf};

use circles::circles;
use modules::Modules;
use testkit::{files, root};

fn sources(under: &str) -> Vec<PathBuf> {
    files(under, "rs")
}

/// Lines of code, without comments and without what follows `#[cfg(test)]`.
fn code(file: &Path) -> Vec<(usize, String)> {
    let text = fs::read_to_string(file).unwrap();
    text.lines()
        .enumerate()
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(number, line)| (number + 1, line.to_owned()))
        .collect()
}

fn assert_free_of(files: &[PathBuf], forbidden: &[&str]) {
    let mut broken = Vec::new();
    for file in files.iter().filter(|file| file.file_name().is_none_or(|name| name != "tests.rs")) {
        for (number, line) in code(file) {
            for word in forbidden {
                if line.contains(word) {
                    broken.push(format!("{}:{number} names {word}", file.strip_prefix(root()).unwrap().display()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

const OUTSIDE: [&str; 9] =
    ["aws_", "lambda_", "reqwest", "std::env", "SystemTime", "Instant::now", "now_utc", "serde_json::Value", "http::"];

#[test]
fn the_domain_imports_nothing_of_ours_and_nothing_of_the_outside() {
    let files = sources("shared/src/domain");
    assert_free_of(&files, &OUTSIDE);
    assert_free_of(
        &files,
        &["crate::ports", "crate::flows", "crate::failure", "crate::icims", "crate::crosschq", "crate::aws"],
    );
}

#[test]
fn flows_know_domain_ports_and_failure_only() {
    let files = sources("shared/src/flows");
    assert_free_of(&files, &OUTSIDE);
    assert_free_of(&files, &["crate::icims", "crate::crosschq", "crate::aws", "crate::batch", "crate::http"]);
}

#[test]
fn adapters_do_not_know_one_another_nor_the_flows() {
    for (folder, others) in [
        ("shared/src/icims", ["crate::crosschq", "crate::aws", "crate::flows"]),
        ("shared/src/crosschq", ["crate::icims", "crate::aws", "crate::flows"]),
        ("shared/src/aws", ["crate::icims", "crate::crosschq", "crate::flows"]),
    ] {
        assert_free_of(&sources(folder), &others);
    }
}

#[test]
fn only_a_functions_main_names_the_adapters_and_it_stays_short() {
    for file in sources("functions") {
        if file.ends_with("main.rs") {
            let lines = fs::read_to_string(&file).unwrap().lines().count();
            assert!(lines < 60, "{} has {lines} lines", file.display());
        } else {
            assert_free_of(&[file], &["connector_core::aws", "Icims::new", "Crosschq::new", "std::env"]);
        }
    }
}

#[test]
fn functions_share_messages_and_never_code() {
    for entry in fs::read_dir(root().join("functions")).unwrap() {
        let folder = entry.unwrap().path();
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let own = folder.file_name().unwrap().to_str().unwrap();
        for other in [
            "icims-webhook",
            "reference-requester",
            "crosschq-callback",
            "icims-updater",
            "rejection-canceller",
            "reconciler",
        ] {
            assert!(other == own || !manifest.contains(other), "{own} depends on {other}");
        }
    }
}

#[test]
fn the_sandbox_knows_nothing_of_the_connector() {
    let manifest = fs::read_to_string(root().join("tools/sandbox/Cargo.toml")).unwrap();
    assert!(!manifest.contains("connector"));
    assert_free_of(&sources("tools/sandbox/src"), &["connector_core::"]);
}

#[test]
fn files_of_the_product_stay_small_enough_to_read() {
    let is_test = |file: &PathBuf| file.iter().any(|part| part == "tests" || part == "tests.rs");
    let root = root();
    let files = sources("shared/src").into_iter().chain(sources("functions"));
    for file in files.filter(|file| !is_test(&file.strip_prefix(&root).unwrap().to_owned())) {
        let lines = code(&file).iter().filter(|(_, line)| !line.trim().is_empty()).count();
        assert!(lines <= 300, "{} has {lines} lines of code", file.display());
    }
}

#[test]
fn each_public_item_of_the_core_says_what_it_is_for() {
    let is_test =
        |file: &PathBuf| file.iter().any(|part| part == "tests" || part == "tests.rs" || part == "testing.rs");
    let mut found = Vec::new();
    for file in sources("shared/src").into_iter().filter(|file| !is_test(file)) {
        let text = fs::read_to_string(&file).unwrap();
        found.extend(documented::undocumented(&text).into_iter().map(|name| format!("{}: {name}", shown(&file))));
    }
    assert!(found.is_empty(), "public items without a doc comment:\n{}", found.join("\n"));
}

#[test]
fn an_undocumented_item_would_be_found() {
    let text = "pub struct A; /// Documented.\npub fn b() {} impl A { pub fn c() {} fn d() {} } #[cfg(test)] mod e { pub fn f() {} }";
    assert_eq!(documented::undocumented(text), ["A", "c"]);
}

/// The roots of all crates: libraries, programs and test programs of functions, core, tools and tests.
fn crates() -> Vec<PathBuf> {
    let is_root = |file: &PathBuf| {
        let is_file_of = |folder: &str| file.parent().is_some_and(|parent| parent.ends_with(folder));
        let is_test = is_file_of("tests") || file.parent().and_then(Path::parent).is_some_and(|p| p.ends_with("tests"));
        match file.file_name().and_then(|name| name.to_str()) {
            Some("lib.rs") => is_file_of("src"),
            Some("main.rs") => is_file_of("src") || is_test,
            _ => is_file_of("tests"),
        }
    };
    ["functions", "shared", "tools", "tests"].into_iter().flat_map(sources).filter(is_root).collect()
}

#[test]
fn no_files_depend_on_each_other_in_a_circle() {
    let mut found = Vec::new();
    for root_file in crates() {
        let dependencies = Modules::of_crate(&root_file).dependencies();
        for circle in circles(&dependencies) {
            let of_circle = |file: &PathBuf| {
                let others = dependencies[file].intersection(&circle).map(|other| shown(other));
                format!("  {} -> {}", shown(file), others.collect::<Vec<_>>().join(", "))
            };
            let files: Vec<String> = circle.iter().map(of_circle).collect();
            found.push(format!("{}:\n{}", shown(&root_file), files.join("\n")));
        }
    }
    assert!(found.is_empty(), "files that depend on each other:\n{}", found.join("\n"));
}

#[test]
fn a_circle_would_be_found() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("lib.rs", "mod a; mod b; mod c; pub use a::A; use c::C; fn parent(_: C) {}");
    write("a.rs", "use crate::b::B; pub struct A(B);");
    // By the re-export, in a body, and not by an import of its file.
    write("b.rs", "pub struct B; fn f() { let _ = |_: crate::A| (); }");
    // A child that uses its parent, and test code, make no circle.
    write("c.rs", "pub struct C; fn f() { super::parent(C) } #[cfg(test)] mod tests { use crate::a::A; }");
    let found = circles(&Modules::of_crate(&folder.path().join("lib.rs")).dependencies());
    let names = |name: &str| folder.path().join(name);
    assert_eq!(found, [[names("a.rs"), names("b.rs")].into()]);
}

fn shown(file: &Path) -> String {
    file.canonicalize().unwrap().strip_prefix(root()).unwrap().display().to_string()
}
