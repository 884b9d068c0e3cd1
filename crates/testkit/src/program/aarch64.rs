//! The server for arm64: the same program (Arm ARM, A64 base instructions; Linux's generic system call numbers).

use std::collections::BTreeMap;

use super::Data;
use super::linux::{
    AF_INET, BACKLOG, FIVE_SECONDS, JOB, MSG_NOSIGNAL, REQUEST, SHUT_WR, SIGTERM, SO_RCVTIMEO,
    SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET,
};

/// System call numbers.
mod call {
    pub(super) const CLOSE: u32 = 57;
    pub(super) const READ: u32 = 63;
    pub(super) const EXIT: u32 = 93;
    pub(super) const RT_SIGACTION: u32 = 134;
    pub(super) const SOCKET: u32 = 198;
    pub(super) const BIND: u32 = 200;
    pub(super) const LISTEN: u32 = 201;
    pub(super) const ACCEPT: u32 = 202;
    pub(super) const SENDTO: u32 = 206;
    pub(super) const SETSOCKOPT: u32 = 208;
    pub(super) const SHUTDOWN: u32 = 210;
}

/// Registers that a system call leaves alone.
const LISTENER: u32 = 19;
const CLIENT: u32 = 20;
/// The stack pointer, where an instruction takes one; the zero register elsewhere.
const SP: u32 = 31;
const ZERO: u32 = 31;

pub(super) fn code(data: &Data) -> Vec<u8> {
    let mut asm = Assembler::default();
    start(&mut asm);
    listen(&mut asm);
    serve(&mut asm, data);
    for (label, status) in [("success", 0), ("failure", 1)] {
        asm.label(label);
        asm.load(0, status);
        asm.call(call::EXIT);
    }
    asm.data("job", &JOB);
    asm.data("address", &data.address);
    asm.data("response", &data.response);
    asm.data("one", &1_u32.to_le_bytes());
    asm.data("timeout", &FIVE_SECONDS);
    asm.finish()
}

fn start(asm: &mut Assembler) {
    asm.load_doubleword(0, SP, 0); // argc
    asm.word(0xf100_081f); // cmp x0, #2
    asm.branch_if(Condition::Less, "server");
    asm.load_doubleword(0, SP, 16); // argv[1]
    asm.word(0xb940_0001); // ldr w1, [x0]
    asm.address(0, "job");
    asm.word(0xb940_0002); // ldr w2, [x0]
    asm.word(0x6b02_003f); // cmp w1, w2
    asm.branch_if(Condition::Equal, "success");

    asm.label("server");
    assert_eq!(REQUEST, 1 << 12, "the next instruction takes units of 4096");
    asm.word(0xd140_07ff); // sub sp, sp, #1, lsl #12
    // struct sigaction { handler, flags, restorer, mask }; no restorer is needed here
    asm.address(0, "success");
    asm.store_doubleword(0, SP, 0);
    for offset in [8, 16, 24] {
        asm.store_doubleword(ZERO, SP, offset);
    }
    asm.load(0, SIGTERM);
    asm.stack_address(1);
    asm.load(2, 0);
    asm.load(3, 8);
    asm.call(call::RT_SIGACTION);
}

fn listen(asm: &mut Assembler) {
    asm.load(0, AF_INET);
    asm.load(1, SOCK_STREAM);
    asm.load(2, 0);
    asm.call(call::SOCKET);
    asm.branch_if_negative("failure");
    asm.copy(LISTENER, 0);
    for (option, value, len) in [(SO_REUSEADDR, "one", 4), (SO_RCVTIMEO, "timeout", 16)] {
        asm.copy(0, LISTENER);
        asm.load(1, SOL_SOCKET);
        asm.load(2, option);
        asm.address(3, value);
        asm.load(4, len);
        asm.call(call::SETSOCKOPT);
        asm.branch_if_negative("failure");
    }
    asm.copy(0, LISTENER);
    asm.address(1, "address");
    asm.load(2, 16);
    asm.call(call::BIND);
    asm.branch_if_negative("failure");
    asm.copy(0, LISTENER);
    asm.load(1, BACKLOG);
    asm.call(call::LISTEN);
    asm.branch_if_negative("failure");
}

fn serve(asm: &mut Assembler, data: &Data) {
    asm.label("accept");
    asm.copy(0, LISTENER);
    asm.load(1, 0);
    asm.load(2, 0);
    asm.call(call::ACCEPT);
    asm.branch_if_negative("accept");
    asm.copy(CLIENT, 0);
    asm.stack_address(1);
    asm.load(2, REQUEST);
    asm.call(call::READ);
    asm.copy(0, CLIENT);
    asm.address(1, "response");
    asm.load(2, u32::try_from(data.response.len()).expect("one line of text"));
    asm.load(3, MSG_NOSIGNAL);
    asm.load(4, 0);
    asm.load(5, 0);
    asm.call(call::SENDTO);
    asm.copy(0, CLIENT);
    asm.load(1, SHUT_WR);
    asm.call(call::SHUTDOWN);
    asm.copy(0, CLIENT);
    asm.call(call::CLOSE);
    asm.branch("accept");
}

/// Condition field of a conditional branch.
#[derive(Clone, Copy)]
enum Condition {
    Equal = 0,
    Less = 11,
}

/// How an instruction holds a distance.
#[derive(Clone, Copy)]
enum Field {
    /// Bytes: two low bits at 29, the rest at 5.
    Address,
    /// Instructions: 19 bits at 5.
    Conditional,
    /// Instructions: one bit tested, 14 bits at 5.
    Tested,
    /// Instructions: 26 bits at 0.
    Branch,
}

#[derive(Default)]
struct Assembler {
    code: Vec<u8>,
    labels: BTreeMap<&'static str, usize>,
    wanted: Vec<(usize, &'static str, Field)>,
}

impl Assembler {
    fn word(&mut self, instruction: u32) {
        self.code.extend(instruction.to_le_bytes());
    }

    fn label(&mut self, name: &'static str) {
        let again = self.labels.insert(name, self.code.len());
        assert!(again.is_none(), "label {name} is there twice");
    }

    fn data(&mut self, name: &'static str, bytes: &[u8]) {
        self.code.resize(self.code.len().next_multiple_of(16), 0);
        self.label(name);
        self.code.extend_from_slice(bytes);
    }

    fn with_distance(&mut self, instruction: u32, label: &'static str, field: Field) {
        self.wanted.push((self.code.len(), label, field));
        self.word(instruction);
    }

    /// movz
    fn load(&mut self, register: u32, value: u32) {
        assert!(value < 1 << 16, "movz takes 16 bits");
        self.word(0xd280_0000 | value << 5 | register);
    }

    /// mov (register)
    fn copy(&mut self, to: u32, from: u32) {
        self.word(0xaa00_03e0 | from << 16 | to);
    }

    /// mov (from the stack pointer)
    fn stack_address(&mut self, register: u32) {
        self.word(0x9100_03e0 | register);
    }

    /// ldr (offset in bytes)
    fn load_doubleword(&mut self, register: u32, base: u32, offset: u32) {
        self.word(0xf940_0000 | (offset / 8) << 10 | base << 5 | register);
    }

    /// str (offset in bytes)
    fn store_doubleword(&mut self, register: u32, base: u32, offset: u32) {
        self.word(0xf900_0000 | (offset / 8) << 10 | base << 5 | register);
    }

    /// adr
    fn address(&mut self, register: u32, label: &'static str) {
        self.with_distance(0x1000_0000 | register, label, Field::Address);
    }

    /// mov x8; svc
    fn call(&mut self, number: u32) {
        self.load(8, number);
        self.word(0xd400_0001);
    }

    /// tbnz x0, #63: the result of a system call is an error.
    fn branch_if_negative(&mut self, label: &'static str) {
        self.with_distance(0xb7f8_0000, label, Field::Tested);
    }

    fn branch_if(&mut self, condition: Condition, label: &'static str) {
        self.with_distance(0x5400_0000 | condition as u32, label, Field::Conditional);
    }

    fn branch(&mut self, label: &'static str) {
        self.with_distance(0x1400_0000, label, Field::Branch);
    }

    fn finish(mut self) -> Vec<u8> {
        for (at, label, field) in self.wanted {
            let target = i32::try_from(self.labels[label]).expect("a small program");
            let distance = target - i32::try_from(at).expect("a small program");
            let bytes: [u8; 4] = self.code[at..at + 4].try_into().expect("four bytes");
            let instruction = u32::from_le_bytes(bytes) | field.encode(distance);
            self.code[at..at + 4].copy_from_slice(&instruction.to_le_bytes());
        }
        self.code
    }
}

impl Field {
    fn encode(self, distance: i32) -> u32 {
        let bytes = distance.cast_unsigned();
        let words = (distance >> 2).cast_unsigned();
        match self {
            Self::Address => (bytes & 3) << 29 | (bytes >> 2 & 0x7_ffff) << 5,
            Self::Conditional => (words & 0x7_ffff) << 5,
            Self::Tested => (words & 0x3fff) << 5,
            Self::Branch => words & 0x03ff_ffff,
        }
    }
}
