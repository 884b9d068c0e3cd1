//! The order of versions in an index: semantic versions from new to old, what is none at the end.

use std::cmp::Ordering;

/// Newest first. Equal versions that are spelled differently keep a fixed order.
pub(crate) fn newest_first(a: &str, b: &str) -> Ordering {
    semver::compare(b, a).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_as_semantic_versioning_says() {
        let newest = [
            "2",
            "v1.10.0",
            "1.9.0",
            "1.0.0+b2",
            "1.0.0-rc.1",
            "1.0.0-beta.11",
            "1.0.0-beta.2",
            "1.0.0-beta",
            "1.0.0-alpha.beta",
            "1.0.0-alpha.1",
            "1.0.0-alpha",
            "1.0.0-0",
            "latest",
            "x1",
        ];
        let mut sorted = newest;
        sorted.reverse();
        sorted.sort_by(|a, b| newest_first(a, b));
        assert_eq!(sorted, newest);
        assert_eq!(newest_first("1.0.0", "v1.0.0"), Ordering::Less);
    }
}
