//! What the cluster can do, as charts see it.

/// What charts are told about the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// The version of Kubernetes.
    pub kube_version: KubeVersion,
    /// API versions (`apps/v1`, and `apps/v1/Deployment` where a cluster was asked), in helm's order.
    pub api_versions: Vec<String>,
    /// What `.Capabilities.HelmVersion` says.
    pub helm_version: HelmVersion,
}

/// A version of Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeVersion {
    /// As it was given, with a `v` in front: `v1.33.4-gke.1`.
    pub version: String,
    /// Without what a vendor adds: `v1.33.4`. Charts' constraints are checked against it.
    pub normalized: String,
    /// `1`.
    pub major: String,
    /// `33`, with a vendor's `+` where a cluster says so.
    pub minor: String,
}

/// The helm that charts believe to be rendered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelmVersion {
    /// `v4.3.1`.
    pub version: String,
    /// The commit it was built from.
    pub git_commit: String,
    /// `clean`.
    pub git_tree_state: String,
    /// The version of Go.
    pub go_version: String,
    /// The version of Kubernetes' client library.
    pub kube_client_version: String,
}

/// A `--kube-version` that is none. Displays as helm says it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid kube version '{text}': {reason}")]
pub struct KubeVersionError {
    /// What was given.
    pub text: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Default for Capabilities {
    /// What helm 4.3.1 assumes where no cluster is asked.
    fn default() -> Self {
        Self {
            kube_version: KubeVersion {
                version: "v1.37.0".to_owned(),
                normalized: "v1.37.0".to_owned(),
                major: "1".to_owned(),
                minor: "37".to_owned(),
            },
            api_versions: API_VERSIONS.iter().copied().map(str::to_owned).collect(),
            helm_version: HelmVersion::default(),
        }
    }
}

impl Default for HelmVersion {
    /// The helm whose behaviour is ours.
    fn default() -> Self {
        Self {
            version: "v4.3.1".to_owned(),
            git_commit: "c0d08d0d6d9424d4a14febb5e8a3e51b0dd00dff".to_owned(),
            git_tree_state: "clean".to_owned(),
            go_version: "go1.27.2".to_owned(),
            kube_client_version: "v1.37".to_owned(),
        }
    }
}

impl KubeVersion {
    /// Reads the argument of `--kube-version`: two numbers or more, with a `v` in front if need be. What follows them is a
    /// vendor's business.
    pub fn parse(text: &str) -> Result<Self, KubeVersionError> {
        let failed = |reason: String| KubeVersionError { text: text.to_owned(), reason };
        let trimmed = text.trim_start();
        let numbers = numbers(trimmed.strip_prefix('v').unwrap_or(trimmed));
        if numbers.is_empty() {
            return Err(failed(format!("could not parse {text:?} as version")));
        }
        let parts: Vec<&str> = numbers.split('.').collect();
        if parts.len() < 2 {
            return Err(failed(format!("illegal version string {text:?}")));
        }
        if parts[0].len() > 1 && parts[0].starts_with('0') {
            return Err(failed(format!(
                "illegal zero-prefixed version component {:?} in {text:?}",
                parts[0]
            )));
        }
        let mut read = Vec::with_capacity(parts.len());
        for part in parts {
            let number: u64 = part.parse().map_err(|_| {
                let cause = format!("strconv.ParseUint: parsing {part:?}: value out of range");
                failed(format!(
                    "illegal non-numeric version component {part:?} in {text:?}: {cause}"
                ))
            })?;
            read.push(number.to_string());
        }
        Ok(Self {
            version: format!("v{}", text.strip_prefix('v').unwrap_or(text)),
            normalized: format!("v{}", read.join(".")),
            major: read[0].clone(),
            minor: read[1].clone(),
        })
    }
}

/// The numbers with dots between them that a text starts with.
fn numbers(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let numbers = &text[..end];
    // A dot that no number follows ends them.
    let end = numbers.find("..").unwrap_or(numbers.len());
    let numbers = numbers[..end].trim_end_matches('.');
    if numbers.starts_with('.') { "" } else { numbers }
}

impl Capabilities {
    /// Adds API versions, as `--api-versions` does.
    #[must_use]
    pub fn with_api_versions(mut self, more: impl IntoIterator<Item = String>) -> Self {
        self.api_versions.extend(more);
        self
    }

    /// Whether an API version is there: what charts ask with `.Capabilities.APIVersions.Has`.
    pub fn has(&self, api_version: &str) -> bool {
        self.api_versions.iter().any(|known| known == api_version)
    }

    /// Whether a chart's `kubeVersion` allows this cluster. A constraint that cannot be read allows none.
    pub fn satisfies(&self, constraint: &str) -> bool {
        constraint.is_empty()
            || crate::constraint::matches(constraint, &self.kube_version.normalized)
    }
}

/// The group versions that helm 4.3.1 knows without a cluster, in its order.
const API_VERSIONS: &[&str] = &[
    "v1",
    "admissionregistration.k8s.io/v1",
    "admissionregistration.k8s.io/v1alpha1",
    "admissionregistration.k8s.io/v1beta1",
    "internal.apiserver.k8s.io/v1alpha1",
    "apps/v1",
    "apps/v1beta1",
    "apps/v1beta2",
    "authentication.k8s.io/v1",
    "authentication.k8s.io/v1alpha1",
    "authentication.k8s.io/v1beta1",
    "authorization.k8s.io/v1",
    "authorization.k8s.io/v1beta1",
    "autoscaling/v1",
    "autoscaling/v2",
    "batch/v1",
    "batch/v1beta1",
    "certificates.k8s.io/v1",
    "certificates.k8s.io/v1beta1",
    "certificates.k8s.io/v1alpha1",
    "coordination.k8s.io/v1alpha2",
    "coordination.k8s.io/v1beta1",
    "coordination.k8s.io/v1",
    "discovery.k8s.io/v1",
    "discovery.k8s.io/v1beta1",
    "events.k8s.io/v1",
    "events.k8s.io/v1beta1",
    "extensions/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1",
    "flowcontrol.apiserver.k8s.io/v1beta1",
    "flowcontrol.apiserver.k8s.io/v1beta2",
    "flowcontrol.apiserver.k8s.io/v1beta3",
    "lifecycle.k8s.io/v1alpha1",
    "networking.k8s.io/v1",
    "networking.k8s.io/v1beta1",
    "node.k8s.io/v1",
    "node.k8s.io/v1alpha1",
    "node.k8s.io/v1beta1",
    "policy/v1",
    "policy/v1beta1",
    "rbac.authorization.k8s.io/v1",
    "rbac.authorization.k8s.io/v1beta1",
    "rbac.authorization.k8s.io/v1alpha1",
    "resource.k8s.io/v1",
    "resource.k8s.io/v1beta2",
    "resource.k8s.io/v1beta1",
    "resource.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1alpha3",
    "scheduling.k8s.io/v1beta1",
    "scheduling.k8s.io/v1",
    "storage.k8s.io/v1beta1",
    "storage.k8s.io/v1",
    "storage.k8s.io/v1alpha1",
    "storagemigration.k8s.io/v1",
    "storagemigration.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1beta1",
    "apiextensions.k8s.io/v1",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_helms() {
        let capabilities = Capabilities::default();
        assert_eq!(capabilities.api_versions.len(), 57);
        assert!(capabilities.has("policy/v1beta1") && !capabilities.has("apps/v1/Deployment"));
        let more = capabilities.with_api_versions(["apps/v1/Deployment".to_owned()]);
        assert!(more.has("apps/v1/Deployment"));
        assert_eq!(more.api_versions.first().map(String::as_str), Some("v1"));
    }

    /// helm 4.3.1's answers.
    #[test]
    fn kube_versions_are_read_as_helm_reads_them() {
        for (text, version, normalized, minor) in [
            ("1.33.4-gke.12", "v1.33.4-gke.12", "v1.33.4", "33"),
            ("v1.20", "v1.20", "v1.20", "20"),
            ("v1.30.0+k3s1", "v1.30.0+k3s1", "v1.30.0", "30"),
            ("1.030", "v1.030", "v1.30", "30"),
            ("1.30.x", "v1.30.x", "v1.30", "30"),
            ("1.30.0.1-a", "v1.30.0.1-a", "v1.30.0.1", "30"),
            (" 1.30", "v 1.30", "v1.30", "30"),
            ("1.30+", "v1.30+", "v1.30", "30"),
        ] {
            let read = KubeVersion::parse(text).unwrap();
            assert_eq!(
                (read.version.as_str(), read.normalized.as_str(), read.minor.as_str()),
                (version, normalized, minor)
            );
        }
        for (text, reason) in [
            ("x", "invalid kube version 'x': could not parse \"x\" as version"),
            ("V1.30", "invalid kube version 'V1.30': could not parse \"V1.30\" as version"),
            ("1", "invalid kube version '1': illegal version string \"1\""),
            ("1.x", "invalid kube version '1.x': illegal version string \"1.x\""),
            (
                "01.30",
                "invalid kube version '01.30': illegal zero-prefixed version component \"01\" in \"01.30\"",
            ),
            (
                "1.99999999999999999999",
                "invalid kube version '1.99999999999999999999': illegal non-numeric version component \"99999999999999999999\" in \"1.99999999999999999999\": strconv.ParseUint: parsing \"99999999999999999999\": value out of range",
            ),
        ] {
            assert_eq!(KubeVersion::parse(text).unwrap_err().to_string(), reason);
        }
    }
}
