//! The images an object would run.

mod pod;
mod table;
mod walk;

use goyaml::Value;

use crate::Gvk;
use crate::text::text_of;

/// A place in an object that names an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageUse {
    /// The kind of the object, with its group. An object inside a list is one of its own.
    pub gvk: Gvk,
    /// `metadata.namespace`, empty if there is none.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
    /// The field, from the root of the document: `spec.template.spec.containers[0].image`. Where several fields make the
    /// image, the one that holds most of it.
    pub field: String,
    /// The image as it is written, or as the operator would put it together.
    pub image: String,
    /// What the place is.
    pub role: Role,
}

/// What a place that names an image is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// A container of a pod.
    Container,
    /// A container that runs before the others.
    InitContainer,
    /// A container for looking into a running pod.
    EphemeralContainer,
    /// A volume whose content is an image.
    Volume,
    /// A field of a custom resource, which an operator makes containers of.
    Custom,
    /// An argument or variable that tells an operator which image to use. Not run for certain.
    Mentioned,
}

/// The images of an object, in the order they are written. Knows the pods of every workload of Kubernetes, and the fields
/// of well-known custom resources. Empty images are left out: an operator chooses then.
pub fn images(object: &Value) -> Vec<ImageUse> {
    let mut found = Vec::new();
    collect(object, "", &mut found);
    found
}

fn collect(object: &Value, at: &str, found: &mut Vec<ImageUse>) {
    let text = |path: &[&str]| object.at(path).and_then(text_of).unwrap_or_default();
    let gvk = Gvk::new(&text(&["apiVersion"]), &text(&["kind"]));
    if gvk.kind.ends_with("List")
        && let Some(items) = object.get("items").and_then(Value::as_list)
    {
        for (index, item) in items.iter().enumerate() {
            collect(item, &walk::join(at, &format!("items[{index}]")), found);
        }
        return;
    }
    let (namespace, name) = (text(&["metadata", "namespace"]), text(&["metadata", "name"]));
    let mut places = Vec::new();
    for place in table::places(&gvk) {
        place.visit(object, at, &mut places);
    }
    found.extend(places.into_iter().filter(|place| !place.image.is_empty()).map(|place| {
        ImageUse {
            gvk: gvk.clone(),
            namespace: namespace.clone(),
            name: name.clone(),
            field: place.field,
            image: place.image,
            role: place.role,
        }
    }));
}

/// An image and where it stands.
struct Place {
    field: String,
    image: String,
    role: Role,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uses(yaml: &str) -> Vec<(String, String)> {
        let object = goyaml::from_slice(yaml.as_bytes()).unwrap();
        images(&object).into_iter().map(|found| (found.field, found.image)).collect()
    }

    fn assert_images(yaml: &str, expected: &[(&str, &str)]) {
        let found = uses(yaml);
        let found: Vec<_> = found.iter().map(|(f, i)| (f.as_str(), i.as_str())).collect();
        assert_eq!(found, expected, "{yaml}");
    }

    #[test]
    fn every_container_of_a_pod_is_found() {
        let yaml = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop}\nspec:\n  containers: [{name: a, image: a:1}, {name: b}]\n  initContainers: [{image: i:1}]\n  ephemeralContainers: [{image: e:1}]\n  volumes: [{name: v, image: {reference: v:1}}, {name: w, emptyDir: {}}]\n";
        let object = goyaml::from_slice(yaml.as_bytes()).unwrap();
        let found = images(&object);
        let roles: Vec<_> = found.iter().map(|found| (found.image.as_str(), found.role)).collect();
        assert_eq!(
            roles,
            [
                ("i:1", Role::InitContainer),
                ("a:1", Role::Container),
                ("e:1", Role::EphemeralContainer),
                ("v:1", Role::Volume)
            ]
        );
        assert_eq!((found[0].name.as_str(), found[0].namespace.as_str()), ("p", "shop"));
        assert_eq!(found[1].field, "spec.containers[0].image");
    }

    #[test]
    fn every_workload_has_its_pod() {
        let pod = "{containers: [{image: a:1}]}";
        for (kind, path) in [
            ("apps/v1 Deployment", "spec.template.spec"),
            ("apps/v1 DaemonSet", "spec.template.spec"),
            ("apps/v1 StatefulSet", "spec.template.spec"),
            ("apps/v1 ReplicaSet", "spec.template.spec"),
            ("extensions/v1beta1 Deployment", "spec.template.spec"),
            ("v1 ReplicationController", "spec.template.spec"),
            ("batch/v1 Job", "spec.template.spec"),
            ("batch/v1 CronJob", "spec.jobTemplate.spec.template.spec"),
            ("batch/v1beta1 CronJob", "spec.jobTemplate.spec.template.spec"),
            ("v1 PodTemplate", "template.spec"),
            ("serving.knative.dev/v1 Service", "spec.template.spec"),
            ("argoproj.io/v1alpha1 Rollout", "spec.template.spec"),
            ("apps.kruise.io/v1alpha1 CloneSet", "spec.template.spec"),
            ("apps.kruise.io/v1beta1 StatefulSet", "spec.template.spec"),
        ] {
            let (api_version, kind) = kind.split_once(' ').unwrap();
            let mut nested = pod.to_owned();
            for key in path.rsplit('.') {
                nested = format!("{{{key}: {nested}}}");
            }
            let yaml = format!(
                "apiVersion: {api_version}\nkind: {kind}\n{}",
                &nested[1..nested.len() - 1]
            );
            assert_images(&yaml, &[(&format!("{path}.containers[0].image"), "a:1")]);
        }
        assert_images(
            "apiVersion: v1\nkind: Service\nspec: {template: {spec: {containers: [{image: a}]}}}",
            &[],
        );
    }

    #[test]
    fn lists_are_looked_into() {
        let yaml = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, spec: {containers: [{image: a}]}}\n- {apiVersion: v1, kind: PodList, items: [{apiVersion: v1, kind: Pod, spec: {containers: [{image: b}]}}]}\n";
        assert_images(
            yaml,
            &[
                ("items[0].spec.containers[0].image", "a"),
                ("items[1].items[0].spec.containers[0].image", "b"),
            ],
        );
    }

    #[test]
    fn custom_resources_are_known() {
        assert_images(
            "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nspec: {image: p:1, thanos: {image: t:1}, containers: [{image: s:1}], initContainers: [{name: x}]}",
            &[
                ("spec.containers[0].image", "s:1"),
                ("spec.image", "p:1"),
                ("spec.thanos.image", "t:1"),
            ],
        );
        assert_images(
            "apiVersion: kafka.strimzi.io/v1beta2\nkind: Kafka\nspec: {kafka: {image: k:1}, entityOperator: {topicOperator: {image: o:1}}}",
            &[("spec.kafka.image", "k:1"), ("spec.entityOperator.topicOperator.image", "o:1")],
        );
        assert_images(
            "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nspec: {imageName: ghcr.io/x/postgresql:17}",
            &[("spec.imageName", "ghcr.io/x/postgresql:17")],
        );
        assert_images(
            "apiVersion: elasticsearch.k8s.elastic.co/v1\nkind: Elasticsearch\nspec: {image: e:8, nodeSets: [{podTemplate: {spec: {initContainers: [{image: i:1}]}}}]}",
            &[
                ("spec.nodeSets[0].podTemplate.spec.initContainers[0].image", "i:1"),
                ("spec.image", "e:8"),
            ],
        );
        assert_images(
            "apiVersion: tekton.dev/v1\nkind: Pipeline\nspec: {tasks: [{taskSpec: {steps: [{image: s:1}], sidecars: [{image: c:1}]}}]}",
            &[
                ("spec.tasks[0].taskSpec.steps[0].image", "s:1"),
                ("spec.tasks[0].taskSpec.sidecars[0].image", "c:1"),
            ],
        );
        assert_images(
            "apiVersion: argoproj.io/v1alpha1\nkind: CronWorkflow\nspec: {workflowSpec: {templates: [{container: {image: a:1}}, {script: {image: b:1}}]}}",
            &[
                ("spec.workflowSpec.templates[0].container.image", "a:1"),
                ("spec.workflowSpec.templates[1].script.image", "b:1"),
            ],
        );
    }

    #[test]
    fn images_in_parts_are_put_together() {
        assert_images(
            "apiVersion: operator.karmada.io/v1alpha1\nkind: Karmada\nspec: {components: {etcd: {local: {imageRepository: r/etcd, imageTag: 3.5.1-0}}, karmadaScheduler: {imageRepository: r/s}}}",
            &[
                ("spec.components.karmadaScheduler.imageRepository", "r/s"),
                ("spec.components.etcd.local.imageRepository", "r/etcd:3.5.1-0"),
            ],
        );
        assert_images(
            "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nspec: {hub: r/istio, tag: 1.20.1}",
            &[("spec.hub", "r/istio/pilot:1.20.1"), ("spec.hub", "r/istio/proxyv2:1.20.1")],
        );
        assert_images(
            "apiVersion: monitoring.coreos.com/v1\nkind: Alertmanager\nspec: {baseImage: q/a, version: v0.2, sha: abc}",
            &[("spec.baseImage", "q/a@sha256:abc")],
        );
        assert_images(
            "apiVersion: operator.victoriametrics.com/v1beta1\nkind: VMCluster\nspec: {vmselect: {image: {repository: v/s, tag: v1}}, vmstorage: {image: {tag: v1}}}",
            &[("spec.vmselect.image.repository", "v/s:v1")],
        );
    }

    #[test]
    fn arguments_and_variables_of_operators_are_mentions() {
        let yaml = "apiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {containers: [{image: o:1, args: [--v=2, '--acme-http01-solver-image=q/s:1', '--prometheus-config-reloader=q/r:1'], env: [{name: RELATED_IMAGE_X, value: q/x:1}, {name: IMAGE, value: y}]}]}}}";
        let object = goyaml::from_slice(yaml.as_bytes()).unwrap();
        let found: Vec<_> =
            images(&object).into_iter().map(|f| (f.field, f.image, f.role)).collect();
        let at = |rest: &str| format!("spec.template.spec.containers[0].{rest}");
        assert_eq!(
            found,
            [
                (at("image"), "o:1".to_owned(), Role::Container),
                (at("args[1]"), "q/s:1".to_owned(), Role::Mentioned),
                (at("args[2]"), "q/r:1".to_owned(), Role::Mentioned),
                (at("env[0].value"), "q/x:1".to_owned(), Role::Mentioned),
            ]
        );
    }

    #[test]
    fn odd_shapes_are_passed_over() {
        for yaml in [
            "5",
            "[]",
            "kind: Pod\nspec: []",
            "apiVersion: v1\nkind: Pod\nspec: {containers: {image: x}}",
            "apiVersion: v1\nkind: Pod\nspec: {containers: [x, {image: []}, {image: ''}, null]}",
            "apiVersion: v1\nkind: List\nitems: x",
        ] {
            assert_images(yaml, &[]);
        }
        assert_images(
            "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: 5}]}",
            &[("spec.containers[0].image", "5")],
        );
    }
}
