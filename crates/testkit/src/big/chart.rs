//! The chart of a big bundle: one Deployment for each image.

use std::fmt::Write as _;

use crate::ChartFiles;

pub(super) const REGISTRY: &str = "release.daocloud.io";
pub(super) const TAG: &str = "v1.0.0";

const CHART: &str = "\
apiVersion: v2
name: big
description: Many images, for benchmarks.
version: 0.1.0
appVersion: v1.0.0
";

const DEPLOYMENTS: &str = r#"{{- range $name, $app := .Values.apps }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $.Release.Name }}-{{ $name }}
spec:
  selector:
    matchLabels: {app: {{ $name }}}
  template:
    metadata:
      labels: {app: {{ $name }}}
    spec:
      containers:
        - name: app
          image: "{{ $app.image.registry }}/{{ $app.image.repository }}:{{ $app.image.tag }}"
{{- end }}
"#;

pub(super) fn app(number: usize) -> String {
    format!("app-{number:02}")
}

pub(super) fn reference(number: usize) -> String {
    format!("{REGISTRY}/big/{}:{TAG}", app(number))
}

/// The chart and its hints.
pub(super) fn files(images: usize) -> (ChartFiles, Vec<u8>) {
    let mut values = String::from("# 每个应用一个镜像\napps:\n");
    let mut hints = String::from("---\n");
    for number in 0..images {
        let app = app(number);
        write!(
            values,
            "  {app}:\n    image:\n      registry: {REGISTRY}\n      repository: big/{app}\n      tag: {TAG}\n"
        )
        .expect("a string takes everything");
        let key = |field| format!("{{{{ .apps.{app}.image.{field} }}}}");
        writeln!(hints, "- \"{}/{}:{}\"", key("registry"), key("repository"), key("tag"))
            .expect("a string takes everything");
    }
    let chart = ChartFiles::new([
        (".relok8s-images.yaml".to_owned(), hints.clone().into_bytes()),
        ("Chart.yaml".to_owned(), CHART.as_bytes().to_vec()),
        ("templates/deployments.yaml".to_owned(), DEPLOYMENTS.as_bytes().to_vec()),
        ("values.yaml".to_owned(), values.into_bytes()),
    ]);
    (chart, hints.into_bytes())
}
