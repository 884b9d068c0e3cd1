//! A Docker daemon that belongs to one test.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::environment::{Output, TestEnv};
use crate::peer::skip;
use crate::{Peer, peer_or_skip};

/// The daemon answers in a second or two.
const READY: Duration = Duration::from_secs(30);
/// It gives containers ten seconds to end.
const STOPPED: Duration = Duration::from_secs(25);

/// Runs the daemon until standard input ends, which it does however the test process ends.
const KEEPER: &str = r#""$@" & daemon=$!; read -r _; kill "$daemon"; wait "$daemon"; exit 0"#;

/// `dockerd` with data, socket, containerd and control group of its own, which touches no network device and no
/// firewall. It sees the network of the host, so registries on 127.0.0.1 are at hand, spoken to in plain HTTP.
///
/// Its processes and mounts are in namespaces of their own: whatever it leaves behind ends with the shell that keeps it.
#[derive(Debug)]
pub struct Docker {
    keeper: Child,
    client: Peer,
    directory: TempDir,
}

impl Docker {
    /// Starts a daemon, or skips the test (under `CI=true`: fails it) when a program is missing or root's rights are.
    pub fn start_or_skip() -> Option<Self> {
        let daemon = peer_or_skip("dockerd")?;
        let client = peer_or_skip("docker")?;
        let unshare = peer_or_skip("unshare")?;
        if !rustix::process::geteuid().is_root() {
            skip(&"dockerd wants to be run by root");
            return None;
        }
        let started = Self::start(&daemon, client, &unshare);
        Some(started.unwrap_or_else(|error| panic!("dockerd does not start: {error}")))
    }

    fn start(daemon: &Peer, client: Peer, unshare: &Peer) -> io::Result<Self> {
        // The path of a socket may have no more than 107 bytes.
        let directory = tempfile::Builder::new().prefix("ferry-docker-").tempdir()?;
        let at = |name: &str| directory.path().join(name);
        // Not the machine's /etc/docker/daemon.json.
        fs::write(at("daemon.json"), "{}")?;
        let log = File::create(at("log"))?;
        let mut command = Command::new(&unshare.path);
        command.args(["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]);
        command.args(["/bin/sh", "-c", KEEPER, "sh"]).arg(&daemon.path);
        for (flag, name) in [
            ("--config-file", "daemon.json"),
            ("--data-root", "data"),
            ("--exec-root", "exec"),
            ("--pidfile", "pid"),
        ] {
            command.arg(flag).arg(at(name));
        }
        command.arg("--host").arg(format!("unix://{}", at("socket").display()));
        command.arg("--cgroup-parent").arg(Path::new("/").join(group(directory.path())));
        // vfs is slow and works on every file system.
        command.args(["--storage-driver=vfs", "--bridge=none", "--iptables=false"]);
        command.args(["--ip6tables=false", "--ip-forward=false", "--ip-masq=false"]);
        command.env_clear().env("HOME", directory.path());
        command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command.current_dir(directory.path()).stdin(Stdio::piped());
        let keeper = command.stdout(log.try_clone()?).stderr(log).spawn()?;
        let mut docker = Self { keeper, client, directory };
        docker.wait_until_ready()?;
        Ok(docker)
    }

    /// `docker` with these arguments, to its end.
    pub fn run(&self, env: &TestEnv, arguments: &[&str]) -> Output {
        let mut command = env.command_of(&self.client.path);
        command.arg("--host").arg(format!("unix://{}", self.socket().display())).args(arguments);
        env.run_command(command)
    }

    /// Sends `GET /` to a port of a container from inside its network, as soon as something listens there within ten
    /// seconds, and returns the answer.
    pub fn ask(&self, env: &TestEnv, container: &str, port: u16) -> Output {
        let id = self.run(env, &["inspect", "--format", "{{.Id}}", container]).success();
        let process = self.process(id.stdout().trim()).expect("the container runs");
        // A container counts as started before its program listens.
        let script = format!(
            "for try in {{1..100}}; do exec 3<>/dev/tcp/127.0.0.1/{port} && break; sleep 0.1; done 2>/dev/null; \
             printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3"
        );
        let mut command = env.command_of(Path::new("nsenter"));
        command.args(["--net", "--target", &process, "bash", "-c", &script]);
        env.run_command(command)
    }

    /// Where its files are; gone when it is.
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    fn socket(&self) -> PathBuf {
        self.directory.path().join("socket")
    }

    fn log(&self) -> String {
        fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    /// The first process of a container, by the number it has here and not in the daemon's namespace.
    fn process(&self, container: &str) -> Option<String> {
        groups(self.directory.path()).into_iter().find_map(|group| {
            let processes = fs::read_to_string(group.join(container).join("cgroup.procs")).ok()?;
            processes.lines().next().map(str::to_owned)
        })
    }

    fn wait_until_ready(&mut self) -> io::Result<()> {
        let deadline = Instant::now() + READY;
        loop {
            if self.answers() {
                return Ok(());
            }
            if Instant::now() > deadline || self.keeper.try_wait()?.is_some() {
                return Err(io::Error::new(io::ErrorKind::TimedOut, self.log()));
            }
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn answers(&self) -> bool {
        let ask = || -> io::Result<String> {
            let mut stream = std::os::unix::net::UnixStream::connect(self.socket())?;
            stream.set_read_timeout(Some(Duration::from_secs(2)))?;
            stream.write_all(b"GET /_ping HTTP/1.0\r\n\r\n")?;
            io::read_to_string(stream)
        };
        ask().is_ok_and(|answer| answer.ends_with("OK"))
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        // The end of standard input, for which the shell waits.
        drop(self.keeper.stdin.take());
        let deadline = Instant::now() + STOPPED;
        while matches!(self.keeper.try_wait(), Ok(None)) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(20));
        }
        // An error means that it has ended, which is what is wanted.
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
        for group in groups(self.directory.path()) {
            let _ = fs::remove_dir(group);
        }
    }
}

/// The name of a daemon's control group: that of its directory.
fn group(directory: &Path) -> &Path {
    Path::new(directory.file_name().expect("it is below the temporary directory"))
}

/// The control groups of a daemon that are there: one, or with cgroup v1 one for each controller.
fn groups(directory: &Path) -> Vec<PathBuf> {
    let root = Path::new("/sys/fs/cgroup");
    let controllers = fs::read_dir(root).into_iter().flatten().flatten().map(|entry| entry.path());
    let places = controllers.chain([root.to_owned()]).map(|place| place.join(group(directory)));
    places.filter(|place| place.is_dir()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_daemon_leaves_nothing_behind() {
        let Some(docker) = Docker::start_or_skip() else { return };
        let env = TestEnv::new("/bin/sh");
        let info = docker.run(&env, &["info", "--format", "{{.Driver}} {{.DockerRootDir}}"]);
        let directory = docker.directory().to_owned();
        assert_eq!(info.success().stdout(), format!("vfs {}/data\n", directory.display()));
        let mounts = || fs::read_to_string("/proc/self/mountinfo").unwrap();
        let name = directory.to_str().unwrap();
        assert!(!mounts().contains(name), "the daemon's mounts are its own");
        drop(docker);
        assert!(!directory.exists());
        assert!(groups(&directory).is_empty());
        let is_left = |entry: fs::DirEntry| {
            let line = fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default();
            line.contains(name)
        };
        assert!(!fs::read_dir("/proc").unwrap().flatten().any(is_left));
    }
}
