//! The server for amd64: a few instructions, with labels (Intel SDM volume 2; Linux system calls of x86-64).

use std::collections::BTreeMap;

use super::Data;
use super::linux::{
    AF_INET, BACKLOG, FIVE_SECONDS, JOB, MSG_NOSIGNAL, REQUEST, SHUT_WR, SIGTERM, SO_RCVTIMEO,
    SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET,
};

/// `SA_RESTORER`: the kernel wants a return path even for a handler that never returns.
const SA_RESTORER: u64 = 0x0400_0000;

/// System call numbers.
mod call {
    pub(super) const READ: u32 = 0;
    pub(super) const CLOSE: u32 = 3;
    pub(super) const RT_SIGACTION: u32 = 13;
    pub(super) const SOCKET: u32 = 41;
    pub(super) const ACCEPT: u32 = 43;
    pub(super) const SENDTO: u32 = 44;
    pub(super) const SHUTDOWN: u32 = 48;
    pub(super) const BIND: u32 = 49;
    pub(super) const LISTEN: u32 = 50;
    pub(super) const SETSOCKOPT: u32 = 54;
    pub(super) const EXIT: u32 = 60;
}

/// The registers of a system call's arguments, in order, by number; then those that a call leaves alone.
const RDI: u8 = 7;
const RSI: u8 = 6;
const RDX: u8 = 2;
const R10: u8 = 10;
const R8: u8 = 8;
const R9: u8 = 9;
const LISTENER: u8 = 12;
const CLIENT: u8 = 13;

pub(super) fn code(data: &Data) -> Vec<u8> {
    let mut asm = Assembler::default();
    start(&mut asm);
    listen(&mut asm);
    serve(&mut asm, data);
    exits(&mut asm);
    asm.data("address", &data.address);
    asm.data("response", &data.response);
    asm.data("one", &1_u32.to_le_bytes());
    asm.data("timeout", &FIVE_SECONDS);
    asm.finish()
}

/// `job` ends here; a server puts its handler for SIGTERM on the stack and installs it.
fn start(asm: &mut Assembler) {
    asm.raw(&[0x48, 0x83, 0x3c, 0x24, 0x02]); // cmp qword [rsp], 2 (argc)
    asm.jump_if(Condition::Less, "server");
    asm.raw(&[0x48, 0x8b, 0x74, 0x24, 0x10]); // mov rsi, [rsp+16] (argv[1])
    asm.raw(&[0x81, 0x3e]); // cmp dword [rsi], "job\0"
    asm.raw(&JOB);
    asm.jump_if(Condition::Equal, "success");

    asm.label("server");
    asm.raw(&[0x48, 0x81, 0xec]); // sub rsp, REQUEST
    asm.raw(&REQUEST.to_le_bytes());
    // struct sigaction { handler, flags, restorer, mask }
    asm.address(RSI, "success");
    asm.raw(&[0x48, 0x89, 0x34, 0x24]); // mov [rsp], rsi
    asm.raw(&[0x48, 0xc7, 0x44, 0x24, 0x08]); // mov qword [rsp+8], SA_RESTORER
    asm.raw(&u32::try_from(SA_RESTORER).expect("27 bits").to_le_bytes());
    asm.raw(&[0x48, 0x89, 0x74, 0x24, 0x10]); // mov [rsp+16], rsi
    asm.raw(&[0x48, 0xc7, 0x44, 0x24, 0x18, 0, 0, 0, 0]); // mov qword [rsp+24], 0
    asm.load(RDI, SIGTERM);
    asm.raw(&[0x48, 0x89, 0xe6]); // mov rsi, rsp
    asm.load(RDX, 0);
    asm.load(R10, 8);
    asm.call(call::RT_SIGACTION);
}

fn listen(asm: &mut Assembler) {
    asm.load(RDI, AF_INET);
    asm.load(RSI, SOCK_STREAM);
    asm.load(RDX, 0);
    asm.call(call::SOCKET);
    asm.fail_if_negative();
    asm.keep_result(LISTENER);
    for (option, value, len) in [(SO_REUSEADDR, "one", 4), (SO_RCVTIMEO, "timeout", 16)] {
        asm.copy(RDI, LISTENER);
        asm.load(RSI, SOL_SOCKET);
        asm.load(RDX, option);
        asm.address(R10, value);
        asm.load(R8, len);
        asm.call(call::SETSOCKOPT);
        asm.fail_if_negative();
    }
    asm.copy(RDI, LISTENER);
    asm.address(RSI, "address");
    asm.load(RDX, 16);
    asm.call(call::BIND);
    asm.fail_if_negative();
    asm.copy(RDI, LISTENER);
    asm.load(RSI, BACKLOG);
    asm.call(call::LISTEN);
    asm.fail_if_negative();
}

fn serve(asm: &mut Assembler, data: &Data) {
    asm.label("accept");
    asm.copy(RDI, LISTENER);
    asm.load(RSI, 0);
    asm.load(RDX, 0);
    asm.call(call::ACCEPT);
    asm.raw(&[0x85, 0xc0]); // test eax, eax
    asm.jump_if(Condition::Negative, "accept");
    asm.keep_result(CLIENT);
    asm.copy(RDI, CLIENT);
    asm.raw(&[0x48, 0x89, 0xe6]); // mov rsi, rsp
    asm.load(RDX, REQUEST);
    asm.call(call::READ);
    asm.copy(RDI, CLIENT);
    asm.address(RSI, "response");
    asm.load(RDX, u32::try_from(data.response.len()).expect("one line of text"));
    asm.load(R10, MSG_NOSIGNAL);
    asm.load(R8, 0);
    asm.load(R9, 0);
    asm.call(call::SENDTO);
    asm.copy(RDI, CLIENT);
    asm.load(RSI, SHUT_WR);
    asm.call(call::SHUTDOWN);
    asm.copy(RDI, CLIENT);
    asm.call(call::CLOSE);
    asm.jump("accept");
}

fn exits(asm: &mut Assembler) {
    for (label, status) in [("success", 0), ("failure", 1)] {
        asm.label(label);
        asm.load(RDI, status);
        asm.call(call::EXIT);
    }
}

/// Second byte of a near conditional jump.
#[derive(Clone, Copy)]
enum Condition {
    Equal = 0x84,
    Negative = 0x88,
    Less = 0x8c,
}

/// Bytes, labels, and the places that want to know where a label is.
#[derive(Default)]
struct Assembler {
    code: Vec<u8>,
    labels: BTreeMap<&'static str, usize>,
    wanted: Vec<(usize, &'static str)>,
}

impl Assembler {
    fn raw(&mut self, bytes: &[u8]) {
        self.code.extend_from_slice(bytes);
    }

    fn label(&mut self, name: &'static str) {
        let again = self.labels.insert(name, self.code.len());
        assert!(again.is_none(), "label {name} is there twice");
    }

    fn data(&mut self, name: &'static str, bytes: &[u8]) {
        self.code.resize(self.code.len().next_multiple_of(16), 0);
        self.label(name);
        self.raw(bytes);
    }

    /// A distance from the end of these four bytes.
    fn distance_to(&mut self, label: &'static str) {
        self.wanted.push((self.code.len(), label));
        self.raw(&[0; 4]);
    }

    /// mov r32, imm32: clears the upper half too.
    fn load(&mut self, register: u8, value: u32) {
        if register >= 8 {
            self.raw(&[0x41]);
        }
        self.raw(&[0xb8 + register % 8]);
        self.raw(&value.to_le_bytes());
    }

    /// mov r64, r64
    fn copy(&mut self, to: u8, from: u8) {
        self.raw(&[0x48 | ((from / 8) << 2) | (to / 8), 0x89, 0xc0 | ((from % 8) << 3) | (to % 8)]);
    }

    /// lea r64, [rip + label]
    fn address(&mut self, register: u8, label: &'static str) {
        self.raw(&[0x48 | (register / 8) << 2, 0x8d, (register % 8) << 3 | 0x05]);
        self.distance_to(label);
    }

    fn call(&mut self, number: u32) {
        self.load(0, number);
        self.raw(&[0x0f, 0x05]);
    }

    /// mov r64, rax
    fn keep_result(&mut self, register: u8) {
        self.copy(register, 0);
    }

    fn fail_if_negative(&mut self) {
        self.raw(&[0x85, 0xc0]); // test eax, eax
        self.jump_if(Condition::Negative, "failure");
    }

    fn jump(&mut self, label: &'static str) {
        self.raw(&[0xe9]);
        self.distance_to(label);
    }

    fn jump_if(&mut self, condition: Condition, label: &'static str) {
        self.raw(&[0x0f, condition as u8]);
        self.distance_to(label);
    }

    fn finish(mut self) -> Vec<u8> {
        for (at, label) in self.wanted {
            let target = i32::try_from(self.labels[label]).expect("a small program");
            let after = i32::try_from(at + 4).expect("a small program");
            self.code[at..at + 4].copy_from_slice(&(target - after).to_le_bytes());
        }
        self.code
    }
}
