//! Child processes that cannot outlive their time.

use std::fs;
use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::failure::{Attempt, Failure, Result};

/// How a bounded command ended, with what it printed.
pub(crate) struct Finished {
    /// Its exit status.
    pub(crate) status: ExitStatus,
    /// Its stdout and stderr, stdout first.
    pub(crate) output: String,
}

/// A child that is killed, with all below it, when it is dropped or out of time.
///
/// It stays in our process group, so that Ctrl-C in a terminal ends it together with us.
pub(crate) struct Bounded(Child);

impl Bounded {
    /// Starts `command` without stdin.
    pub(crate) fn spawn(command: &mut Command) -> Result<Self> {
        command.stdin(Stdio::null());
        let child = command.spawn().attempt(|| format!("cannot start {}", shown(command)))?;
        Ok(Self(child))
    }

    /// The child itself.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Waits until the child has ended or `limit` is over; then it is killed.
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

    /// Asks the child to end (SIGTERM), then kills it when it has not within `grace`.
    pub(crate) fn stop(&mut self, grace: Duration) {
        if let Ok(None) = self.0.try_wait() {
            let _ = kill_process(self.pid(), Signal::TERM);
            let _ = self.wait(grace);
        }
    }

    /// The process id.
    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.0)
    }

    /// Kills the child with all below it, and collects it.
    pub(crate) fn kill(&mut self) {
        // Once the child is collected its id may belong to someone else.
        if let Ok(None) = self.0.try_wait() {
            kill_tree(self.pid());
            let _ = self.0.wait();
        }
    }
}

impl Drop for Bounded {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Kills a child that is not collected yet, and all its descendants.
pub(crate) fn kill_tree(root: Pid) {
    let parents = parents();
    let mut doomed = vec![root];
    let mut next = 0;
    while let Some(&parent) = doomed.get(next) {
        doomed.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| *pid));
        next += 1;
    }
    for pid in doomed {
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// Every process with its parent, from `/proc/PID/stat` (proc(5)).
fn parents() -> Vec<(Pid, Pid)> {
    let read = |name: &str| {
        let stat = fs::read_to_string(format!("/proc/{name}/stat")).ok()?;
        // The name of the program, field 2, may itself hold spaces and parentheses.
        let parent = stat[stat.rfind(')')? + 1..].split_whitespace().nth(1)?;
        Some((Pid::from_raw(name.parse().ok()?)?, Pid::from_raw(parent.parse().ok()?)?))
    };
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| read(&entry.file_name().to_string_lossy())).collect()
}

/// Runs a command to its end with captured output, within `limit`.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<Finished> {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = Bounded::spawn(command)?;
    let readers = [
        drain(child.child().stdout.take().expect("stdout is piped")),
        drain(child.child().stderr.take().expect("stderr is piped")),
    ];
    let status = child.wait(limit).attempt(|| shown(command))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_child_started_ends_with_it() {
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 37 & echo $!; wait"]).stdout(Stdio::piped());
        let mut child = Bounded::spawn(&mut command).unwrap();
        let mut grandchild = [0; 16];
        let read = child.child().stdout.as_mut().unwrap().read(&mut grandchild).unwrap();
        let grandchild = String::from_utf8_lossy(&grandchild[..read]).trim().to_owned();
        child.kill();
        let is_sleeping = || {
            let stat = fs::read_to_string(format!("/proc/{grandchild}/stat")).unwrap_or_default();
            stat.contains("(sleep) S")
        };
        let deadline = Instant::now() + Duration::from_secs(5);
        while is_sleeping() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
        assert!(!is_sleeping());
    }

    #[test]
    fn a_failing_command_shows_the_end_of_what_it_said() {
        let mut command = Command::new("sh");
        command.args(["-c", "seq 100; exit 4"]);
        let failure = run_ok(&mut command, Duration::from_secs(5)).unwrap_err().to_string();
        assert!(
            failure.contains("100") && failure.contains("76") && !failure.contains("75"),
            "{failure}"
        );
    }
}
