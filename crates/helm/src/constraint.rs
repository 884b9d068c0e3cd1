//! Version constraints, as charts use them for Kubernetes and for one another.

/// Whether a version is in a range. False where either cannot be read.
pub(crate) fn matches(range: &str, version: &str) -> bool {
    let (Ok(constraint), Ok(version)) =
        (range.parse::<semver::Constraint>(), version.parse::<semver::Version>())
    else {
        return false;
    };
    constraint.matches(&version)
}
