//! Versions of Kubernetes' own objects that are on their way out.

use helm::KubeVersion;

/// Version and kind; the minor version of Kubernetes 1 that announced the end; the one that brings it, 0 if none is known;
/// what to use then.
struct End(&'static str, &'static str, u32, u32, &'static str);

/// The ends that helm 4.3.1 knows, by what it says of an object of each version.
const ENDS: &[End] = &[
    End("apps/v1beta1", "Deployment", 8, 16, "apps/v1 Deployment"),
    End("apps/v1beta1", "StatefulSet", 8, 16, "apps/v1 StatefulSet"),
    End("apps/v1beta1", "ControllerRevision", 8, 16, "apps/v1 ControllerRevision"),
    End("apps/v1beta1", "Scale", 8, 16, "autoscaling/v1 Scale"),
    End("apps/v1beta1", "DeploymentRollback", 8, 16, "apps/v1 DeploymentRollback"),
    End("apps/v1beta2", "Deployment", 9, 16, "apps/v1 Deployment"),
    End("apps/v1beta2", "ReplicaSet", 9, 16, "apps/v1 ReplicaSet"),
    End("apps/v1beta2", "DaemonSet", 9, 16, "apps/v1 DaemonSet"),
    End("apps/v1beta2", "StatefulSet", 9, 16, "apps/v1 StatefulSet"),
    End("apps/v1beta2", "ControllerRevision", 9, 16, "apps/v1 ControllerRevision"),
    End("apps/v1beta2", "Scale", 9, 16, "autoscaling/v1 Scale"),
    End("extensions/v1beta1", "Deployment", 8, 16, "apps/v1 Deployment"),
    End("extensions/v1beta1", "ReplicaSet", 8, 16, "apps/v1 ReplicaSet"),
    End("extensions/v1beta1", "DaemonSet", 8, 16, "apps/v1 DaemonSet"),
    End("extensions/v1beta1", "Ingress", 14, 22, "networking.k8s.io/v1 Ingress"),
    End("extensions/v1beta1", "NetworkPolicy", 9, 16, "networking.k8s.io/v1 NetworkPolicy"),
    End("extensions/v1beta1", "Scale", 2, 16, ""),
    End("extensions/v1beta1", "DeploymentRollback", 8, 16, ""),
    End("policy/v1beta1", "PodDisruptionBudget", 21, 25, "policy/v1 PodDisruptionBudget"),
    End("policy/v1beta1", "Eviction", 22, 25, ""),
    End("batch/v1beta1", "CronJob", 21, 25, "batch/v1 CronJob"),
    End("networking.k8s.io/v1beta1", "Ingress", 19, 22, "networking.k8s.io/v1 Ingress"),
    End(
        "networking.k8s.io/v1beta1",
        "IngressClass",
        19,
        22,
        "networking.k8s.io/v1 IngressClassList",
    ),
    End("networking.k8s.io/v1beta1", "IPAddress", 34, 37, ""),
    End("networking.k8s.io/v1beta1", "ServiceCIDR", 34, 37, ""),
    End("rbac.authorization.k8s.io/v1beta1", "Role", 17, 22, "rbac.authorization.k8s.io/v1 Role"),
    End(
        "rbac.authorization.k8s.io/v1beta1",
        "ClusterRole",
        17,
        22,
        "rbac.authorization.k8s.io/v1 ClusterRole",
    ),
    End(
        "rbac.authorization.k8s.io/v1beta1",
        "RoleBinding",
        17,
        22,
        "rbac.authorization.k8s.io/v1 RoleBinding",
    ),
    End(
        "rbac.authorization.k8s.io/v1beta1",
        "ClusterRoleBinding",
        17,
        22,
        "rbac.authorization.k8s.io/v1 ClusterRoleBinding",
    ),
    End(
        "admissionregistration.k8s.io/v1beta1",
        "MutatingWebhookConfiguration",
        16,
        22,
        "admissionregistration.k8s.io/v1 MutatingWebhookConfiguration",
    ),
    End(
        "admissionregistration.k8s.io/v1beta1",
        "ValidatingWebhookConfiguration",
        16,
        22,
        "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration",
    ),
    End("admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicy", 31, 34, ""),
    End("admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicyBinding", 31, 34, ""),
    End(
        "admissionregistration.k8s.io/v1beta1",
        "MutatingAdmissionPolicy",
        37,
        40,
        "admissionregistration.k8s.io/v1 MutatingAdmissionPolicy",
    ),
    End(
        "admissionregistration.k8s.io/v1beta1",
        "MutatingAdmissionPolicyBinding",
        37,
        40,
        "admissionregistration.k8s.io/v1 MutatingAdmissionPolicyBinding",
    ),
    End("admissionregistration.k8s.io/v1alpha1", "ValidatingAdmissionPolicy", 29, 32, ""),
    End("admissionregistration.k8s.io/v1alpha1", "ValidatingAdmissionPolicyBinding", 29, 32, ""),
    End("admissionregistration.k8s.io/v1alpha1", "MutatingAdmissionPolicy", 35, 38, ""),
    End("admissionregistration.k8s.io/v1alpha1", "MutatingAdmissionPolicyBinding", 35, 38, ""),
    End("storage.k8s.io/v1beta1", "StorageClass", 19, 22, "storage.k8s.io/v1 StorageClass"),
    End("storage.k8s.io/v1beta1", "VolumeAttachment", 19, 22, "storage.k8s.io/v1 VolumeAttachment"),
    End("storage.k8s.io/v1beta1", "CSIDriver", 19, 22, "storage.k8s.io/v1 CSIDriver"),
    End("storage.k8s.io/v1beta1", "CSINode", 17, 22, "storage.k8s.io/v1 CSINode"),
    End(
        "storage.k8s.io/v1beta1",
        "CSIStorageCapacity",
        24,
        27,
        "storage.k8s.io/v1 CSIStorageCapacity",
    ),
    End(
        "storage.k8s.io/v1beta1",
        "VolumeAttributesClass",
        34,
        37,
        "storage.k8s.io/v1 VolumeAttributesClass",
    ),
    End(
        "storage.k8s.io/v1alpha1",
        "VolumeAttachment",
        21,
        24,
        "storage.k8s.io/v1 VolumeAttachment",
    ),
    End(
        "storage.k8s.io/v1alpha1",
        "CSIStorageCapacity",
        21,
        24,
        "storage.k8s.io/v1beta1 CSIStorageCapacity",
    ),
    End(
        "storage.k8s.io/v1alpha1",
        "VolumeAttributesClass",
        32,
        35,
        "storage.k8s.io/v1 VolumeAttributesClass",
    ),
    End("scheduling.k8s.io/v1beta1", "PriorityClass", 14, 22, "scheduling.k8s.io/v1 PriorityClass"),
    End("discovery.k8s.io/v1beta1", "EndpointSlice", 21, 25, "discovery.k8s.io/v1 EndpointSlice"),
    End("events.k8s.io/v1beta1", "Event", 22, 25, ""),
    End("coordination.k8s.io/v1beta1", "Lease", 19, 22, "coordination.k8s.io/v1 Lease"),
    End("coordination.k8s.io/v1beta1", "LeaseCandidate", 36, 39, ""),
    End("coordination.k8s.io/v1alpha2", "LeaseCandidate", 35, 38, ""),
    End("node.k8s.io/v1beta1", "RuntimeClass", 22, 25, ""),
    End(
        "flowcontrol.apiserver.k8s.io/v1beta1",
        "FlowSchema",
        23,
        26,
        "flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema",
    ),
    End(
        "flowcontrol.apiserver.k8s.io/v1beta1",
        "PriorityLevelConfiguration",
        23,
        26,
        "flowcontrol.apiserver.k8s.io/v1beta3 PriorityLevelConfiguration",
    ),
    End(
        "flowcontrol.apiserver.k8s.io/v1beta2",
        "FlowSchema",
        26,
        29,
        "flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema",
    ),
    End(
        "flowcontrol.apiserver.k8s.io/v1beta2",
        "PriorityLevelConfiguration",
        26,
        29,
        "flowcontrol.apiserver.k8s.io/v1beta3 PriorityLevelConfiguration",
    ),
    End(
        "flowcontrol.apiserver.k8s.io/v1beta3",
        "FlowSchema",
        29,
        32,
        "flowcontrol.apiserver.k8s.io/v1 FlowSchema",
    ),
    End(
        "flowcontrol.apiserver.k8s.io/v1beta3",
        "PriorityLevelConfiguration",
        29,
        32,
        "flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration",
    ),
    End(
        "certificates.k8s.io/v1beta1",
        "CertificateSigningRequest",
        19,
        22,
        "certificates.k8s.io/v1 CertificateSigningRequest",
    ),
    End(
        "certificates.k8s.io/v1beta1",
        "ClusterTrustBundle",
        37,
        40,
        "certificates.k8s.io/v1 ClusterTrustBundle",
    ),
    End(
        "certificates.k8s.io/v1beta1",
        "PodCertificateRequest",
        37,
        40,
        "certificates.k8s.io/v1 PodCertificateRequest",
    ),
    End("certificates.k8s.io/v1alpha1", "ClusterTrustBundle", 34, 37, ""),
    End(
        "authentication.k8s.io/v1beta1",
        "TokenReview",
        19,
        22,
        "authentication.k8s.io/v1 TokenReview",
    ),
    End("authentication.k8s.io/v1beta1", "SelfSubjectReview", 30, 33, ""),
    End("authentication.k8s.io/v1alpha1", "SelfSubjectReview", 29, 32, ""),
    End(
        "authorization.k8s.io/v1beta1",
        "LocalSubjectAccessReview",
        19,
        22,
        "authorization.k8s.io/v1 LocalSubjectAccessReview",
    ),
    End(
        "authorization.k8s.io/v1beta1",
        "SelfSubjectAccessReview",
        19,
        22,
        "authorization.k8s.io/v1 SelfSubjectAccessReview",
    ),
    End(
        "authorization.k8s.io/v1beta1",
        "SelfSubjectRulesReview",
        19,
        22,
        "authorization.k8s.io/v1 SelfSubjectRulesReview",
    ),
    End(
        "authorization.k8s.io/v1beta1",
        "SubjectAccessReview",
        19,
        22,
        "authorization.k8s.io/v1 SubjectAccessReview",
    ),
    End("resource.k8s.io/v1alpha3", "DeviceTaintRule", 36, 39, ""),
    End("resource.k8s.io/v1beta1", "ResourceClaim", 35, 38, ""),
    End("resource.k8s.io/v1beta1", "ResourceClaimTemplate", 35, 38, ""),
    End("resource.k8s.io/v1beta1", "DeviceClass", 35, 38, ""),
    End("resource.k8s.io/v1beta1", "ResourceSlice", 35, 38, ""),
    End("resource.k8s.io/v1beta2", "ResourceClaim", 36, 39, ""),
    End("resource.k8s.io/v1beta2", "ResourceClaimTemplate", 36, 39, ""),
    End("resource.k8s.io/v1beta2", "DeviceClass", 36, 39, ""),
    End("resource.k8s.io/v1beta2", "ResourceSlice", 36, 39, ""),
    End(
        "storagemigration.k8s.io/v1beta1",
        "StorageVersionMigration",
        37,
        40,
        "storagemigration.k8s.io/v1 StorageVersionMigration",
    ),
    End("v1", "ComponentStatus", 19, 0, ""),
    End("v1", "Endpoints", 33, 0, "discovery.k8s.io/v1 EndpointSlice"),
];

/// helm's warning, if the version is to go.
pub(super) fn notice(api_version: &str, kind: &str, version: &KubeVersion) -> Option<String> {
    let End(_, _, deprecated, removed, other) =
        ENDS.iter().find(|end| end.0 == api_version && end.1 == kind)?;
    let minor: u32 = version.minor.parse().ok()?;
    let is_near = version.major != "1" || minor >= *deprecated;
    is_near.then(|| {
        let instead = if other.is_empty() { String::new() } else { format!("; use {other}") };
        let gone = match removed {
            0 => String::new(),
            minor => format!(", unavailable in v1.{minor}+"),
        };
        format!("{api_version} {kind} is deprecated in v1.{deprecated}+{gone}{instead}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_is_to_go_is_named_from_its_announcement_on() {
        let notice = |api_version, kind, version| {
            super::notice(api_version, kind, &KubeVersion::parse(version).unwrap())
        };
        assert_eq!(
            notice("policy/v1beta1", "PodDisruptionBudget", "1.21").unwrap(),
            "policy/v1beta1 PodDisruptionBudget is deprecated in v1.21+, unavailable in v1.25+; use policy/v1 PodDisruptionBudget"
        );
        assert_eq!(notice("policy/v1beta1", "PodDisruptionBudget", "1.20"), None);
        assert_eq!(
            notice("v1", "ComponentStatus", "1.37").unwrap(),
            "v1 ComponentStatus is deprecated in v1.19+"
        );
        assert_eq!(notice("apps/v1", "Deployment", "1.37"), None);
    }
}
