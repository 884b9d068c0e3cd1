//! Which kinds have images where. Field names are those of each project's API reference.

use super::pod::Parts;
use super::pod::Pattern::{self, Container, Hub, Image, Parts as InParts, Pod};
use crate::Gvk;

/// A group (empty for the core group), a kind (`*` for every kind of the group), and its places.
type Row = (&'static str, &'static str, &'static [Pattern]);

/// The places of a kind.
pub(super) fn places(gvk: &Gvk) -> impl Iterator<Item = Pattern> + '_ {
    let rows = TABLE
        .iter()
        .filter(|(group, kind, _)| *group == gvk.group && (*kind == "*" || *kind == gvk.kind));
    rows.flat_map(|(_, _, places)| places.iter().copied())
}

const REPOSITORY_TAG: Parts = Parts { repository: "repository", tag: &["tag"], sha256: "" };
const IMAGE_REPOSITORY: Parts =
    Parts { repository: "imageRepository", tag: &["imageTag"], sha256: "" };
const BASE_IMAGE: Parts =
    Parts { repository: "baseImage", tag: &["tag", "version"], sha256: "sha" };

const TEMPLATE: &[Pattern] = &[Pod("spec.template.spec")];
const CRON_JOB: &[Pattern] = &[Pod("spec.jobTemplate.spec.template.spec")];
const SPEC_IMAGE: &[Pattern] = &[Image("spec.image")];
const MONITORING: &[Pattern] = &[
    Pod("spec"),
    Image("spec.image"),
    InParts { at: "spec", parts: BASE_IMAGE },
    Image("spec.thanos.image"),
    InParts { at: "spec.thanos", parts: BASE_IMAGE },
];
const ELASTIC: &[Pattern] = &[
    Pod("spec.podTemplate.spec"),
    Pod("spec.deployment.podTemplate.spec"),
    Pod("spec.daemonSet.podTemplate.spec"),
    Pod("spec.statefulSet.podTemplate.spec"),
    Pod("spec.nodeSets[].podTemplate.spec"),
    Image("spec.image"),
];
const ISTIO_IMAGES: &[&str] = &["pilot", "proxyv2"];

const TABLE: &[Row] = &[
    // Kubernetes
    ("", "Pod", &[Pod("spec")]),
    ("", "PodTemplate", &[Pod("template.spec")]),
    ("", "ReplicationController", TEMPLATE),
    ("apps", "Deployment", TEMPLATE),
    ("apps", "DaemonSet", TEMPLATE),
    ("apps", "StatefulSet", TEMPLATE),
    ("apps", "ReplicaSet", TEMPLATE),
    ("extensions", "Deployment", TEMPLATE),
    ("extensions", "DaemonSet", TEMPLATE),
    ("extensions", "ReplicaSet", TEMPLATE),
    ("batch", "Job", TEMPLATE),
    ("batch", "CronJob", CRON_JOB),
    // Prometheus operator
    ("monitoring.coreos.com", "Prometheus", MONITORING),
    ("monitoring.coreos.com", "PrometheusAgent", MONITORING),
    ("monitoring.coreos.com", "Alertmanager", MONITORING),
    ("monitoring.coreos.com", "ThanosRuler", MONITORING),
    // VictoriaMetrics operator
    (
        "operator.victoriametrics.com",
        "*",
        &[
            Pod("spec"),
            InParts { at: "spec.image", parts: REPOSITORY_TAG },
            InParts { at: "spec.*.image", parts: REPOSITORY_TAG },
            Image("spec.configReloaderImageTag"),
        ],
    ),
    // cert-manager
    (
        "cert-manager.io",
        "Issuer",
        &[
            Pod("spec.acme.solvers[].http01.ingress.podTemplate.spec"),
            Pod("spec.acme.solvers[].http01.gatewayHTTPRoute.podTemplate.spec"),
        ],
    ),
    (
        "cert-manager.io",
        "ClusterIssuer",
        &[
            Pod("spec.acme.solvers[].http01.ingress.podTemplate.spec"),
            Pod("spec.acme.solvers[].http01.gatewayHTTPRoute.podTemplate.spec"),
        ],
    ),
    ("acme.cert-manager.io", "Challenge", &[Pod("spec.solver.http01.ingress.podTemplate.spec")]),
    // Strimzi
    (
        "kafka.strimzi.io",
        "*",
        &[
            Image("spec.image"),
            Image("spec.clientRackInitImage"),
            Image("spec.kafka.image"),
            Image("spec.kafka.brokerRackInitImage"),
            Image("spec.zookeeper.image"),
            Image("spec.entityOperator.topicOperator.image"),
            Image("spec.entityOperator.userOperator.image"),
            Image("spec.entityOperator.tlsSidecar.image"),
            Image("spec.kafkaExporter.image"),
            Image("spec.cruiseControl.image"),
            Image("spec.cruiseControl.tlsSidecar.image"),
            Image("spec.jmxTrans.image"),
        ],
    ),
    // CloudNativePG
    (
        "postgresql.cnpg.io",
        "Cluster",
        &[Image("spec.imageName"), Image("spec.postgresql.extensions[].image.reference")],
    ),
    ("postgresql.cnpg.io", "Pooler", TEMPLATE),
    ("postgresql.cnpg.io", "ImageCatalog", &[Image("spec.images[].image")]),
    ("postgresql.cnpg.io", "ClusterImageCatalog", &[Image("spec.images[].image")]),
    // Other operators of databases and queues
    (
        "acid.zalan.do",
        "postgresql",
        &[
            Pod("spec"),
            Image("spec.dockerImage"),
            Image("spec.sidecars[].image"),
            Image("spec.connectionPooler.dockerImage"),
        ],
    ),
    (
        "acid.zalan.do",
        "OperatorConfiguration",
        &[
            Image("configuration.docker_image"),
            Image("configuration.sidecars[].image"),
            Image("configuration.connection_pooler.connection_pooler_image"),
            Image("configuration.logical_backup.logical_backup_docker_image"),
        ],
    ),
    (
        "pxc.percona.com",
        "*",
        &[Image("spec.image"), Image("spec.*.image"), Container("spec.*.sidecars[]")],
    ),
    (
        "ps.percona.com",
        "*",
        &[
            Image("spec.image"),
            Image("spec.*.image"),
            Image("spec.proxy.*.image"),
            Container("spec.*.sidecars[]"),
        ],
    ),
    (
        "psmdb.percona.com",
        "*",
        &[Image("spec.image"), Image("spec.*.image"), Container("spec.replsets[].sidecars[]")],
    ),
    (
        "pgv2.percona.com",
        "*",
        &[
            Image("spec.image"),
            Image("spec.*.image"),
            Image("spec.proxy.pgBouncer.image"),
            Image("spec.backups.pgbackrest.image"),
        ],
    ),
    (
        "postgres-operator.crunchydata.com",
        "PostgresCluster",
        &[
            Image("spec.image"),
            Image("spec.*.image"),
            Image("spec.proxy.pgBouncer.image"),
            Image("spec.backups.pgbackrest.image"),
            Image("spec.monitoring.pgmonitor.exporter.image"),
        ],
    ),
    (
        "mongodbcommunity.mongodb.com",
        "MongoDBCommunity",
        &[Pod("spec.statefulSet.spec.template.spec")],
    ),
    ("mysql.oracle.com", "InnoDBCluster", &[Pod("spec.podSpec"), Pod("spec.router.podSpec")]),
    (
        "k8s.mariadb.com",
        "*",
        &[
            Image("spec.image"),
            Image("spec.*.image"),
            Image("spec.galera.agent.image"),
            Image("spec.galera.initContainer.image"),
        ],
    ),
    ("clickhouse.altinity.com", "*", &[Pod("spec.templates.podTemplates[].spec")]),
    (
        "rabbitmq.com",
        "RabbitmqCluster",
        &[Pod("spec.override.statefulSet.spec.template.spec"), Image("spec.image")],
    ),
    (
        "databases.spotahome.com",
        "RedisFailover",
        &[
            Image("spec.redis.image"),
            Image("spec.redis.exporter.image"),
            Container("spec.redis.initContainers[]"),
            Container("spec.redis.extraContainers[]"),
            Image("spec.sentinel.image"),
            Image("spec.sentinel.exporter.image"),
            Container("spec.sentinel.initContainers[]"),
            Container("spec.sentinel.extraContainers[]"),
        ],
    ),
    (
        "redis.redis.opstreelabs.in",
        "*",
        &[
            Image("spec.kubernetesConfig.image"),
            Image("spec.redisExporter.image"),
            Image("spec.initContainer.image"),
            Container("spec.sidecars[]"),
        ],
    ),
    (
        "minio.min.io",
        "Tenant",
        &[
            Image("spec.image"),
            Image("spec.sideCarImage"),
            Image("spec.initImage"),
            Image("spec.kes.image"),
            Image("spec.log.image"),
            Image("spec.log.db.image"),
            Image("spec.log.db.initimage"),
            Image("spec.prometheus.image"),
            Image("spec.prometheus.initimage"),
            Image("spec.prometheus.sidecarimage"),
            Container("spec.sideCars.containers[]"),
            Container("spec.initContainers[]"),
        ],
    ),
    ("ceph.rook.io", "CephCluster", &[Image("spec.cephVersion.image")]),
    ("elasticsearch.k8s.elastic.co", "*", ELASTIC),
    ("kibana.k8s.elastic.co", "*", ELASTIC),
    ("apm.k8s.elastic.co", "*", ELASTIC),
    ("beat.k8s.elastic.co", "*", ELASTIC),
    ("agent.k8s.elastic.co", "*", ELASTIC),
    ("enterprisesearch.k8s.elastic.co", "*", ELASTIC),
    ("maps.k8s.elastic.co", "*", ELASTIC),
    ("logstash.k8s.elastic.co", "*", ELASTIC),
    (
        "opensearch.opster.io",
        "OpenSearchCluster",
        &[
            Image("spec.general.image"),
            Image("spec.dashboards.image"),
            Image("spec.initHelper.image"),
            Image("spec.bootstrap.image"),
        ],
    ),
    // Karmada
    (
        "operator.karmada.io",
        "Karmada",
        &[
            InParts { at: "spec.components.*", parts: IMAGE_REPOSITORY },
            InParts { at: "spec.components.etcd.local", parts: IMAGE_REPOSITORY },
        ],
    ),
    // Observability
    ("grafana.integreatly.org", "Grafana", &[Pod("spec.deployment.spec.template.spec")]),
    (
        "integreatly.org",
        "Grafana",
        &[
            Image("spec.baseImage"),
            Image("spec.initImage"),
            Container("spec.containers[]"),
            Container("spec.initContainers[]"),
        ],
    ),
    (
        "opentelemetry.io",
        "*",
        &[
            Pod("spec"),
            Container("spec.additionalContainers[]"),
            Image("spec.image"),
            Image("spec.targetAllocator.image"),
            Image("spec.java.image"),
            Image("spec.nodejs.image"),
            Image("spec.python.image"),
            Image("spec.dotnet.image"),
            Image("spec.go.image"),
            Image("spec.apacheHttpd.image"),
            Image("spec.nginx.image"),
        ],
    ),
    (
        "jaegertracing.io",
        "Jaeger",
        &[
            Image("spec.allInOne.image"),
            Image("spec.query.image"),
            Image("spec.collector.image"),
            Image("spec.agent.image"),
            Image("spec.ingester.image"),
            Image("spec.storage.dependencies.image"),
            Image("spec.storage.esIndexCleaner.image"),
            Image("spec.storage.esRollover.image"),
            Image("spec.ingress.openshift.image"),
        ],
    ),
    ("logging.banzaicloud.io", "*", &[InParts { at: "spec.*.image", parts: REPOSITORY_TAG }]),
    // Knative
    ("serving.knative.dev", "Service", TEMPLATE),
    ("serving.knative.dev", "Configuration", TEMPLATE),
    ("serving.knative.dev", "Revision", &[Pod("spec")]),
    ("sources.knative.dev", "ContainerSource", TEMPLATE),
    // Argo
    ("argoproj.io", "Rollout", TEMPLATE),
    (
        "argoproj.io",
        "Workflow",
        &[
            Pod("spec.templates[]"),
            Container("spec.templates[].container"),
            Container("spec.templates[].script"),
            Container("spec.templates[].sidecars[]"),
            Container("spec.templates[].containerSet.containers[]"),
        ],
    ),
    (
        "argoproj.io",
        "WorkflowTemplate",
        &[
            Pod("spec.templates[]"),
            Container("spec.templates[].container"),
            Container("spec.templates[].script"),
            Container("spec.templates[].sidecars[]"),
            Container("spec.templates[].containerSet.containers[]"),
        ],
    ),
    (
        "argoproj.io",
        "ClusterWorkflowTemplate",
        &[
            Pod("spec.templates[]"),
            Container("spec.templates[].container"),
            Container("spec.templates[].script"),
            Container("spec.templates[].sidecars[]"),
            Container("spec.templates[].containerSet.containers[]"),
        ],
    ),
    (
        "argoproj.io",
        "CronWorkflow",
        &[
            Pod("spec.workflowSpec.templates[]"),
            Container("spec.workflowSpec.templates[].container"),
            Container("spec.workflowSpec.templates[].script"),
            Container("spec.workflowSpec.templates[].sidecars[]"),
            Container("spec.workflowSpec.templates[].containerSet.containers[]"),
        ],
    ),
    ("argoproj.io", "AnalysisTemplate", &[Pod("spec.metrics[].provider.job.spec.template.spec")]),
    (
        "argoproj.io",
        "ClusterAnalysisTemplate",
        &[Pod("spec.metrics[].provider.job.spec.template.spec")],
    ),
    ("argoproj.io", "EventSource", &[Container("spec.template.container")]),
    ("argoproj.io", "Sensor", &[Container("spec.template.container")]),
    // Kruise
    ("apps.kruise.io", "CloneSet", TEMPLATE),
    ("apps.kruise.io", "StatefulSet", TEMPLATE),
    ("apps.kruise.io", "DaemonSet", TEMPLATE),
    ("apps.kruise.io", "BroadcastJob", TEMPLATE),
    (
        "apps.kruise.io",
        "AdvancedCronJob",
        &[
            Pod("spec.template.jobTemplate.spec.template.spec"),
            Pod("spec.template.broadcastJobTemplate.spec.template.spec"),
        ],
    ),
    ("apps.kruise.io", "SidecarSet", &[Pod("spec")]),
    ("apps.kruise.io", "UnitedDeployment", &[Pod("spec.template.*.spec.template.spec")]),
    ("apps.kruise.io", "ImagePullJob", SPEC_IMAGE),
    // Tekton
    (
        "tekton.dev",
        "*",
        &[
            Container("spec.steps[]"),
            Container("spec.sidecars[]"),
            Container("spec.stepTemplate"),
            Image("spec.image"),
            Container("spec.taskSpec.steps[]"),
            Container("spec.taskSpec.sidecars[]"),
            Container("spec.tasks[].taskSpec.steps[]"),
            Container("spec.tasks[].taskSpec.sidecars[]"),
            Container("spec.finally[].taskSpec.steps[]"),
            Container("spec.finally[].taskSpec.sidecars[]"),
            Container("spec.pipelineSpec.tasks[].taskSpec.steps[]"),
            Container("spec.pipelineSpec.tasks[].taskSpec.sidecars[]"),
            Container("spec.pipelineSpec.finally[].taskSpec.steps[]"),
        ],
    ),
    // Istio
    (
        "install.istio.io",
        "IstioOperator",
        &[
            Hub { at: "spec", names: ISTIO_IMAGES },
            Hub { at: "spec.values.global", names: ISTIO_IMAGES },
        ],
    ),
    ("operator.istio.io", "Istio", &[Hub { at: "spec.values.global", names: ISTIO_IMAGES }]),
    ("sailoperator.io", "Istio", &[Hub { at: "spec.values.global", names: ISTIO_IMAGES }]),
    (
        "gateway.envoyproxy.io",
        "EnvoyProxy",
        &[
            Container("spec.provider.kubernetes.envoyDeployment.container"),
            Container("spec.provider.kubernetes.envoyDeployment.initContainers[]"),
            Container("spec.provider.kubernetes.envoyDaemonSet.container"),
        ],
    ),
    // Batch and machine learning
    ("batch.volcano.sh", "Job", &[Pod("spec.tasks[].template.spec")]),
    ("batch.volcano.sh", "CronJob", &[Pod("spec.jobTemplate.spec.tasks[].template.spec")]),
    ("jobset.x-k8s.io", "JobSet", &[Pod("spec.replicatedJobs[].template.spec.template.spec")]),
    (
        "leaderworkerset.x-k8s.io",
        "LeaderWorkerSet",
        &[
            Pod("spec.leaderWorkerTemplate.leaderTemplate.spec"),
            Pod("spec.leaderWorkerTemplate.workerTemplate.spec"),
        ],
    ),
    ("keda.sh", "ScaledJob", &[Pod("spec.jobTargetRef.template.spec")]),
    (
        "kubeflow.org",
        "*",
        &[
            Pod("spec.tfReplicaSpecs.*.template.spec"),
            Pod("spec.pytorchReplicaSpecs.*.template.spec"),
            Pod("spec.mpiReplicaSpecs.*.template.spec"),
            Pod("spec.xgbReplicaSpecs.*.template.spec"),
            Pod("spec.paddleReplicaSpecs.*.template.spec"),
            Pod("spec.template.spec"),
        ],
    ),
    (
        "ray.io",
        "*",
        &[
            Pod("spec.headGroupSpec.template.spec"),
            Pod("spec.workerGroupSpecs[].template.spec"),
            Pod("spec.rayClusterSpec.headGroupSpec.template.spec"),
            Pod("spec.rayClusterSpec.workerGroupSpecs[].template.spec"),
            Pod("spec.rayClusterConfig.headGroupSpec.template.spec"),
            Pod("spec.rayClusterConfig.workerGroupSpecs[].template.spec"),
            Pod("spec.submitterPodTemplate.spec"),
        ],
    ),
    (
        "sparkoperator.k8s.io",
        "SparkApplication",
        &[
            Image("spec.image"),
            Image("spec.driver.image"),
            Image("spec.executor.image"),
            Container("spec.driver.sidecars[]"),
            Container("spec.executor.sidecars[]"),
            Container("spec.driver.initContainers[]"),
            Container("spec.executor.initContainers[]"),
        ],
    ),
    (
        "sparkoperator.k8s.io",
        "ScheduledSparkApplication",
        &[
            Image("spec.template.image"),
            Image("spec.template.driver.image"),
            Image("spec.template.executor.image"),
        ],
    ),
    (
        "flink.apache.org",
        "FlinkDeployment",
        &[
            Pod("spec.podTemplate.spec"),
            Pod("spec.jobManager.podTemplate.spec"),
            Pod("spec.taskManager.podTemplate.spec"),
            Image("spec.image"),
        ],
    ),
    // Machines and packages
    ("kubevirt.io", "VirtualMachine", &[Image("spec.template.spec.volumes[].containerDisk.image")]),
    ("kubevirt.io", "VirtualMachineInstance", &[Image("spec.volumes[].containerDisk.image")]),
    ("pkg.crossplane.io", "*", &[Image("spec.package")]),
    ("operators.coreos.com", "CatalogSource", SPEC_IMAGE),
    (
        "operators.coreos.com",
        "ClusterServiceVersion",
        &[
            Pod("spec.install.spec.deployments[].spec.template.spec"),
            Image("spec.relatedImages[].image"),
        ],
    ),
];
