//! PEM blocks.

use crate::encoding::{base64, decode_base64};

/// A block as Go writes it: 64 characters a line.
pub(super) fn encode(label: &str, bytes: &[u8]) -> String {
    let text = base64(bytes);
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\n');
    }
    out + &format!("-----END {label}-----\n")
}

/// Label and content of the first block. Headers in it are passed over.
pub(super) fn decode(text: &[u8]) -> Option<(String, Vec<u8>)> {
    let text = String::from_utf8_lossy(text);
    let mut lines = text.lines().map(str::trim_end);
    while let Some(line) = lines.next() {
        let Some(label) =
            line.strip_prefix("-----BEGIN ").and_then(|line| line.strip_suffix("-----"))
        else {
            continue;
        };
        let end = format!("-----END {label}-----");
        let body: Vec<&str> = lines.clone().take_while(|line| *line != end).collect();
        let is_closed = lines.clone().nth(body.len()).is_some();
        let data: String =
            body.iter().filter(|line| !line.contains(':')).map(|line| line.trim()).collect();
        if let (true, Ok(bytes)) = (is_closed, decode_base64(data.as_bytes())) {
            return Some((label.to_owned(), bytes));
        }
    }
    None
}
