//! A command under way.

use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::output::{Normaliser, Output};

/// Starts a command, again when its file is still open for writing: a file that was just written may have been
/// inherited, for a moment, by a process that another test's thread starts.
fn spawn(command: &mut Command) -> io::Result<Child> {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        match command.spawn() {
            Err(error)
                if error.kind() == io::ErrorKind::ExecutableFileBusy
                    && Instant::now() < deadline =>
            {
                thread::sleep(Duration::from_millis(5));
            }
            result => return result,
        }
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
    pub(super) fn start(mut command: Command, limit: Duration, normaliser: Normaliser) -> Self {
        let shown = format!("{command:?}");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child =
            spawn(&mut command).unwrap_or_else(|error| panic!("cannot start {shown}: {error}"));
        let stdout = Captured::of(child.stdout.take().expect("stdout is piped"));
        let stderr = Captured::of(child.stderr.take().expect("stderr is piped"));
        Self { child, shown, stdout, stderr, normaliser, started: Instant::now(), limit }
    }

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
