//! The chart of the look-alike. Its files are in `fixtures/kairship`; only the large CRD is made here.

use super::{Version, crd};
use crate::ChartFiles;

macro_rules! fixture {
    ($path:literal) => {
        ($path, include_str!(concat!("../../fixtures/kairship/", $path)))
    };
}

/// The files of both versions.
pub(super) const FILES: [(&str, &str); 30] = [
    fixture!(".helmignore"),
    fixture!(".relok8s-images.yaml"),
    fixture!("Chart.lock"),
    fixture!("Chart.yaml"),
    fixture!("README.md"),
    fixture!("charts/common/Chart.yaml"),
    fixture!("charts/common/templates/_images.tpl"),
    fixture!("charts/common/values.yaml"),
    fixture!("charts/karmada-operator/Chart.yaml"),
    fixture!("charts/karmada-operator/_crds/install.karmada.io_karmadadeployments.yaml"),
    fixture!("charts/karmada-operator/charts/common/Chart.yaml"),
    fixture!("charts/karmada-operator/charts/common/templates/_images.tpl"),
    fixture!("charts/karmada-operator/charts/common/values.yaml"),
    fixture!("charts/karmada-operator/templates/customresourcedefinitions.yaml"),
    fixture!("charts/karmada-operator/templates/deployment.yaml"),
    fixture!("charts/karmada-operator/templates/rbac.yaml"),
    fixture!("charts/karmada-operator/values.yaml"),
    fixture!("templates/NOTES.txt"),
    fixture!("templates/_helpers.tpl"),
    fixture!("templates/apiserver-deployment.yaml"),
    fixture!("templates/apiserver-service.yaml"),
    fixture!("templates/configmap.yaml"),
    fixture!("templates/controller-manager-deployment.yaml"),
    fixture!("templates/pre-upgrade-job.yaml"),
    fixture!("templates/proxy.yaml"),
    fixture!("templates/rbac.yaml"),
    fixture!("templates/ui.yaml"),
    fixture!("values.yaml"),
    fixture!("versions/0.20.0/crds/kairship.io_instances.yaml"),
    fixture!("versions/0.21.0/crds/kairship.io_instances.yaml"),
];

/// What stands for the marks `@name@` in the files.
pub(super) fn marks(version: Version) -> [(&'static str, &'static str); 4] {
    match version {
        Version::V0_20_0 => [
            ("@version@", "0.20.0"),
            ("@ui@", "v0.15.1"),
            ("@karmada@", "v1.7.0"),
            ("@kubernetes@", "v1.25.4"),
        ],
        Version::V0_21_0 => [
            ("@version@", "0.21.0"),
            ("@ui@", "v0.16.0"),
            ("@karmada@", "v1.8.0"),
            ("@kubernetes@", "v1.26.12"),
        ],
    }
}

pub(super) fn files(version: Version) -> ChartFiles {
    let mut files = Vec::new();
    for (path, text) in FILES {
        let path = match path.strip_prefix("versions/") {
            Some(rest) => match rest.split_once('/') {
                Some((of, path)) if of == version.as_str() => path,
                _ => continue,
            },
            None => path,
        };
        let text = marks(version)
            .into_iter()
            .fold(text.to_owned(), |text, (mark, value)| text.replace(mark, value));
        files.push((path.to_owned(), text.into_bytes()));
    }
    files.push(("crds/kairship.io_workloadtemplates.yaml".to_owned(), crd::large().into()));
    ChartFiles::new(files)
}
