//! The smallest honest ELF file: one header, one segment, no sections (System V ABI, "Object Files").

/// Where the file is mapped.
const BASE: u64 = 0x40_0000;
const FILE_HEADER: usize = 64;
const PROGRAM_HEADER: usize = 56;

/// `e_machine`.
#[derive(Clone, Copy)]
pub(super) enum Machine {
    X86_64 = 62,
    Aarch64 = 183,
}

/// A static executable that is entered at the first byte of `code`. Code and data are in one segment, read-only.
pub(super) fn executable(machine: Machine, code: &[u8]) -> Vec<u8> {
    let start = FILE_HEADER + PROGRAM_HEADER;
    let size = (start + code.len()) as u64;
    let mut file = Vec::with_capacity(start + code.len());
    file.extend(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    half(&mut file, &[2, machine as u16]);
    file.extend(1_u32.to_le_bytes());
    long(&mut file, &[BASE + start as u64, FILE_HEADER as u64, 0]);
    file.extend(0_u32.to_le_bytes());
    half(&mut file, &[64, 56, 1, 64, 0, 0]);
    // PT_LOAD, readable and executable, the whole file, pages of 64 KiB as some arm64 kernels have them.
    file.extend(1_u32.to_le_bytes());
    file.extend(5_u32.to_le_bytes());
    long(&mut file, &[0, BASE, BASE, size, size, 0x1_0000]);
    file.extend_from_slice(code);
    file
}

fn half(file: &mut Vec<u8>, values: &[u16]) {
    for value in values {
        file.extend(value.to_le_bytes());
    }
}

fn long(file: &mut Vec<u8>, values: &[u64]) {
    for value in values {
        file.extend(value.to_le_bytes());
    }
}
