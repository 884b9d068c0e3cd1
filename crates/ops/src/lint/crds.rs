//! Rules for what lies below `crds/`.

use helm::ResolvedChart;

use super::objects::Object;
use super::templates::documents;
use super::{Finding, Severity};

/// What is wrong with the CRDs of a chart and of those in it, named as if all were its own.
pub(super) fn check(chart: &ResolvedChart) -> Vec<Finding> {
    let mut found = Vec::new();
    for (_, file) in chart.crds() {
        let error = |text: String| Finding::new(Severity::Error, &file.path, text);
        for document in documents(&String::from_utf8_lossy(&file.data)) {
            let value = match goyaml::decode(document.as_bytes()) {
                Ok(value) => value,
                Err(reason) => {
                    found.push(error(format!("unable to parse YAML: {reason}")));
                    return found;
                }
            };
            let Some(object) = Object::of(&value) else { continue };
            if !object.api_version.starts_with("apiextensions.k8s.io") {
                found.push(error("apiVersion is not in 'apiextensions.k8s.io'".to_owned()));
            }
            if object.kind != "CustomResourceDefinition" {
                found.push(error("object kind is not 'CustomResourceDefinition'".to_owned()));
            }
        }
    }
    found
}
