//! Running a program as if nothing else were on the machine.

mod docker;
mod output;
mod running;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

pub use docker::Docker;
use output::Normaliser;
pub use output::Output;
pub use running::Running;

/// A command that takes longer than this has hung.
const DEFAULT_LIMIT: Duration = Duration::from_mins(1);

/// A home, a temporary directory and a working directory of its own, and an environment with nothing else in it.
///
/// Everything is removed when it is dropped.
#[derive(Debug)]
pub struct TestEnv {
    root: TempDir,
    binary: PathBuf,
    variables: Vec<(OsString, OsString)>,
    limit: Duration,
}

impl TestEnv {
    /// An environment for `binary` (in an integration test: `env!("CARGO_BIN_EXE_ferry")`).
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        let root = tempfile::Builder::new()
            .prefix("ferry-test-")
            .tempdir()
            .expect("the system's temporary directory is writable");
        let mut env =
            Self { root, binary: binary.into(), variables: Vec::new(), limit: DEFAULT_LIMIT };
        for dir in [env.home(), env.temporary(), env.work()] {
            fs::create_dir(&dir).expect("the directory was just made");
        }
        let home = env.home();
        for (name, value) in [
            ("HOME", home.as_os_str()),
            ("TMPDIR", env.temporary().as_os_str()),
            ("XDG_CONFIG_HOME", home.join(".config").as_os_str()),
            ("XDG_CACHE_HOME", home.join(".cache").as_os_str()),
            ("XDG_STATE_HOME", home.join(".local/state").as_os_str()),
            ("XDG_DATA_HOME", home.join(".local/share").as_os_str()),
            ("PATH", OsStr::new("/usr/local/bin:/usr/bin:/bin")),
            ("LANG", OsStr::new("en_US.UTF-8")),
            ("TZ", OsStr::new("UTC")),
            ("TERM", OsStr::new("dumb")),
            ("COLUMNS", OsStr::new("100")),
        ] {
            env = env.variable(name, value);
        }
        env
    }

    /// Sets a variable for every command to come.
    #[must_use]
    pub fn variable(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        let name = name.as_ref().to_owned();
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, value.as_ref().to_owned()));
        self
    }

    /// Another time limit for every command to come; 60 seconds unless it is set.
    #[must_use]
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// `$HOME`
    pub fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// `$TMPDIR`
    pub fn temporary(&self) -> PathBuf {
        self.root.path().join("tmp")
    }

    /// Where commands are run.
    pub fn work(&self) -> PathBuf {
        self.root.path().join("work")
    }

    /// Writes a file under [`Self::work`] and returns its path.
    pub fn write(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.work().join(path);
        crate::package::write_file(&path, content.as_ref());
        path
    }

    /// The program under test, ready for arguments. Run it with [`Self::run_command`].
    pub fn command(&self) -> Command {
        self.command_of(&self.binary)
    }

    /// Another program in the same environment, such as a peer.
    pub fn command_of(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.variables.iter().cloned()).current_dir(self.work());
        command
    }

    /// Runs the program under test to its end.
    pub fn run<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Output {
        let mut command = self.command();
        command.args(arguments);
        self.run_command(command)
    }

    /// Runs a command to its end. A command that does not end in time is killed and the test fails.
    pub fn run_command(&self, command: Command) -> Output {
        self.start_command(command).wait()
    }

    /// Starts the program under test and leaves it running.
    pub fn start<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Running {
        let mut command = self.command();
        command.args(arguments);
        self.start_command(command)
    }

    /// Starts a command and leaves it running.
    pub fn start_command(&self, command: Command) -> Running {
        Running::start(command, self.limit, self.normaliser())
    }

    fn normaliser(&self) -> Normaliser {
        Normaliser { root: self.root.path().to_string_lossy().into_owned() }
    }

    /// `text` with this environment's directories as `$HOME`, `$TMPDIR` and `$WORK`, and ports of 127.0.0.1 as `PORT`.
    pub fn normalise(&self, text: &str) -> String {
        self.normaliser().apply(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> (TestEnv, [String; 2]) {
        (TestEnv::new("/bin/sh"), ["-c".to_owned(), script.to_owned()])
    }

    #[test]
    fn a_command_sees_its_own_home_and_nothing_else() {
        let (env, script) = shell("echo \"$HOME|$TMPDIR|$PWD|$CARGO_MANIFEST_DIR|$LANG\"");
        let output = env.variable("LANG", "zh_CN.UTF-8").run(script).success();
        assert_eq!(output.normalised_stdout(), "$HOME|$TMPDIR|$WORK||zh_CN.UTF-8\n");
    }

    #[test]
    fn both_streams_and_the_code_are_captured() {
        let (env, script) = shell("echo out; echo err http://127.0.0.1:4711/v2/ >&2; exit 3");
        let output = env.run(script).exits_with(3);
        assert_eq!(output.stdout(), "out\n");
        assert_eq!(output.normalised_stderr(), "err http://127.0.0.1:PORT/v2/\n");
    }

    #[test]
    #[should_panic(expected = "expected exit code 0")]
    fn success_is_asserted() {
        let (env, script) = shell("exit 1");
        let _output = env.run(script).success();
    }

    #[test]
    #[should_panic(expected = "did not end within")]
    fn a_command_that_hangs_fails_the_test() {
        let (env, script) = shell("exec sleep 30");
        let _output = env.limit(Duration::from_millis(100)).run(script);
    }

    #[test]
    fn a_running_command_can_be_watched_and_ended() {
        let (env, script) =
            shell("trap 'echo bye; exit 5' TERM; echo ready; while :; do sleep 0.01; done");
        let mut running = env.start(&script);
        assert_eq!(running.wait_for("rea"), "ready");
        running.terminate();
        assert_eq!(running.wait().exits_with(5).stdout(), "ready\nbye\n");
        let mut running = env.start(&script);
        running.wait_for("ready");
        assert_eq!(running.kill().code(), None);
    }
}
