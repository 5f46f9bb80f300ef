//! With somebody at the terminal: hidden prompts, confirmations, the editor. The terminal is made by `script`, which every
//! Linux has.

use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::support::Stage;
use crate::{Joining, nothing_saved};

/// Longest wait for a prompt.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the key Ctrl-C sends.
const CTRL_C: &str = "\x03";

/// Runs a command at a terminal and gives each answer once its prompt is there; tells the exit code and all that stood on
/// the screen. The terminal is left as it was.
async fn at_terminal(
    stage: &Stage,
    arguments: &[&str],
    variables: &[(&str, &str)],
    answers: &[(&str, &str)],
) -> (i32, String) {
    let local = format!("--local={}", stage.place.aws_endpoint);
    let mut words = vec![env!("CARGO_BIN_EXE_connector"), &local];
    words.extend(arguments);
    let command: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let mut child = tokio::process::Command::new("script")
        .args(["-qec", &format!("trap : INT; {}; code=$?; stty -a; exit $code", command.join(" ")), "/dev/null"])
        .env_clear()
        .env("HOME", stage.home.path())
        .env("TMPDIR", stage.home.path())
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("TERM", "dumb")
        .env("SHELL", "/bin/sh")
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (mut screen, mut answered) = (String::new(), 0);
    let mut buffer = [0; 4096];
    for (prompt, answer) in answers {
        while !screen[answered..].contains(prompt) {
            let read = tokio::time::timeout(PATIENCE, output.read(&mut buffer)).await;
            let read = read.unwrap_or_else(|_| panic!("no {prompt:?} in {screen}")).unwrap();
            assert!(read > 0, "no {prompt:?} in {screen}");
            screen.push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
        answered = screen.len();
        let end = if *answer == CTRL_C { "" } else { "\n" };
        input.write_all(format!("{answer}{end}").as_bytes()).await.unwrap();
    }
    while let Ok(read @ 1..) = tokio::time::timeout(PATIENCE, output.read(&mut buffer)).await.unwrap() {
        screen.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    assert!(screen.contains(" echo "), "the terminal shows no more what is typed: {screen}");
    (child.wait().await.unwrap().code().unwrap(), screen)
}

#[tokio::test]
async fn secrets_are_asked_for_and_do_not_show_on_the_screen() {
    let stage = Stage::empty().await;
    let joining = Joining::of(&stage);
    let mut arguments = vec!["customer", "add", "1234"];
    arguments.extend(joining.options.iter().map(String::as_str));
    let answers = [
        ("iCIMS client id:", "icims-client-1234"),
        ("iCIMS client secret:", "sandbox-secret"),
        ("Crosschq Partner API key:", "crosschq-token-1234"),
    ];
    let (code, screen) = at_terminal(&stage, &arguments, &[], &answers).await;
    assert_eq!(code, 0, "{screen}");
    for (_, secret) in answers {
        assert!(!screen.contains(secret), "{screen}");
    }
    let secret = stage.secret("1234", "AWSCURRENT").await.unwrap();
    assert_eq!(
        secret["icims"],
        json!({"oauth": {"client_id": "icims-client-1234", "client_secret": "sandbox-secret"}})
    );
}

#[tokio::test]
async fn an_empty_secret_is_none() {
    let stage = Stage::empty().await;
    let joining = Joining::of(&stage);
    let mut arguments = vec!["customer", "add", "1234"];
    arguments.extend(joining.options.iter().map(String::as_str));
    let answers = [("iCIMS client id:", "icims-client-1234"), ("iCIMS client secret:", " ")];
    let (code, screen) = at_terminal(&stage, &arguments, &[], &answers).await;
    assert_eq!(code, 2, "{screen}");
    assert!(screen.contains("the iCIMS client secret must not be empty"), "{screen}");
    nothing_saved(&stage, "1234").await;
}

#[tokio::test]
async fn settings_are_edited_in_the_editor_until_they_hold() {
    let stage = Stage::with_demo().await;
    // At first a slip, then what was meant.
    let editor = stage.file(
        "editor",
        "#!/bin/sh\nif grep -q 'retention_days = 30' \"$1\"; then sed -i 's/retention_days = 30/retention_days = 0/' \"$1\"\n\
         else sed -i 's/retention_days = 0/retention_days = 60/' \"$1\"; fi\n",
    );
    let editor = format!("sh {editor}");
    let answers = [("edit again?", "y"), ("save this for customer 1234?", "y")];
    let (code, screen) = at_terminal(&stage, &["customer", "edit", "1234"], &[("EDITOR", &editor)], &answers).await;
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("settings.retention_days: keep finished checks for at least one day"), "{screen}");
    assert_eq!(stage.record("1234", "settings").await.unwrap()["retention_days"]["N"], "60");
    let left = std::fs::read_dir(stage.home.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("settings-"));
    assert_eq!(left.count(), 0, "the draft is gone");
}

#[tokio::test]
async fn a_no_changes_nothing() {
    let stage = Stage::with_demo().await;
    let edit = ["customer", "edit", "1234", "--set", "retention_days=60"];
    let (code, screen) = at_terminal(&stage, &edit, &[], &[("save this for customer 1234?", "n")]).await;
    assert_eq!(code, 9, "{screen}");
    assert_eq!(stage.record("1234", "settings").await.unwrap()["retention_days"]["N"], "30");
    let (code, screen) =
        at_terminal(&stage, &["customer", "remove", "1234"], &[], &[("type 1234 to remove", "1235")]).await;
    assert_eq!(code, 9, "{screen}");
    assert!(stage.record("1234", "settings").await.is_some());
    let (code, screen) =
        at_terminal(&stage, &["customer", "remove", "1234"], &[], &[("type 1234 to remove", "1234")]).await;
    assert_eq!(code, 0, "{screen}");
    assert_eq!(stage.record("1234", "settings").await, None);
}

#[tokio::test]
async fn ctrl_c_ends_a_prompt_and_changes_nothing() {
    let stage = Stage::empty().await;
    let joining = Joining::of(&stage);
    let mut arguments = vec!["customer", "add", "1234"];
    arguments.extend(joining.options.iter().map(String::as_str));
    let answers = [("iCIMS client id:", "icims-client-1234"), ("iCIMS client secret:", CTRL_C)];
    let (code, screen) = at_terminal(&stage, &arguments, &[], &answers).await;
    assert_eq!(code, 130, "{screen}");
    nothing_saved(&stage, "1234").await;

    let stage = Stage::with_demo().await;
    let edit = ["customer", "edit", "1234", "--set", "retention_days=60"];
    let (code, screen) = at_terminal(&stage, &edit, &[], &[("save this for customer 1234?", CTRL_C)]).await;
    assert_eq!(code, 130, "{screen}");
    assert!(screen.contains("interrupted"), "{screen}");
    assert_eq!(stage.record("1234", "settings").await.unwrap()["retention_days"]["N"], "30");
}
