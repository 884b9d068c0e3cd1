//! Percent-encoding and query strings.

/// The parameters of a query string, decoded. Parameters that are not UTF-8 after decoding are left out.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(text: Option<&str>) -> Self {
        let pairs = text.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        Self(pairs.filter_map(parse_pair).collect())
    }

    /// The first value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether a switch such as `?force` is there and not turned off.
    pub(crate) fn is_set(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| !matches!(value, "false" | "0"))
    }
}

fn parse_pair(pair: &str) -> Option<(String, String)> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    // A plus is a plus: a tag or a version may be written plainly, and no value here holds a space.
    Some((decode(name)?, decode(value)?))
}

/// Undoes percent-encoding. `None` when an escape is broken or the result is not UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first != b'%' {
            bytes.push(first);
            rest = tail;
            continue;
        }
        let digit = |at: usize| tail.get(at).and_then(|b| char::from(*b).to_digit(16));
        let value = digit(0)? * 16 + digit(1)?;
        bytes.push(u8::try_from(value).ok()?);
        rest = &tail[2..];
    }
    String::from_utf8(bytes).ok()
}

/// Percent-encodes everything that is not unreserved (RFC 3986), for a value in a query or a segment of a path.
pub(crate) fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decodes_parameters() {
        let query = Query::parse(Some("digest=sha256%3Aab&from=a/b&&force&x=%zz&n="));
        assert_eq!(query.get("digest"), Some("sha256:ab"));
        assert_eq!(query.get("from"), Some("a/b"));
        assert!(query.is_set("force") && !query.is_set("other"));
        assert_eq!(query.get("x"), None);
        assert_eq!(query.get("n"), Some(""));
        assert!(!Query::parse(Some("force=false")).is_set("force"));
    }

    #[test]
    fn encoding_can_be_undone() {
        for text in ["a/b c+d%", "版本", ""] {
            assert_eq!(decode(&encode(text)).as_deref(), Some(text));
        }
        for text in ["%", "%4", "%g0", "%ff", "%版"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
