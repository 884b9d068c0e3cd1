//! Child processes that cannot outlive their time.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Attempt, Failure, Result};

/// How a bounded command ended, with what it printed.
pub(crate) struct Finished {
    /// Its exit status.
    pub(crate) status: ExitStatus,
    /// Its stdout and stderr, stdout first.
    pub(crate) output: String,
}

/// A child that leads its own process group, killed with it when dropped.
pub(crate) struct Group(Child);

impl Group {
    /// Starts `command` as the leader of a new process group, without stdin.
    pub(crate) fn spawn(command: &mut Command) -> Result<Self> {
        command.stdin(Stdio::null()).process_group(0);
        let child = command.spawn().attempt(|| format!("cannot start {}", shown(command)))?;
        Ok(Self(child))
    }

    /// The child itself.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Waits until the child has ended or `limit` is over; then the whole group is killed.
    pub(crate) fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.0.try_wait().attempt(|| "cannot wait for a child".into())? {
                return Ok(status);
            }
            if Instant::now() >= deadline {
                self.kill();
                return Err(Failure::new(format!("not done after {} s, stopped", limit.as_secs())));
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asks the child to end (SIGTERM), then kills the group when it has not within `grace`.
    pub(crate) fn stop(&mut self, grace: Duration) {
        if let Ok(None) = self.0.try_wait() {
            let _ = rustix::process::kill_process(self.pid(), rustix::process::Signal::TERM);
            let _ = self.wait(grace);
        }
    }

    /// The process id, which is also the group's.
    pub(crate) fn pid(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.0)
    }

    /// Kills the whole group and collects the child.
    pub(crate) fn kill(&mut self) {
        // Once the child is reaped its id may belong to someone else.
        if let Ok(None) = self.0.try_wait() {
            let _ = rustix::process::kill_process_group(self.pid(), rustix::process::Signal::KILL);
            let _ = self.0.wait();
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs a command to its end with captured output, within `limit`.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<Finished> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut group = Group::spawn(command)?;
    let readers = [
        drain(group.child().stdout.take().expect("stdout is piped")),
        drain(group.child().stderr.take().expect("stderr is piped")),
    ];
    let status = group.wait(limit).attempt(|| shown(command))?;
    let output = readers.map(|reader| reader.join().unwrap_or_default()).concat();
    Ok(Finished { status, output })
}

/// Like [`run`], but a failing exit status is an error that carries the end of the output.
pub(crate) fn run_ok(command: &mut Command, limit: Duration) -> Result<String> {
    let done = run(command, limit)?;
    if done.status.success() {
        return Ok(done.output);
    }
    Err(Failure::new(format!(
        "{} ended with {}\n{}",
        shown(command),
        done.status,
        tail(&done.output, 25)
    )))
}

/// The command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// The last `count` lines, indented.
pub(crate) fn tail(text: &str, count: usize) -> String {
    let lines: Vec<_> = text.lines().collect();
    let from = lines.len().saturating_sub(count);
    lines[from..].iter().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

fn drain(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before an error is still worth showing.
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}
