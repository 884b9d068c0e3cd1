//! Names of members: which are accepted, and how one place inside another is written.

/// No path on Linux is longer (`PATH_MAX`), so nothing that was packed from a file system has a longer name. In bytes.
pub(crate) const MAX_NAME: usize = 4096;

const SEPARATOR: &str = " › ";

/// How much of a refused name a message shows, in characters.
const EXCERPT: usize = 120;

/// The path in its plain form: no `./`, no doubled or closing slash. `None` for the root itself. A name that could
/// lead out of a directory on any system, or that a terminal would act on, is refused with the reason.
pub(crate) fn clean(raw: &[u8]) -> Result<Option<String>, &'static str> {
    if raw.len() > MAX_NAME {
        return Err("its name is longer than 4096 bytes");
    }
    let name = std::str::from_utf8(raw).map_err(|_| "its name is not UTF-8")?;
    if name.is_empty() {
        return Err("it has no name");
    }
    if name.chars().any(char::is_control) {
        return Err("its name holds a control character");
    }
    if name.contains('\\') {
        return Err("its name holds a backslash");
    }
    if name.starts_with('/') {
        return Err("its name is an absolute path");
    }
    if has_drive(name) {
        return Err("its name begins with a drive letter");
    }
    let mut path = String::with_capacity(name.len());
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => return Err("its name leads out of the archive"),
            part => {
                if !path.is_empty() {
                    path.push('/');
                }
                path.push_str(part);
            }
        }
    }
    Ok((!path.is_empty()).then_some(path))
}

fn has_drive(name: &str) -> bool {
    matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic())
}

/// `outer › inner`.
pub(crate) fn join(outer: &str, inner: &str) -> String {
    match (outer, inner) {
        ("", name) | (name, "") => name.to_owned(),
        (outer, inner) => format!("{outer}{SEPARATOR}{inner}"),
    }
}

/// A name that may hold anything, made fit for a message.
pub(crate) fn excerpt(raw: &[u8]) -> String {
    let text = String::from_utf8_lossy(&raw[..raw.len().min(4 * EXCERPT)]);
    let mut shown: String = text.chars().take(EXCERPT).flat_map(char::escape_debug).collect();
    if raw.len() > 4 * EXCERPT || text.chars().nth(EXCERPT).is_some() {
        shown.push('…');
    }
    shown
}

/// The part of `name` below the directory `dir`; `""` is the root.
pub(crate) fn below<'a>(dir: &str, name: &'a str) -> Option<&'a str> {
    if dir.is_empty() {
        return Some(name);
    }
    name.strip_prefix(dir)?.strip_prefix('/')
}

/// `dir/name`.
pub(crate) fn within(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}

/// Directory and last component.
pub(crate) fn split(name: &str) -> (&str, &str) {
    name.rsplit_once('/').unwrap_or(("", name))
}

/// Whether the text is a sha256 in lower-case hex.
pub(crate) fn is_sha256_hex(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_names_lose_what_means_nothing() {
        for (raw, name) in [
            ("hints.yaml", Some("hints.yaml")),
            ("./a//b/./c", Some("a/b/c")),
            ("a/", Some("a")),
            ("./", None),
            (".", None),
            ("sha256:abc", Some("sha256:abc")),
            ("图表/values.yaml", Some("图表/values.yaml")),
        ] {
            assert_eq!(clean(raw.as_bytes()).unwrap().as_deref(), name, "{raw}");
        }
    }

    #[test]
    fn names_that_lead_out_are_refused() {
        let long = vec![b'a'; 5000];
        for raw in [
            &b"../x"[..],
            b"a/../../x",
            b"a/..",
            b"/etc/x",
            b"C:\\x",
            b"c:x",
            b"a\\..\\..\\x",
            b"a\0b",
            b"a\nb",
            b"a\x1b[2J",
            b"a\x7f",
            b"\xff\xfe",
            b"",
            &long,
        ] {
            assert!(clean(raw).is_err(), "{}", excerpt(raw));
        }
        assert_eq!(excerpt(b"a\n\x1b"), "a\\n\\u{1b}");
        assert!(excerpt(&long).ends_with('…'));
    }

    #[test]
    fn a_prefix_is_not_a_directory() {
        assert_eq!(below("original-chart", "original-chart/x"), Some("x"));
        assert_eq!(below("original-chart", "original-chart-evil/x"), None);
        assert_eq!(below("", "x/y"), Some("x/y"));
    }
}
