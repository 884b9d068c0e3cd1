//! `ferry serve`, as a process on loopback.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Attempt, Failure, Result};
use crate::http::{Body, Connection};
use crate::process::{self, Bounded};

const READY: Duration = Duration::from_secs(20);

/// A server process on loopback, ended when dropped.
pub(crate) struct Server {
    process: Bounded,
    address: SocketAddr,
}

impl Server {
    /// Starts `command`, which must listen on `address`, and waits until `/v2/` answers. What it says goes to `log`.
    fn start(command: &mut Command, address: SocketAddr, log: &Path) -> Result<Self> {
        let file = File::create(log).attempt(|| format!("cannot create {}", log.display()))?;
        let twin = file.try_clone().attempt(|| "cannot share a log".into())?;
        command.stdout(Stdio::from(file)).stderr(Stdio::from(twin));
        let mut server = Self { process: Bounded::spawn(command)?, address };
        let deadline = Instant::now() + READY;
        while !answers(address) {
            let ended = server.process.child().try_wait().ok().flatten();
            if ended.is_some() || Instant::now() > deadline {
                let said = fs::read_to_string(log).unwrap_or_default();
                let shown = process::shown(command);
                return Err(Failure::new(format!(
                    "{shown} is not ready\n{}",
                    process::tail(&said, 15)
                )));
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(server)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it and waits for that.
    pub(crate) fn stop(mut self) {
        self.process.stop(Duration::from_secs(5));
    }
}

/// Whether the registry speaks, be it to ask who we are.
fn answers(address: SocketAddr) -> bool {
    let ask = || Connection::open(address)?.send("GET", "/v2/", Body::Empty);
    ask().is_ok_and(|head| matches!(head.status, 200 | 401))
}

/// An address on loopback that nobody listens on at the moment.
fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").attempt(|| "no free port".into())?;
    listener.local_addr().attempt(|| "no free port".into())
}

/// Starts `ferry serve` over a directory or a package. `dir` takes its log and home directory. With `account`, only
/// this user with this password is let in.
pub(crate) fn start_ferry(
    ferry: &Path,
    what: &Path,
    dir: &Path,
    account: Option<(&str, &str)>,
) -> Result<Server> {
    let address = free_address()?;
    let mut command = Command::new(ferry);
    command.arg("serve").arg(what).arg("--listen").arg(address.to_string());
    if let Some((user, password)) = account {
        let file = dir.join("password");
        fs::write(&file, password).attempt(|| format!("cannot write {}", file.display()))?;
        command.arg("--username").arg(user).arg("--password-file").arg(file);
    }
    command.env_clear().env("HOME", dir.join("server-home")).current_dir(dir);
    Server::start(&mut command, address, &dir.join("serve.log"))
}
