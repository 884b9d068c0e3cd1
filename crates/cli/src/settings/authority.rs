//! Files with certificate authorities, looked at before anything else is done.

use std::io::Read as _;
use std::path::Path;

use crate::language::Sentence;
use crate::say;

/// The system's own list is half a MiB.
const MOST_BYTES: u64 = 16 << 20;
const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";
const CERTIFICATE: &str = "CERTIFICATE";

/// What is wrong with a file that should hold certificates in PEM, and what to do about it. What a certificate says is
/// the handshake's to judge.
pub(super) fn mistake(path: &Path) -> Option<Sentence> {
    let mut bytes = Vec::new();
    let outcome =
        std::fs::File::open(path).and_then(|file| file.take(MOST_BYTES).read_to_end(&mut bytes));
    match outcome {
        Err(error) => Some(say!("the file cannot be read: {error}", "无法读取该文件：{error}")),
        Ok(_) => mistake_in(&bytes),
    }
}

fn mistake_in(bytes: &[u8]) -> Option<Sentence> {
    if bytes.is_empty() {
        return Some(say!("the file is empty", "文件为空"));
    }
    if is_der(bytes) {
        return Some(say!(
            "it is DER, not PEM: convert it with `openssl x509 -inform DER -in FILE -out ca.pem`",
            "这是 DER 格式，不是 PEM：请用 `openssl x509 -inform DER -in FILE -out ca.pem` 转换"
        ));
    }
    let text = String::from_utf8_lossy(bytes);
    let labels: Vec<&str> = text.lines().filter_map(label).collect();
    if !labels.contains(&CERTIFICATE) {
        return Some(without_certificate(&labels));
    }
    let mut lines = text.lines();
    let mut number = 0;
    while let Some(line) = lines.next() {
        if label(line) != Some(CERTIFICATE) {
            continue;
        }
        number += 1;
        let mut body = String::new();
        let is_closed = lines.by_ref().any(|line| {
            let is_end = line.trim_end() == "-----END CERTIFICATE-----";
            if !is_end {
                body.push_str(line.trim());
            }
            is_end
        });
        if !is_closed || !decoded(&body).is_some_and(|der| is_der(&der)) {
            return Some(say!(
                "certificate {number} in it is cut off or damaged: copy the file again",
                "其中第 {number} 个证书不完整或已损坏：请重新复制该文件"
            ));
        }
    }
    None
}

fn without_certificate(labels: &[&str]) -> Sentence {
    match labels.first() {
        None => say!(
            "it is not PEM: a line `-----BEGIN CERTIFICATE-----` is missing; Harbor gives its CA at `/api/v2.0/systeminfo/getcert`",
            "不是 PEM：缺少 `-----BEGIN CERTIFICATE-----` 行；Harbor 的 CA 可从 `/api/v2.0/systeminfo/getcert` 下载"
        ),
        Some(label) if label.ends_with("PRIVATE KEY") => say!(
            "it holds a private key and no certificate: give the CA's certificate",
            "其中是私钥而不是证书：请给出 CA 的证书"
        ),
        Some(_) => {
            let list: String = labels.join(", ").chars().take(80).collect();
            say!("there is no certificate in it, only: {list}", "其中没有证书，只有：{list}")
        }
    }
}

/// What a line of PEM begins.
fn label(line: &str) -> Option<&str> {
    line.trim_end().strip_prefix(BEGIN)?.strip_suffix(DASHES)
}

/// Whether bytes are one ASN.1 SEQUENCE and nothing else, as every certificate is (X.690, 8.1.3).
fn is_der(bytes: &[u8]) -> bool {
    let [0x30, first, rest @ ..] = bytes else { return false };
    let (length, content) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x84 => {
            let Some((digits, content)) = rest.split_at_checked(usize::from(first & 0x0f)) else {
                return false;
            };
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), content)
        }
        _ => return false,
    };
    length > 0 && content.len() == length
}

/// Base64 (RFC 4648, 4).
fn decoded(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - digits.len() > 2 {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut held, mut bits) = (0_u32, 0);
    for byte in digits.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = held << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(held >> bits & 0xff).expect("it is masked to eight bits"));
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        mistake_in(text.as_bytes()).map(|one| one.en).unwrap_or_default()
    }

    #[test]
    fn certificates_are_sequences_in_base64() {
        // SEQUENCE { INTEGER 1 }
        let good =
            "Bag Attributes\n-----BEGIN CERTIFICATE-----\nMAMC\nAQE=\n-----END CERTIFICATE-----\n";
        assert_eq!(told(good), "");
        assert_eq!(told(&good.replace('\n', "\r\n")), "");
        assert_eq!(told(&good.repeat(3)), "");
        let cut = format!("{good}{}", &good[..good.len() - 10]);
        assert!(told(&cut).starts_with("certificate 2 "), "{}", told(&cut));
        for body in ["?", "MAMCAQE", "MAQCAQE=", "AQID"] {
            let text = good.replace("MAMC\nAQE=", body);
            assert!(told(&text).contains("damaged"), "{body}");
        }
    }

    #[test]
    fn what_is_no_certificate_is_named() {
        assert_eq!(told(""), "the file is empty");
        assert!(told("hello").contains("not PEM"));
        assert!(told("\u{feff}-----BEGIN CERTIFICATE-----\n").contains("not PEM"));
        assert!(told("-----BEGIN RSA PRIVATE KEY-----\n").contains("private key"));
        assert!(told("-----BEGIN CERTIFICATE REQUEST-----\n").contains("CERTIFICATE REQUEST"));
        assert!(mistake_in(&[0x30, 3, 2, 1, 1]).unwrap().en.contains("DER"));
        assert!(mistake(Path::new("/nonexistent/ca.pem")).unwrap().en.contains("cannot be read"));
    }
}
