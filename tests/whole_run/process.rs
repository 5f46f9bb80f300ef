//! The `local` program as a child, with everything that it says, and no process of it left behind.

use std::path::{Path, PathBuf};
use std::process::{Command as Plain, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;

use crate::until;

/// Long enough for the first start, which builds the functions.
pub(crate) const START: Duration = Duration::from_secs(900);

/// The built `local` program.
async fn program() -> &'static Path {
    static PROGRAM: OnceCell<PathBuf> = OnceCell::const_new();
    PROGRAM
        .get_or_init(async || {
            let mut built = local::binaries::build(&["local"]).await.expect("the local run builds");
            built.remove("local").expect("cargo names what it built")
        })
        .await
}

/// A running `local`; dropping it kills it and its children.
pub(crate) struct Run {
    child: Child,
    listening: Vec<JoinHandle<()>>,
    said: Arc<Mutex<String>>,
    /// Functions of a killed run: they end by themselves, which the tests look at.
    orphans: Vec<u32>,
}

impl Run {
    /// Starts `local` with these arguments.
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(program().await);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let said = Arc::default();
        let listening = vec![listen(child.stdout.take().unwrap(), &said), listen(child.stderr.take().unwrap(), &said)];
        Self { child, listening, said, orphans: Vec::new() }
    }

    /// Everything it has said so far, on both outputs.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The same of a run that has ended, to the last line.
    pub(crate) async fn all_said(&mut self) -> String {
        for listening in self.listening.drain(..) {
            listening.await.unwrap();
        }
        self.said()
    }

    /// Waits until it has said this; no longer than until it has ended.
    pub(crate) async fn says(&self, text: &str, limit: Duration) {
        let heard = until(limit, async || {
            // In this order: what it says last is heard before its outputs close.
            let ended = self.listening.iter().all(JoinHandle::is_finished);
            let heard = self.said().contains(text);
            (heard || ended).then_some(heard)
        });
        let heard = heard.await;
        let why = if heard.is_none() { "within the time" } else { "before it ended" };
        assert_eq!(heard, Some(true), "{text:?} was not said {why} ({limit:?}), but:\n{}", self.said());
    }

    /// Waits for its end.
    pub(crate) async fn ended(&mut self, limit: Duration) -> ExitStatus {
        match tokio::time::timeout(limit, self.child.wait()).await {
            Ok(status) => status.unwrap(),
            Err(_) => panic!("still running after {limit:?}:\n{}", self.said()),
        }
    }

    /// Kills `local` alone, as the system would; its functions are left to themselves.
    pub(crate) async fn kill_parent(&mut self) {
        self.will_be_orphaned();
        self.child.kill().await.unwrap();
    }

    /// Remembers the functions, so that their end can be awaited after that of `local`.
    pub(crate) fn will_be_orphaned(&mut self) {
        self.orphans = self.functions();
    }

    /// Kills `local` and every function, whatever they are doing.
    pub(crate) async fn kill_all(&mut self) {
        let functions = self.functions();
        self.child.start_kill().unwrap();
        functions.into_iter().for_each(|id| signal("KILL", id));
        self.child.wait().await.unwrap();
    }

    pub(crate) fn interrupt(&self) {
        signal("INT", self.child.id().unwrap());
    }

    /// Ids of the functions' processes.
    pub(crate) fn functions(&self) -> Vec<u32> {
        self.child.id().map(children_of).unwrap_or_default()
    }

    /// Waits until the functions of a killed run have ended by themselves.
    pub(crate) async fn orphans_ended(&self, limit: Duration) {
        let ended = until(limit, async || (!self.orphans.iter().any(|id| runs(*id))).then_some(())).await;
        assert!(ended.is_some(), "functions outlive their killed run by {limit:?}");
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        for id in self.functions() {
            signal("KILL", id);
        }
        let _ = self.child.start_kill();
        // An id may belong to somebody else by now, so only to what still looks like one of ours.
        for id in self.orphans.iter().copied().filter(|id| runs(*id)) {
            signal("KILL", id);
        }
    }
}

fn listen(output: impl AsyncRead + Unpin + Send + 'static, said: &Arc<Mutex<String>>) -> JoinHandle<()> {
    let said = Arc::clone(said);
    tokio::spawn(async move {
        let mut lines = BufReader::new(output).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            said.push_str(&line);
            said.push('\n');
        }
    })
}

/// By the shell's own `kill`: a machine with nothing but the toolchain has no other.
pub(crate) fn signal(name: &str, id: u32) {
    let _ = Plain::new("sh").args(["-c", &format!("kill -{name} {id}")]).stderr(Stdio::null()).status();
}

/// Read from `/proc`; where there is none, nothing is found, and the functions end by themselves.
fn children_of(parent: u32) -> Vec<u32> {
    let wanted = format!("PPid:\t{parent}\n");
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id: &u32| status(*id).is_some_and(|status| status.contains(&wanted))).collect()
}

/// Whether a function's process is still there.
fn runs(id: u32) -> bool {
    let functions = ["icims-", "reference-", "crosschq-", "rejection-", "reconciler"];
    status(id).is_some_and(|status| {
        let name = status.strip_prefix("Name:\t").unwrap_or_default();
        functions.iter().any(|function| name.starts_with(function)) && !status.contains("State:\tZ")
    })
}

fn status(id: u32) -> Option<String> {
    std::fs::read_to_string(format!("/proc/{id}/status")).ok()
}

/// The first of four free ports in a row, below those that the system gives to outgoing connections: none of those may
/// take one while the run is down.
pub(crate) fn free_ports() -> u16 {
    let seed = std::process::id() as u16;
    (0..2_000)
        .map(|n: u16| 20_000 + (seed.wrapping_mul(7) % 2_000 + n * 5) % 10_000)
        .find(|first| (0..4).all(|offset| std::net::TcpListener::bind(("127.0.0.1", first + offset)).is_ok()))
        .expect("four free ports")
}
