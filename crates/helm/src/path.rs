//! Names of files in a chart. They are never used to open anything, but others will write them down.

use std::fmt;

/// Longest name, in bytes: what Linux takes for a path.
const MAX_LENGTH: usize = 4095;

/// What is wrong with a file name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PathFault {
    /// Nothing is left of it.
    Empty,
    /// Longer than a path may be.
    TooLong,
    /// Not UTF-8.
    NotUtf8,
    /// NUL, newline, escape and their like.
    ControlCharacter,
    /// It starts with a slash or a drive letter.
    Absolute,
    /// It goes up. helm allows `..` when the result stays inside.
    Parent,
    /// A backslash that is not the separator of the whole name.
    Backslash,
    /// In an archive: not below the chart's directory.
    OutsideBase,
    /// In an archive: `Chart.yaml` in the place of the chart's directory, or below a directory of that name.
    ChartYamlAsDirectory,
}

impl fmt::Display for PathFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "it is empty",
            Self::TooLong => "it is too long",
            Self::NotUtf8 => "it is not UTF-8",
            Self::ControlCharacter => "it holds control characters",
            Self::Absolute => "it is absolute",
            Self::Parent => "it goes up with `..`",
            Self::Backslash => "it holds a backslash",
            Self::OutsideBase => "it is not inside the chart's directory",
            Self::ChartYamlAsDirectory => "Chart.yaml stands in the place of a directory",
        })
    }
}

/// The name of a file in a chart with `.` and doubled slashes taken out.
pub(crate) fn clean(name: &str) -> Result<String, PathFault> {
    check_characters(name)?;
    if name.contains('\\') {
        return Err(PathFault::Backslash);
    }
    join(name.starts_with('/'), name.split('/'))
}

/// The name of a file in a chart archive: without the first component, which is the chart's directory, whatever it is
/// called. Archives made on Windows by old tools have backslashes for slashes throughout.
pub(crate) fn clean_in_archive(name: &[u8]) -> Result<String, PathFault> {
    let name = std::str::from_utf8(name).map_err(|_| PathFault::NotUtf8)?;
    check_characters(name)?;
    let delimiter = match (name.contains('\\'), name.contains('/')) {
        (true, true) => return Err(PathFault::Backslash),
        (true, false) => '\\',
        _ => '/',
    };
    if name.starts_with(delimiter) || has_drive(name) {
        return Err(PathFault::Absolute);
    }
    let (base, rest) = name.split_once(delimiter).ok_or(PathFault::OutsideBase)?;
    match base {
        "Chart.yaml" => return Err(PathFault::ChartYamlAsDirectory),
        ".." => return Err(PathFault::Parent),
        _ => {}
    }
    join(rest.starts_with(delimiter), rest.split(delimiter)).map_err(|fault| match fault {
        PathFault::Empty => PathFault::OutsideBase,
        fault => fault,
    })
}

fn check_characters(name: &str) -> Result<(), PathFault> {
    if name.len() > MAX_LENGTH {
        return Err(PathFault::TooLong);
    }
    if name.chars().any(char::is_control) {
        return Err(PathFault::ControlCharacter);
    }
    Ok(())
}

fn join<'a>(
    is_absolute: bool,
    components: impl Iterator<Item = &'a str>,
) -> Result<String, PathFault> {
    if is_absolute {
        return Err(PathFault::Absolute);
    }
    let mut joined = String::new();
    for component in components.filter(|component| !matches!(*component, "" | ".")) {
        // helm refuses any name that starts with two dots once it is packed, `..data` as well as `../data`.
        if component == ".." || (joined.is_empty() && component.starts_with("..")) {
            return Err(PathFault::Parent);
        }
        if !joined.is_empty() {
            joined.push('/');
        }
        joined.push_str(component);
    }
    if joined.is_empty() {
        return Err(PathFault::Empty);
    }
    if has_drive(&joined) {
        return Err(PathFault::Absolute);
    }
    Ok(joined)
}

/// `C:` as the first component.
fn has_drive(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|letter| letter.is_ascii_alphabetic())
        && bytes.next() == Some(b':')
        && matches!(bytes.next(), None | Some(b'/' | b'\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_of_an_archive_is_dropped_whatever_its_name() {
        for (name, path) in [
            ("c/Chart.yaml", "Chart.yaml"),
            ("./c/Chart.yaml", "c/Chart.yaml"),
            ("c/a//./b", "a/b"),
            ("c\\sub\\x.txt", "sub/x.txt"),
            ("c/templates/_helpers.tpl", "templates/_helpers.tpl"),
            ("c/a..b/..c", "a..b/..c"),
            ("图/值.yaml", "值.yaml"),
        ] {
            assert_eq!(clean_in_archive(name.as_bytes()).as_deref(), Ok(path), "{name}");
        }
    }

    #[test]
    fn names_that_lead_astray_are_refused() {
        use PathFault::*;
        let long = format!("c/{}", "x".repeat(5_000));
        for (name, fault) in [
            (&b"../x"[..], Parent),
            (b"a/../../x", Parent),
            (b"c/a/../x", Parent),
            (b"c/..foo", Parent),
            (b"/etc/x", Absolute),
            (b"c//etc/x", Absolute),
            (b"C:\\x", Absolute),
            (b"c/C:/x", Absolute),
            (b"a\\..\\..\\x", Parent),
            (b"a/b\\c", Backslash),
            (b"c/a\0b", ControlCharacter),
            (b"c/a\nb", ControlCharacter),
            (b"c/\x1b[31mx", ControlCharacter),
            (b"c/\xff", NotUtf8),
            (b"Chart.yaml", OutsideBase),
            (b"c/", OutsideBase),
            (b"c/.", OutsideBase),
            (b"Chart.yaml/x", ChartYamlAsDirectory),
            (long.as_bytes(), TooLong),
        ] {
            let shown = String::from_utf8_lossy(name);

            assert_eq!(clean_in_archive(name), Err(fault), "{shown}");
        }
        assert_eq!(clean("a\\b"), Err(Backslash));
        assert_eq!(clean("/a"), Err(Absolute));
        assert_eq!(clean(""), Err(Empty));
        assert_eq!(clean("a/../b"), Err(Parent));
    }
}
