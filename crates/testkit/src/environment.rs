//! Running a program as if nothing else were on the machine.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

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
    pub fn start_command(&self, mut command: Command) -> Running {
        let shown = format!("{command:?}");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("cannot start {shown}: {error}"));
        let stdout = Captured::of(child.stdout.take().expect("stdout is piped"));
        let stderr = Captured::of(child.stderr.take().expect("stderr is piped"));
        let normaliser = Normaliser { root: self.root.path().to_string_lossy().into_owned() };
        Running {
            child,
            shown,
            stdout,
            stderr,
            normaliser,
            started: Instant::now(),
            limit: self.limit,
        }
    }

    /// `text` with this environment's directories as `$HOME`, `$TMPDIR` and `$WORK`, and ports of 127.0.0.1 as `PORT`.
    pub fn normalise(&self, text: &str) -> String {
        Normaliser { root: self.root.path().to_string_lossy().into_owned() }.apply(text)
    }
}

/// A command that was started. Dropped before its end, it is killed.
#[derive(Debug)]
#[must_use]
pub struct Running {
    child: Child,
    shown: String,
    stdout: Captured,
    stderr: Captured,
    normaliser: Normaliser,
    started: Instant,
    limit: Duration,
}

impl Running {
    /// The process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// What came on stdout so far.
    pub fn stdout_so_far(&self) -> String {
        self.stdout.text()
    }

    /// What came on stderr so far.
    pub fn stderr_so_far(&self) -> String {
        self.stderr.text()
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits until `text` stands on stdout or stderr and returns the line it is in. The test fails when the command
    /// ends or its time is over before that.
    pub fn wait_for(&mut self, text: &str) -> String {
        let deadline = self.started + self.limit;
        loop {
            // Asked before the text is looked at: what was written before the end is still found.
            let ended = !self.is_running();
            if ended {
                self.stdout.join();
                self.stderr.join();
            }
            for captured in [&self.stdout, &self.stderr] {
                let all = captured.text();
                if let Some(line) = all.lines().find(|line| line.contains(text)) {
                    return line.to_owned();
                }
            }
            if ended || Instant::now() > deadline {
                let why = if ended { "ended" } else { "took too long" };
                let said = self.said();
                panic!("{} {why} without `{text}`\n{said}", self.shown);
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// SIGKILL, and its end.
    pub fn kill(mut self) -> Output {
        // An error means that it has ended by itself.
        let _ = self.child.kill();
        self.wait()
    }

    /// SIGTERM, as a service manager sends it.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// SIGINT, as Ctrl-C sends it.
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id())
            .ok()
            .and_then(Pid::from_raw)
            .expect("a process id is positive");
        // Not waited for yet, so the id is still this process's; an error means that it has ended.
        let _ = kill_process(id, signal);
    }

    /// Waits for the end.
    pub fn wait(mut self) -> Output {
        let status = self.wait_status();
        self.stdout.join();
        self.stderr.join();
        Output {
            status,
            stdout: self.stdout.text(),
            stderr: self.stderr.text(),
            elapsed: self.started.elapsed(),
            shown: std::mem::take(&mut self.shown),
            normaliser: self.normaliser.clone(),
        }
    }

    fn wait_status(&mut self) -> ExitStatus {
        let deadline = self.started + self.limit;
        loop {
            match self.child.try_wait().expect("a child can be waited for") {
                Some(status) => return status,
                None if Instant::now() > deadline => {
                    let said = self.said();
                    panic!("{} did not end within {:?}\n{said}", self.shown, self.limit);
                }
                None => thread::sleep(Duration::from_millis(2)),
            }
        }
    }

    fn said(&self) -> String {
        format!("--- stdout\n{}\n--- stderr\n{}", self.stdout.text(), self.stderr.text())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Errors mean that it has ended, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A pipe that is read as it fills.
#[derive(Debug)]
struct Captured {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Captured {
    fn of(mut pipe: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(read @ 1..) = pipe.read(&mut buffer) {
                shared
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .extend_from_slice(&buffer[..read]);
            }
        });
        Self { bytes, reader: Some(reader) }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap_or_else(PoisonError::into_inner))
            .into_owned()
    }

    /// Waits for the end of the pipe, but not for long: a grandchild may hold it open.
    fn join(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(2);
        while self.reader.as_ref().is_some_and(|reader| !reader.is_finished()) {
            if Instant::now() > deadline {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

/// What a command said, and how it ended.
#[derive(Clone)]
#[must_use]
pub struct Output {
    status: ExitStatus,
    stdout: String,
    stderr: String,
    elapsed: Duration,
    shown: String,
    normaliser: Normaliser,
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

    /// stdout for a snapshot, see [`TestEnv::normalise`].
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

#[derive(Clone, Debug)]
struct Normaliser {
    root: String,
}

impl Normaliser {
    fn apply(&self, text: &str) -> String {
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
