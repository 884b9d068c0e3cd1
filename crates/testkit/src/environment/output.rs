//! What is left of a command when it has ended.

use std::fmt;
use std::process::ExitStatus;
use std::time::Duration;

/// What a command said, and how it ended.
#[derive(Clone)]
#[must_use]
pub struct Output {
    pub(super) status: ExitStatus,
    pub(super) stdout: String,
    pub(super) stderr: String,
    pub(super) elapsed: Duration,
    pub(super) shown: String,
    pub(super) normaliser: Normaliser,
}

impl Output {
    /// The exit code; none when a signal ended it.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Everything on stdout.
    pub fn stdout(&self) -> &str {
        &self.stdout
    }

    /// Everything on stderr.
    pub fn stderr(&self) -> &str {
        &self.stderr
    }

    /// How long it ran.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// stdout for a snapshot, see [`TestEnv::normalise`](crate::TestEnv::normalise).
    pub fn normalised_stdout(&self) -> String {
        self.normaliser.apply(&self.stdout)
    }

    /// stderr for a snapshot.
    pub fn normalised_stderr(&self) -> String {
        self.normaliser.apply(&self.stderr)
    }

    /// Fails the test unless the exit code is 0.
    #[track_caller]
    pub fn success(self) -> Self {
        self.exits_with(0)
    }

    /// Fails the test unless the exit code is this one.
    #[track_caller]
    pub fn exits_with(self, code: i32) -> Self {
        assert!(self.code() == Some(code), "expected exit code {code}\n{self:?}");
        self
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { shown, status, stdout, stderr, .. } = self;
        write!(f, "{shown}\n{status}\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}

/// Replaces what differs from run to run.
#[derive(Clone, Debug)]
pub(super) struct Normaliser {
    /// The directory of the environment.
    pub(super) root: String,
}

impl Normaliser {
    pub(super) fn apply(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (dir, name) in
            [("/home", "$HOME"), ("/tmp", "$TMPDIR"), ("/work", "$WORK"), ("", "$ROOT")]
        {
            text = text.replace(&format!("{}{dir}", self.root), name);
        }
        without_ports(&text)
    }
}

/// Ports that the system gave out differ in each run.
fn without_ports(text: &str) -> String {
    const HOST: &str = "127.0.0.1:";
    let mut parts = text.split(HOST);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|character: char| character.is_ascii_digit());
        out.push_str(HOST);
        out.push_str(if rest.len() < part.len() { "PORT" } else { "" });
        out.push_str(rest);
    }
    out
}
