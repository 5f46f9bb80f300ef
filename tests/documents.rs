//! The documents and the code agree: whatever one names in the other exists.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use testkit::{files, root};

/// All sources but this one, whose examples cite what is not there.
fn sources() -> Vec<PathBuf> {
    let all = ["functions", "shared", "tests", "tools"].into_iter().flat_map(|folder| files(folder, "rs"));
    all.filter(|file| !file.ends_with("tests/documents.rs")).collect()
}

fn documents() -> Vec<PathBuf> {
    let mut documents = files("docs", "md");
    documents.extend(["README.md", "tools/local/README.md", "tools/sandbox/README.md"].map(|path| root().join(path)));
    documents
}

fn name(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

fn assert_none(broken: &[String]) {
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

/// The comments of a source file as one text: a citation may run over the end of a line.
fn comments(source: &str) -> String {
    let lines = source.lines().filter_map(|line| line.find("//").map(|at| line[at..].trim_start_matches(['/', '!'])));
    lines.flat_map(|line| [line.trim(), " "]).collect()
}

/// The documents and sections that a text cites, in order: `docs/vendors/icims.md`, then `4.3`.
#[derive(Debug, PartialEq)]
enum Citation {
    Document(String),
    Section(String),
}

fn citations(text: &str) -> Vec<Citation> {
    let path = |c: char| c.is_ascii_alphanumeric() || "/_-.".contains(c);
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['§', 'd']) {
        let tail = &rest[at..];
        if let Some(section) = tail.strip_prefix('§') {
            let number: String = section.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
            found.push(Citation::Section(number.trim_end_matches('.').to_owned()));
        } else if tail.starts_with("docs/") {
            let cited: String = tail.chars().take_while(|&c| path(c)).collect();
            if let Some(end) = cited.find(".md") {
                found.push(Citation::Document(cited[..end + 3].to_owned()));
            }
        }
        rest = tail.get(tail.chars().next().unwrap().len_utf8()..).unwrap();
    }
    found
}

fn headings(document: &str) -> Vec<&str> {
    document.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim()).collect()
}

/// The numbers at the beginning of a document's headings.
fn sections(document: &str) -> BTreeSet<&str> {
    let numbers = headings(document).into_iter().filter_map(|heading| heading.split(' ').next());
    numbers.map(|number| number.trim_end_matches('.')).collect()
}

#[test]
fn citations_are_found_wherever_a_comment_breaks_its_lines() {
    let source =
        "    /// A row (docs/vendors/icims.md\n    /// §4.3, §4.4). See docs/glossary.md.\nlet x = 1; // §5.\n";
    let document = |path: &str| Citation::Document(path.to_owned());
    let section = |number: &str| Citation::Section(number.to_owned());
    assert_eq!(
        citations(&comments(source)),
        [document("docs/vendors/icims.md"), section("4.3"), section("4.4"), document("docs/glossary.md"), section("5")]
    );
}

#[test]
fn every_section_that_a_comment_cites_is_in_the_document() {
    let mut broken = Vec::new();
    let mut cited = 0;
    for file in sources() {
        let source = fs::read_to_string(&file).unwrap();
        let mut document = None;
        for citation in citations(&comments(&source)) {
            match citation {
                Citation::Document(path) => match fs::read_to_string(root().join(&path)) {
                    Ok(text) => document = Some((path, text)),
                    Err(_) => broken.push(format!("{} cites {path}, which does not exist", name(&file))),
                },
                Citation::Section(number) => match &document {
                    Some((_, text)) if sections(text).contains(number.as_str()) => cited += 1,
                    Some((path, _)) => broken.push(format!("{} cites {path} §{number}: no such heading", name(&file))),
                    None => broken.push(format!("{} cites §{number} and names no document", name(&file))),
                },
            }
        }
    }
    assert_none(&broken);
    assert!(cited > 200, "only {cited} citations were found");
}

#[test]
fn no_source_names_a_document_that_is_not_in_the_repository() {
    let mut broken = Vec::new();
    for file in sources() {
        let source = fs::read_to_string(&file).unwrap();
        for citation in citations(&source) {
            if let Citation::Document(path) = citation
                && !root().join(&path).exists()
            {
                broken.push(format!("{} names {path}, which does not exist", name(&file)));
            }
        }
        for outside in ["facts icims", "facts crosschq", "fact sheet", "house.md", "design.md", "style.md"] {
            if comments(&source).contains(outside) {
                broken.push(format!("{} cites {outside:?}", name(&file)));
            }
        }
    }
    assert_none(&broken);
}

/// A document without its fenced blocks.
fn prose(document: &str) -> String {
    document.split("```").step_by(2).collect()
}

/// What a heading's anchor is, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn every_link_of_the_documents_leads_somewhere() {
    let mut broken = Vec::new();
    let mut links = 0;
    for file in documents() {
        let text = fs::read_to_string(&file).unwrap();
        for link in prose(&text).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("https://") {
                continue;
            }
            links += 1;
            let (path, wanted) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() { file.clone() } else { file.parent().unwrap().join(path) };
            if !target.exists() {
                broken.push(format!("{} links to {link}: no such file", name(&file)));
            } else if !wanted.is_empty() {
                let target = fs::read_to_string(&target).unwrap();
                if !headings(&prose(&target)).into_iter().any(|heading| anchor(heading) == wanted) {
                    broken.push(format!("{} links to {link}: no such heading", name(&file)));
                }
            }
        }
    }
    assert_none(&broken);
    assert!(links > 20, "only {links} links were found");
}

/// What stands between backticks.
fn quoted(document: &str) -> Vec<String> {
    prose(document).split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_file_and_test_that_the_documents_name_exists() {
    let tests: BTreeSet<String> = sources()
        .iter()
        .flat_map(|file| {
            let source = fs::read_to_string(file).unwrap();
            let names = source.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next().map(str::to_owned));
            names.collect::<Vec<_>>()
        })
        .collect();
    let is_name = |word: &str| word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let mut broken = Vec::new();
    for file in documents() {
        for word in quoted(&fs::read_to_string(&file).unwrap()) {
            let is_path = ["docs/", "events/", "functions/", "shared/", "tests/", "tools/", ".ci/"]
                .iter()
                .any(|folder| word.starts_with(folder))
                && !word.contains(['*', '<', '{', ' ']);
            if is_path && !root().join(&word).exists() {
                broken.push(format!("{} names the file {word}, which does not exist", name(&file)));
            }
            // Shorter ones are settings and fields.
            if is_name(&word) && word.matches('_').count() > 3 && !tests.contains(&word) {
                broken.push(format!("{} names the test {word}, which does not exist", name(&file)));
            }
        }
    }
    assert_none(&broken);
}

#[test]
fn the_log_lines_of_the_document_are_those_of_the_code() {
    let document = fs::read_to_string(root().join("docs/logging.md")).unwrap();
    let lines = document.split("\n## ").filter(|section| section.contains("\n| message |")).flat_map(str::lines);
    let cells = lines.filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let messages: BTreeSet<String> =
        cells.filter(|cell| *cell != "message").map(|cell| cell.replace('`', "")).collect();
    assert!(messages.len() > 30, "only {} messages were found", messages.len());
    let code: String = ["functions", "shared"]
        .into_iter()
        .flat_map(|folder| files(folder, "rs"))
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    let written: BTreeSet<&str> = code.split('"').collect();
    let gone: Vec<String> = messages.iter().filter(|message| !written.contains(message.as_str())).cloned().collect();
    assert_none(&gone);
    let needs_a_person = written.iter().filter(|text| text.ends_with(": manual action required"));
    let missing: Vec<String> =
        needs_a_person.filter(|text| !messages.contains(**text)).map(|text| (*text).to_owned()).collect();
    assert_none(&missing);
}

/// An alarm counts the field, not the sentence: see `tests/stories/alarmed.rs`.
#[test]
fn every_line_that_needs_a_person_has_the_field_that_the_alarm_counts() {
    let mut broken = Vec::new();
    let mut found = 0;
    for file in ["functions", "shared"].into_iter().flat_map(|folder| files(folder, "rs")) {
        let source = fs::read_to_string(&file).unwrap();
        for call in source.split("tracing::").skip(1) {
            let call = call.split(");").next().unwrap();
            if call.contains(": manual action required\"") {
                found += 1;
                let fields = call.strip_prefix("error!(").unwrap_or_default();
                if !fields.trim_start().starts_with("action = MANUAL,") {
                    broken.push(format!("{}: {call}", name(&file)));
                }
            }
        }
    }
    assert!(found >= 6, "only {found} were found");
    assert_none(&broken);
}

#[test]
fn the_readme_stays_short() {
    let lines = fs::read_to_string(root().join("README.md")).unwrap().lines().count();
    assert!(lines <= 130, "README.md has {lines} lines");
}
