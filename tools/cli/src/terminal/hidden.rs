//! A line that is typed and does not show.

use std::io;

/// Shows a prompt and reads a line from the terminal without showing what is typed, from before the prompt is there until
/// the future is done or dropped.
///
/// # Errors
/// If there is no terminal, or it is closed.
#[cfg(unix)]
pub(super) async fn line(prompt: &str) -> io::Result<String> {
    use std::io::Write as _;

    let hidden = unix::Hidden::begin()?;
    let mut err = io::stderr();
    write!(err, "{prompt}").and_then(|()| err.flush())?;
    let typed = super::input::spawn_blocking(unix::line).await;
    drop(hidden);
    writeln!(err)?;
    typed
}

/// Elsewhere rpassword knows how.
///
/// # Errors
/// If there is no terminal, or it is closed.
#[cfg(not(unix))]
pub(super) async fn line(prompt: &str) -> io::Result<String> {
    let prompt = prompt.to_owned();
    super::input::spawn_blocking(|| rpassword::prompt_password(prompt)).await
}

/// rpassword hides keys only once its prompt is on the screen, and from the thread that waits: what is pasted right then
/// shows, and Ctrl-C right then leaves the terminal without echo.
#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io::{self, Read as _};

    use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

    const TERMINAL: &str = "/dev/tty";
    /// The longest line that a terminal gives.
    const LONGEST: usize = 4096;

    /// While this lives, nothing that is typed at the terminal shows.
    pub(super) struct Hidden {
        terminal: File,
        before: Termios,
    }

    impl Hidden {
        pub(super) fn begin() -> io::Result<Self> {
            let terminal = File::open(TERMINAL)?;
            let before = tcgetattr(&terminal)?;
            let mut hiding = before.clone();
            hiding.local_modes &= !(LocalModes::ECHO | LocalModes::ECHONL);
            tcsetattr(&terminal, OptionalActions::Now, &hiding)?;
            Ok(Self { terminal, before })
        }
    }

    impl Drop for Hidden {
        fn drop(&mut self) {
            // Nothing can be done about a terminal that has gone.
            let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
        }
    }

    /// Reads a line without its end, into the one buffer that is given on: no copy of it stays behind.
    pub(super) fn line() -> io::Result<String> {
        let mut line = vec![0; LONGEST];
        let read = File::open(TERMINAL)?.read(&mut line)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        line.truncate(read);
        while line.last().is_some_and(|byte| b"\r\n".contains(byte)) {
            line.pop();
        }
        String::from_utf8(line).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "what was typed is no UTF-8"))
    }
}
