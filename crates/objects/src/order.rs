//! The order in which kinds are created and deleted.

/// The order helm creates kinds in (helm 4.3.1).
pub const INSTALL_ORDER: KindOrder = KindOrder(&[
    "PriorityClass",
    "Namespace",
    "NetworkPolicy",
    "ResourceQuota",
    "LimitRange",
    "PodSecurityPolicy",
    "PodDisruptionBudget",
    "ServiceAccount",
    "Secret",
    "SecretList",
    "ConfigMap",
    "StorageClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleList",
    "ClusterRoleBinding",
    "ClusterRoleBindingList",
    "Role",
    "RoleList",
    "RoleBinding",
    "RoleBindingList",
    "Service",
    "DaemonSet",
    "Pod",
    "ReplicationController",
    "ReplicaSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "StatefulSet",
    "Job",
    "CronJob",
    "IngressClass",
    "Ingress",
    "APIService",
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
]);

/// The order helm deletes kinds in (helm 4.3.1).
pub const UNINSTALL_ORDER: KindOrder = KindOrder(&[
    "ValidatingWebhookConfiguration",
    "MutatingWebhookConfiguration",
    "APIService",
    "Ingress",
    "IngressClass",
    "Service",
    "CronJob",
    "Job",
    "StatefulSet",
    "HorizontalPodAutoscaler",
    "Deployment",
    "ReplicaSet",
    "ReplicationController",
    "Pod",
    "DaemonSet",
    "RoleBindingList",
    "RoleBinding",
    "RoleList",
    "Role",
    "ClusterRoleBindingList",
    "ClusterRoleBinding",
    "ClusterRoleList",
    "ClusterRole",
    "CustomResourceDefinition",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "StorageClass",
    "ConfigMap",
    "SecretList",
    "Secret",
    "ServiceAccount",
    "PodDisruptionBudget",
    "PodSecurityPolicy",
    "LimitRange",
    "ResourceQuota",
    "NetworkPolicy",
    "Namespace",
    "PriorityClass",
]);

/// A list of kinds. Groups do not matter, letter case does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindOrder(&'static [&'static str]);

impl KindOrder {
    /// Sorts by kind, keeping the order among objects of one kind. Kinds that are not in the list come last, sorted by
    /// their names.
    pub fn sort_by_kind<T>(self, objects: &mut [T], kind: impl Fn(&T) -> &str) {
        objects.sort_by(|a, b| {
            let (a, b) = (kind(a), kind(b));
            let (rank_a, rank_b) = (self.rank(a), self.rank(b));
            let by_name =
                || if rank_a == self.0.len() { a.cmp(b) } else { std::cmp::Ordering::Equal };
            rank_a.cmp(&rank_b).then_with(by_name)
        });
    }

    fn rank(self, kind: &str) -> usize {
        self.0.iter().position(|known| *known == kind).unwrap_or(self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_stably_with_unknown_kinds_last() {
        let mut kinds =
            ["Zed", "service", "Deployment", "Service", "Abc", "", "Namespace", "Service"]
                .iter()
                .enumerate()
                .collect::<Vec<_>>();
        INSTALL_ORDER.sort_by_kind(&mut kinds, |(_, kind)| kind);
        let order: Vec<_> = kinds.iter().map(|(at, _)| *at).collect();
        assert_eq!(order, [6, 3, 7, 2, 5, 4, 0, 1]);
        UNINSTALL_ORDER.sort_by_kind(&mut kinds, |(_, kind)| kind);
        assert_eq!(kinds.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [3, 7, 2, 6, 5, 4, 0, 1]);
    }

    #[test]
    fn both_orders_know_the_same_kinds() {
        let mut install = INSTALL_ORDER.0.to_vec();
        let mut uninstall = UNINSTALL_ORDER.0.to_vec();
        install.sort_unstable();
        uninstall.sort_unstable();
        assert_eq!(install, uninstall);
        assert_eq!(install.len(), 38);
    }
}
