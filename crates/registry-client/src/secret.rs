//! Text that must not be printed, and URLs without the parts that must not be.

use std::fmt;

use url::Url;

/// A password or token. It prints as `***`, in `Debug` too.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Query keys whose values tell something to a reader and nothing to a thief. Everything else (`_state`, `sig`,
/// `X-Amz-Signature`, `token`) may open a door.
const HARMLESS_KEYS: [&str; 7] = ["digest", "mount", "from", "n", "last", "service", "scope"];

/// A URL for messages: no user name, no password, no fragment, and `***` for query values that may be secret.
#[derive(Clone, PartialEq, Eq)]
pub struct RedactedUrl(String);

impl RedactedUrl {
    /// The printable text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&Url> for RedactedUrl {
    fn from(url: &Url) -> Self {
        let mut shown = url.clone();
        // Only URLs without a host refuse these, and they hold neither.
        let _ = shown.set_username("");
        let _ = shown.set_password(None);
        shown.set_fragment(None);
        shown.set_query(None);
        let mut text = shown.to_string();
        for (index, (key, value)) in url.query_pairs().enumerate() {
            text.push(if index == 0 { '?' } else { '&' });
            text.extend(key.escape_debug());
            text.push('=');
            if HARMLESS_KEYS.contains(&key.as_ref()) {
                text.extend(value.escape_debug());
            } else {
                text.push_str("***");
            }
        }
        Self(text)
    }
}

impl fmt::Display for RedactedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RedactedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_print() {
        let secret = Secret::from("canary");
        assert_eq!(format!("{secret} {secret:?}"), "*** ***");
        assert_eq!(secret.expose(), "canary");
    }

    #[test]
    fn urls_lose_what_could_be_used() {
        let url: Url =
            "https://me:canary@reg.io:5000/v2/a/blobs/uploads/1?_state=canary&digest=sha256:1#canary"
                .parse()
                .unwrap();
        assert_eq!(
            RedactedUrl::from(&url).to_string(),
            "https://reg.io:5000/v2/a/blobs/uploads/1?_state=***&digest=sha256:1"
        );
    }
}
