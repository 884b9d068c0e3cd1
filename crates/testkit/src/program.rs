//! The program inside our images: a web server of a few hundred bytes that needs nothing but a Linux kernel.
//!
//! Images of the look-alike really run, and the machine that builds them has no compiler for the other architecture,
//! no busybox and no time. So the two ELF files are written here, instruction by instruction.
//!
//! The program answers every connection with HTTP 200 and one line of text. Called with the single argument `job` it
//! exits with status 0 at once, which makes it good for hook Jobs too. SIGTERM ends it (as process 1 of a container
//! it would otherwise ignore the signal and be killed after the grace period).

mod aarch64;
mod elf;
mod x86_64;

use crate::Arch;

/// The port the programs in images listen on.
pub const PORT: u16 = 8080;

/// The ELF file of a server that listens on `port` of all addresses and answers with `text`.
pub fn server(arch: Arch, port: u16, text: &str) -> Vec<u8> {
    let response = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    );
    let data = Data { address: socket_address(port), response: response.into_bytes() };
    match arch {
        Arch::Amd64 => elf::executable(elf::Machine::X86_64, &x86_64::code(&data)),
        Arch::Arm64 => elf::executable(elf::Machine::Aarch64, &aarch64::code(&data)),
    }
}

/// What the code refers to.
struct Data {
    address: [u8; 16],
    response: Vec<u8>,
}

/// `struct sockaddr_in` of 0.0.0.0: family 2 in the machine's order (both are little-endian), port in the network's.
fn socket_address(port: u16) -> [u8; 16] {
    let mut address = [0; 16];
    address[0] = 2;
    address[2..4].copy_from_slice(&port.to_be_bytes());
    address
}

/// Linux constants that are the same on both machines.
mod linux {
    pub(super) const AF_INET: u32 = 2;
    pub(super) const SOCK_STREAM: u32 = 1;
    pub(super) const SOL_SOCKET: u32 = 1;
    pub(super) const SO_REUSEADDR: u32 = 2;
    pub(super) const SO_RCVTIMEO: u32 = 20;
    pub(super) const MSG_NOSIGNAL: u32 = 0x4000;
    pub(super) const SHUT_WR: u32 = 1;
    pub(super) const SIGTERM: u32 = 15;
    pub(super) const BACKLOG: u32 = 128;
    /// The longest request that is read.
    pub(super) const REQUEST: u32 = 4096;
    /// `struct timeval` of five seconds: a client that sends nothing does not hold up the others for longer.
    pub(super) const FIVE_SECONDS: [u8; 16] = [5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    /// The argument that makes the program a job, with its NUL.
    pub(super) const JOB: [u8; 4] = *b"job\0";
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::{Read as _, Write as _};
    use std::net::{Ipv4Addr, TcpListener, TcpStream};
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    use std::path::Path;
    use std::process::{Child, Command};
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;

    /// The emulator for the other machine, when there is one.
    fn runner(arch: Arch) -> Option<Vec<String>> {
        let native = cfg!(target_arch = "x86_64") == (arch == Arch::Amd64);
        if native && cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) {
            return Some(Vec::new());
        }
        let emulator =
            if arch == Arch::Arm64 { "qemu-aarch64-static" } else { "qemu-x86_64-static" };
        let path = std::env::var_os("PATH")?;
        let found =
            std::env::split_paths(&path).map(|dir| dir.join(emulator)).find(|p| p.exists())?;
        Some(vec![found.to_str()?.to_owned()])
    }

    fn command(runner: &[String], program: &Path) -> Command {
        match runner {
            [] => Command::new(program),
            [emulator, ..] => {
                let mut command = Command::new(emulator);
                command.arg(program);
                command
            }
        }
    }

    fn ask(port: u16, child: &mut Child) -> String {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            if let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
                stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
                stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).unwrap();
                return answer;
            }
            assert!(child.try_wait().unwrap().is_none(), "the server ended by itself");
            assert!(Instant::now() < deadline, "no answer");
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn write_executable(path: &Path, bytes: &[u8]) {
        fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o755)
            .open(path)
            .unwrap()
            .write_all(bytes)
            .unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn check(arch: Arch) {
        let Some(runner) = runner(arch) else {
            let emulator = "qemu-user-static";
            let text = format!(
                "SKIPPED: {arch:?} program: {emulator} is missing: `apt-get install {emulator}`"
            );
            // Not `eprintln!`: the test harness would keep that to itself, as the test passes.
            writeln!(std::io::stderr(), "{text}").unwrap();
            return;
        };
        let dir = tempfile::tempdir().unwrap();
        let program = dir.path().join("server");
        let port =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        write_executable(&program, &server(arch, port, "kairship-ui v0.21.0\n"));

        assert!(command(&runner, &program).arg("job").status().unwrap().success());
        let mut child = command(&runner, &program).arg("serve").spawn().unwrap();
        for _ in 0..3 {
            let answer = ask(port, &mut child);
            assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
            assert!(answer.ends_with("\r\n\r\nkairship-ui v0.21.0\n"), "{answer}");
        }
        let taken = command(&runner, &program).status().unwrap();
        assert_eq!(taken.code(), Some(1), "a port that is taken is an error");

        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(0), "SIGTERM ends it in order");
    }

    #[test]
    fn the_amd64_program_serves_and_ends() {
        check(Arch::Amd64);
    }

    #[test]
    fn the_arm64_program_serves_and_ends() {
        check(Arch::Arm64);
    }
}
