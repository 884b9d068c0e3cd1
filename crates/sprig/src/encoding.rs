//! Base64, base32 and checksums.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use gotemplate::{Function, Type, Value};
use ring::digest;

use crate::argument::Arguments;
use crate::inventory::functions;

const STRING: Type = Type::String;

pub(crate) fn functions<H>() -> Vec<Function<H>> {
    functions! {
        "b64enc" (STRING) = |args| Ok(base64(args.text(0)).into());
        // The text of an error is the result.
        "b64dec" (STRING) = |args| Ok(decode_base64(args.text(0)).map_or_else(Value::from, Value::string));
        "b32enc" (STRING) = |args| Ok(base32(args.text(0)).into());
        "b32dec" (STRING) = |args| Ok(decode_base32(args.text(0)).map_or_else(Value::from, Value::string));
        "sha1sum" (STRING) = |args| Ok(digest_hex(&digest::SHA1_FOR_LEGACY_USE_ONLY, args.text(0)).into());
        "sha256sum" (STRING) = |args| Ok(digest_hex(&digest::SHA256, args.text(0)).into());
        "sha512sum" (STRING) = |args| Ok(digest_hex(&digest::SHA512, args.text(0)).into());
        "adler32sum" (STRING) = |args| Ok(adler32(args.text(0)).to_string().into());
    }
}

/// Two lower case digits a byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

fn digest_hex(algorithm: &'static digest::Algorithm, text: &[u8]) -> String {
    hex(digest::digest(algorithm, text).as_ref())
}

fn adler32(text: &[u8]) -> u32 {
    const MODULUS: u32 = 65_521;
    let (mut a, mut b) = (1, 0);
    // So many bytes cannot overflow 32 bits.
    for chunk in text.chunks(5_552) {
        for byte in chunk {
            a += u32::from(*byte);
            b += a;
        }
        a %= MODULUS;
        b %= MODULUS;
    }
    b << 16 | a
}

/// Standard base64 with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Go's `base64.StdEncoding`: line breaks are skipped, padding is required, bits left over need not be zero. The error
/// is Go's.
pub(crate) fn decode_base64(text: &[u8]) -> Result<Vec<u8>, String> {
    if let Ok(bytes) = STANDARD.decode(text) {
        return Ok(bytes);
    }
    slow_base64(text).map_err(|at| format!("illegal base64 data at input byte {at}"))
}

/// Decodes and finds the place of an error. The loops mark where Go stands: behind the character it looks at.
fn slow_base64(text: &[u8]) -> Result<Vec<u8>, usize> {
    let is_break = |byte: u8| byte == b'\n' || byte == b'\r';
    let skip_breaks = |mut at: usize| {
        while text.get(at).is_some_and(|byte| is_break(*byte)) {
            at += 1;
        }
        at
    };
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut group, mut count, mut at) = (0_u32, 0, 0);
    while let Some(byte) = text.get(at).copied() {
        at += 1;
        if let Some(digit) = base64_digit(byte) {
            (group, count) = (group << 6 | u32::from(digit), count + 1);
            if count == 4 {
                out.extend_from_slice(&group.to_be_bytes()[1..]);
                (group, count) = (0, 0);
            }
        } else if byte == b'=' && count >= 2 {
            if count == 2 {
                at = skip_breaks(at);
                match text.get(at) {
                    Some(b'=') => {}
                    Some(_) => return Err(at - 1),
                    None => return Err(at),
                }
                at += 1;
            }
            at = skip_breaks(at);
            out.extend_from_slice(&(group << (6 * (4 - count))).to_be_bytes()[1..count]);
            return if at < text.len() { Err(at) } else { Ok(out) };
        } else if !is_break(byte) {
            return Err(at - 1);
        }
    }
    if count == 0 { Ok(out) } else { Err(at - count) }
}

fn base64_digit(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Standard base32 with padding.
fn base32(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let mut group = [0; 8];
        group[3..3 + chunk.len()].copy_from_slice(chunk);
        let group = u64::from_be_bytes(group);
        let digits = (chunk.len() * 8).div_ceil(5);
        out.extend(
            (0..digits).map(|at| char::from(BASE32[(group >> (35 - 5 * at) & 31) as usize])),
        );
        out.extend((digits..8).map(|_| '='));
    }
    out
}

/// Go's `base32.StdEncoding`: line breaks are skipped, what follows padding is not looked at.
fn decode_base32(text: &[u8]) -> Result<Vec<u8>, String> {
    let text: Vec<u8> =
        text.iter().copied().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
    let mut out = Vec::with_capacity(text.len() / 8 * 5);
    let error = |at: usize| Err(format!("illegal base32 data at input byte {at}"));
    for (index, chunk) in text.chunks(8).enumerate() {
        let start = index * 8;
        let digit = |byte: &u8| BASE32.iter().position(|known| known == byte);
        let count = chunk.iter().take_while(|byte| digit(byte).is_some()).count();
        let group = chunk[..count]
            .iter()
            .filter_map(digit)
            .fold(0_u64, |group, digit| group << 5 | digit as u64);
        if count < 8 {
            match chunk.get(count) {
                None => return error(start),
                Some(b'=') if count >= 2 => {}
                Some(_) => return error(start + count),
            }
            if chunk.len() < 8 {
                return error(text.len());
            }
            if let Some(at) = chunk[count + 1..].iter().position(|byte| *byte != b'=') {
                return error(start + count + at);
            }
            if matches!(count, 3 | 6) {
                return error(start + count);
            }
        }
        let bytes = (group << (5 * (8 - count))).to_be_bytes();
        out.extend_from_slice(&bytes[3..3 + count * 5 / 8]);
        if count < 8 {
            break;
        }
    }
    Ok(out)
}
