//! The order of chart versions.

use std::cmp::Ordering;

/// Compares versions by precedence; what is no version comes first, and ties are broken by the text, so that the order
/// is total.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    semver::compare(a, b).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_as_the_specification_says() {
        let ordered = [
            "nonsense",
            "0.9",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.0+b1",
            "v1.2",
            "1.10.0",
        ];
        for pair in ordered.windows(2) {
            assert_eq!(compare(pair[0], pair[1]), Ordering::Less, "{pair:?}");
            assert_eq!(compare(pair[1], pair[0]), Ordering::Greater, "{pair:?}");
        }
    }
}
