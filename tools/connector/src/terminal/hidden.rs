//! Keys that do not show. rpassword hides them only once its prompt is on the screen: what is pasted right then would show.

#[cfg(unix)]
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// While this lives, nothing that is typed at the terminal shows.
#[cfg(unix)]
pub(super) struct Hidden {
    terminal: std::fs::File,
    before: Termios,
}

#[cfg(unix)]
impl Hidden {
    /// Hides what is typed from now on.
    ///
    /// # Errors
    /// If there is no terminal, or it cannot be set.
    pub(super) fn begin() -> std::io::Result<Self> {
        let terminal = std::fs::File::open("/dev/tty")?;
        let before = tcgetattr(&terminal)?;
        let mut hiding = before.clone();
        hiding.local_modes &= !(LocalModes::ECHO | LocalModes::ECHONL);
        tcsetattr(&terminal, OptionalActions::Now, &hiding)?;
        Ok(Self { terminal, before })
    }
}

#[cfg(unix)]
impl Drop for Hidden {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that has gone.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}

/// Elsewhere rpassword's own hiding has to do.
#[cfg(not(unix))]
pub(super) struct Hidden;

#[cfg(not(unix))]
impl Hidden {
    /// Hides nothing by itself.
    ///
    /// # Errors
    /// Never.
    pub(super) fn begin() -> std::io::Result<Self> {
        Ok(Self)
    }
}
