//! What a child process used, from the kernel's own books.
//!
//! The exited child is looked at before it is collected: as long as it is a zombie, `/proc` still has the final CPU
//! time and I/O counters of all its threads. Only the peak of its memory is gone by then and is sampled while it runs.

use std::fs;
use std::ops::AddAssign;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::failure::{Attempt, Failure, Result};
use crate::process::{self, Bounded};

/// `USER_HZ`: the unit of CPU times in `/proc`, 100 on every Linux we build for (proc(5)).
const TICKS_PER_SECOND: u32 = 100;

/// How often the memory of a child is looked at.
const SAMPLE: Duration = Duration::from_millis(2);

/// What one command, or several, used.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Usage {
    /// Wall time.
    pub(crate) wall: Duration,
    /// User and system time of the processes.
    pub(crate) cpu: Duration,
    /// Highest resident memory of one process, in bytes.
    pub(crate) peak_rss: u64,
    /// Bytes that `read` and its like returned, from files and sockets.
    pub(crate) rchar: u64,
    /// Bytes fetched from the disk.
    pub(crate) read_bytes: u64,
    /// Bytes written to the disk.
    pub(crate) write_bytes: u64,
}

impl AddAssign for Usage {
    /// Adds up what two processes used. Wall times are the caller's to measure and stay as they are.
    fn add_assign(&mut self, other: Self) {
        self.cpu += other.cpu;
        self.peak_rss = self.peak_rss.max(other.peak_rss);
        self.rchar += other.rchar;
        self.read_bytes += other.read_bytes;
        self.write_bytes += other.write_bytes;
    }
}

/// Runs a command that must succeed within `limit`.
pub(crate) fn run(command: &mut Command, limit: Duration) -> Result<Usage> {
    let log = tempfile::NamedTempFile::new().attempt(|| "cannot create a log".into())?;
    let handle = || log.reopen().attempt(|| "cannot open a log".into());
    command.stdout(Stdio::from(handle()?)).stderr(Stdio::from(handle()?));
    let started = Instant::now();
    let mut child = Bounded::spawn(command)?;
    let mut usage = watch(&child, started, limit)?;
    let status = child.wait(Duration::from_secs(1))?;
    if !status.success() {
        let said = fs::read_to_string(log.path()).unwrap_or_default();
        let shown = process::shown(command);
        return Err(Failure::new(format!(
            "{shown} ended with {status}\n{}",
            process::tail(&said, 15)
        )));
    }
    usage.wall = usage.wall.max(Duration::from_micros(1));
    Ok(usage)
}

/// Runs commands that must all succeed, `at_once` at a time; the wall time is of the whole.
pub(crate) fn run_all(commands: Vec<Command>, at_once: usize, limit: Duration) -> Result<Usage> {
    let started = Instant::now();
    let queue = Mutex::new(commands.into_iter());
    let next = || queue.lock().expect("no worker panics with the lock").next();
    let worker = || {
        let mut sum = Usage::default();
        while let Some(mut command) = next() {
            sum += run(&mut command, limit)?;
        }
        Ok(sum)
    };
    let mut total = Usage::default();
    thread::scope(|scope| -> Result<()> {
        let workers: Vec<_> = (0..at_once).map(|_| scope.spawn(worker)).collect();
        for worker in workers {
            total += worker.join().expect("a worker does not panic")?;
        }
        Ok(())
    })?;
    total.wall = started.elapsed();
    Ok(total)
}

/// Waits for the end of a child without collecting it, and reads the books.
fn watch(child: &Bounded, started: Instant, limit: Duration) -> Result<Usage> {
    let pid = child.pid();
    let peak = AtomicU64::new(0);
    let over = AtomicBool::new(false);
    let wall = thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                peak.fetch_max(peak_rss(pid).unwrap_or(0), Ordering::Relaxed);
                if started.elapsed() > limit {
                    // The wait below then sees it end.
                    process::kill_tree(pid);
                }
                thread::sleep(SAMPLE);
            }
        });
        let waited = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
        over.store(true, Ordering::Relaxed);
        waited.map(|_| started.elapsed())
    })
    .attempt(|| "cannot wait for a child".into())?;
    let mut usage = books(pid).attempt(|| "cannot read the books of a child".into())?;
    usage.wall = wall;
    usage.peak_rss = peak.into_inner();
    Ok(usage)
}

fn peak_rss(pid: Pid) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).ok()?;
    Some(field(&status, "VmHWM:")? * 1024)
}

fn books(pid: Pid) -> Option<Usage> {
    let pid = pid.as_raw_nonzero();
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let io = fs::read_to_string(format!("/proc/{pid}/io")).ok()?;
    Some(Usage {
        cpu: cpu_time(&stat)?,
        rchar: field(&io, "rchar:")?,
        read_bytes: field(&io, "read_bytes:")?,
        write_bytes: field(&io, "write_bytes:")?,
        ..Usage::default()
    })
}

/// User and system time of a process and its collected children: fields 14 to 17 of `/proc/PID/stat`.
fn cpu_time(stat: &str) -> Option<Duration> {
    // The name of the program, field 2, may itself hold spaces and parentheses.
    let after_name = &stat[stat.rfind(')')? + 1..];
    let fields = after_name.split_whitespace().skip(11).take(4);
    let ticks = fields.map(str::parse::<u32>).sum::<std::result::Result<u32, _>>().ok()?;
    Some(Duration::from_secs(1) * ticks / TICKS_PER_SECOND)
}

/// The number after `name` at the start of a line.
fn field(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(20);

    #[test]
    fn what_a_child_read_and_how_long_it_took_is_seen() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), vec![7; 3 << 20]).unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "sleep 0.05; exec cat \"$0\" > /dev/null"]).arg(file.path());
        let usage = run(&mut command, LIMIT).unwrap();
        assert!(usage.rchar >= 3 << 20, "{usage:?}");
        assert!(usage.rchar < 4 << 20, "{usage:?}");
        assert!(usage.wall >= Duration::from_millis(50), "{usage:?}");
        assert!(usage.peak_rss > 100 * 1024, "{usage:?}");
    }

    #[test]
    fn a_failing_child_is_an_error_with_what_it_said() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo no such blob >&2; exit 3"]);
        let failure = run(&mut command, LIMIT).unwrap_err();
        assert!(failure.to_string().contains("no such blob"), "{failure}");
    }

    #[test]
    fn a_child_that_takes_too_long_is_ended() {
        let mut command = Command::new("sleep");
        command.arg("30");
        let started = Instant::now();
        assert!(run(&mut command, Duration::from_millis(100)).is_err());
        assert!(started.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn times_are_read_behind_a_difficult_name() {
        let stat = "42 (a) b) S 1 1 1 0 -1 0 0 0 0 0 150 50 0 100 20 0";
        assert_eq!(cpu_time(stat), Some(Duration::from_secs(3)));
    }

    #[test]
    fn two_at_a_time_overlap() {
        let commands = (0..2).map(|_| {
            let mut command = Command::new("sleep");
            command.arg("0.3");
            command
        });
        let usage = run_all(commands.collect(), 2, LIMIT).unwrap();
        assert!(usage.wall < Duration::from_millis(550), "{usage:?}");
    }
}
