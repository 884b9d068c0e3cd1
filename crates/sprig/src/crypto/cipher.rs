//! AES-256 in CBC mode with padding by PKCS#7.

use aes::Aes256;
use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};

use crate::encoding::{base64, decode_base64};
use crate::environment::Environment;

const BLOCK: usize = 16;

/// The key is the password, cut off or filled with zeros.
fn cipher(password: &[u8]) -> Aes256 {
    let mut key = [0; 32];
    let length = password.len().min(key.len());
    key[..length].copy_from_slice(&password[..length]);
    Aes256::new(&Array(key))
}

/// A random start and what is encrypted, in base64; nothing of nothing.
pub(super) fn encrypt(host: &mut impl Environment, password: &[u8], text: &[u8]) -> String {
    if text.is_empty() {
        return String::new();
    }
    let cipher = cipher(password);
    let padding = BLOCK - text.len() % BLOCK;
    let padded = [text, &vec![padding.to_le_bytes()[0]; padding]].concat();
    let mut previous = [0; BLOCK];
    host.random(&mut previous);
    let mut out = previous.to_vec();
    for chunk in padded.chunks_exact(BLOCK) {
        let mut block = Array(previous);
        block.iter_mut().zip(chunk).for_each(|(byte, plain)| *byte ^= plain);
        cipher.encrypt_block(&mut block);
        previous = block.0;
        out.extend_from_slice(&previous);
    }
    base64(&out)
}

/// The errors are Go's, panics included.
pub(super) fn decrypt(password: &[u8], text: &[u8]) -> Result<Vec<u8>, String> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let data = decode_base64(text)?;
    let Some((start, data)) = data.split_at_checked(BLOCK) else {
        let capacity = text.len() / 4 * 3;
        return Err(format!(
            "runtime error: slice bounds out of range [:{BLOCK}] with capacity {capacity}"
        ));
    };
    if !data.len().is_multiple_of(BLOCK) {
        return Err("crypto/cipher: input not full blocks".to_owned());
    }
    let cipher = cipher(password);
    let mut previous = start;
    let mut out = Vec::with_capacity(data.len());
    for chunk in data.chunks_exact(BLOCK) {
        let mut block = Array([0; BLOCK]);
        block.copy_from_slice(chunk);
        cipher.decrypt_block(&mut block);
        out.extend(block.iter().zip(previous).map(|(byte, before)| byte ^ before));
        previous = chunk;
    }
    let Some(padding) = out.last().map(|byte| usize::from(*byte)) else {
        return Err("runtime error: index out of range [-1]".to_owned());
    };
    match out.len().checked_sub(padding) {
        Some(length) => out.truncate(length),
        None => {
            return Err(format!(
                "runtime error: slice bounds out of range [:-{}]",
                padding - out.len()
            ));
        }
    }
    Ok(out)
}
