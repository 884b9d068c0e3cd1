//! Chart versions: what helm takes for a semantic version.

/// Longer ones are nobody's, in bytes. A tag has 128 at most.
const MAX_LENGTH: usize = 256;

/// Whether helm accepts the text as a chart's version: up to three numbers, of which the last two may be missing, an
/// optional `v` in front, leading zeros allowed in the numbers but not in numeric parts of a pre-release
/// (Masterminds/semver 3.5 `NewVersion`).
pub(crate) fn is_version(text: &str) -> bool {
    if text.len() > MAX_LENGTH {
        return false;
    }
    let text = text.strip_prefix('v').unwrap_or(text);
    let (text, build) = split(text, '+');
    let (core, prerelease) = split(text, '-');
    let numbers: Vec<&str> = core.split('.').collect();
    numbers.len() <= 3
        && numbers.iter().all(|number| is_number(number))
        && prerelease
            .is_none_or(|part| part.split('.').all(|id| is_identifier(id) && !is_padded(id)))
        && build.is_none_or(|part| part.split('.').all(is_identifier))
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u64>().is_ok()
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn is_padded(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_as_lenient_as_helm_and_no_more() {
        for text in [
            "1",
            "1.2",
            "v1.2.3",
            "1.02.3",
            "1.2.3-rc1+b.1",
            "0.22.0-rc1",
            "1.0.0-0",
            "1-2",
            "1.2.3--",
            "1.2.3+01",
            "1.2.3+a-b",
        ] {
            assert!(is_version(text), "{text}");
        }
        for text in [
            "",
            "abc",
            "1.2.3-01",
            "1.2.3.4",
            "1.2.",
            "v",
            "V1",
            "1.2.3-",
            "1.2.3+",
            "1.2.3-a..b",
            "1.2.3 ",
            "1.2.3/..",
            "1.2.3-中",
            "99999999999999999999.0.0",
            "-1",
            "1.2.3+a+b",
            "1.0.0\x1b[31m",
        ] {
            assert!(!is_version(text), "{text}");
        }
        assert!(!is_version(&format!("1.0.0-{}", "a".repeat(300))));
    }
}
