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
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::{Running, TestEnv};

    /// How programs for `arch` are started: nothing before them on their own machine, an emulator on another one.
    /// `None` when that is missing.
    fn emulator(arch: Arch) -> Option<Vec<PathBuf>> {
        let native = cfg!(target_arch = "x86_64") == (arch == Arch::Amd64);
        if native && cfg!(any(target_arch = "x86_64", target_arch = "aarch64")) {
            return Some(Vec::new());
        }
        let name = if arch == Arch::Arm64 { "qemu-aarch64-static" } else { "qemu-x86_64-static" };
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path)
            .map(|dir| dir.join(name))
            .find(|file| file.is_file())
            .map(|file| vec![file])
    }

    fn ask(port: u16, server: &mut Running) -> String {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            if let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
                stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
                stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
                let mut answer = String::new();
                stream.read_to_string(&mut answer).unwrap();
                return answer;
            }
            assert!(server.is_running(), "the server ended by itself");
            assert!(Instant::now() < deadline, "no answer");
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn check(arch: Arch) {
        let Some(emulator) = emulator(arch) else {
            let text = format!(
                "SKIPPED: {arch:?} program: the emulator is missing: `apt-get install qemu-user-static`"
            );
            // Not `eprintln!`: the test harness would keep that to itself, as the test passes.
            writeln!(std::io::stderr(), "{text}").unwrap();
            return;
        };
        let port =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let env = TestEnv::new("server");
        let program = env.write("server", server(arch, port, "kairship-ui v0.21.0\n"));
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let command = |argument: &str| {
            let mut command = env.command_of(emulator.first().unwrap_or(&program));
            command.args(emulator.first().map(|_| &program)).arg(argument);
            command
        };
        let _output = env.run_command(command("job")).success();
        let mut running = env.start_command(command("serve"));
        for _ in 0..3 {
            let answer = ask(port, &mut running);
            assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
            assert!(answer.ends_with("\r\n\r\nkairship-ui v0.21.0\n"), "{answer}");
        }
        let _port_is_taken = env.run_command(command("serve")).exits_with(1);
        running.terminate();
        let _ended_in_order = running.wait().success();
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
