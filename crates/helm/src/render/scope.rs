//! What templates see: one scope for each chart.

use std::collections::BTreeMap;
use std::rc::Rc;

use bytes::Bytes;
use gotemplate::{List, Map, Type, Value};

use super::capabilities::CapabilitiesObject;
use super::files::Files;
use super::values_type::VALUES;
use super::{Inputs, Release};
use crate::values::table_at;
use crate::{Dependency, Metadata, ResolvedChart};

/// A template, and the scope of its chart.
pub(super) struct Template {
    pub(super) text: Bytes,
    scope: Map,
    base_path: Rc<str>,
}

impl Template {
    /// The scope, with `.Template` telling which template is being rendered.
    pub(super) fn enter(&self, path: &str) -> Map {
        let template = Map::typed(&VALUES);
        set(&template, "Name", path.into());
        set(&template, "BasePath", (&*self.base_path).into());
        set(&self.scope, "Template", template.into());
        self.scope.with_type(&VALUES)
    }
}

/// Every template of a chart and the charts in it, by full path.
pub(super) fn templates(
    chart: &ResolvedChart,
    values: &Map,
    inputs: Inputs<'_>,
) -> BTreeMap<String, Template> {
    let mut scopes = Scopes {
        release: release(inputs.release).into(),
        capabilities: Value::Object(CapabilitiesObject::new(inputs.capabilities)),
        templates: BTreeMap::new(),
    };
    scopes.add(chart, &values.with_type(&VALUES));
    scopes.templates
}

struct Scopes {
    release: Value,
    capabilities: Value,
    templates: BTreeMap<String, Template>,
}

impl Scopes {
    fn add(&mut self, chart: &ResolvedChart, values: &Map) -> Map {
        let scope = Map::new();
        let subcharts = Map::new();
        set(&scope, "Chart", metadata(chart).into());
        set(&scope, "Files", Value::Object(Rc::new(Files::new(chart.files()))));
        set(&scope, "Release", self.release.clone());
        set(&scope, "Capabilities", self.capabilities.clone());
        set(&scope, "Values", values.clone().into());
        set(&scope, "Subcharts", subcharts.clone().into());
        for subchart in chart.dependencies() {
            // A name with a dot is taken for a path, and leads nowhere.
            let values = table_at(values, subchart.name()).unwrap_or_default();
            let scope = self.add(subchart, &values.with_type(&VALUES));
            set(&subcharts, subchart.name(), scope.into());
        }
        let base_path: Rc<str> = format!("{}/templates", chart.full_path()).into();
        let is_library = chart.metadata().kind.eq_ignore_ascii_case("library");
        for file in chart.templates() {
            let is_partial = file.path.rsplit('/').next().is_some_and(|name| name.starts_with('_'));
            if is_library && !is_partial {
                continue;
            }
            let path = format!("{}/{}", chart.full_path(), file.path);
            let template = Template {
                text: file.data.clone(),
                scope: scope.clone(),
                base_path: Rc::clone(&base_path),
            };
            self.templates.insert(path, template);
        }
        scope
    }
}

fn set(map: &Map, key: &str, value: Value) {
    // Scopes are never Go's nil map.
    let _ = map.insert(key, value);
}

fn release(release: &Release) -> Map {
    let Release { name, namespace, revision, is_upgrade } = release;
    [
        ("Name", Value::from(name.as_str())),
        ("Namespace", namespace.as_str().into()),
        ("Revision", Value::int(*revision)),
        ("IsUpgrade", (*is_upgrade).into()),
        ("IsInstall", (!is_upgrade).into()),
        ("Service", "Helm".into()),
    ]
    .into_iter()
    .collect()
}

/// `.Chart`: Go's field names over the metadata.
fn metadata(chart: &ResolvedChart) -> Map {
    let Metadata {
        name,
        home,
        sources,
        version,
        description,
        keywords,
        maintainers,
        icon,
        api_version,
        condition,
        tags,
        app_version,
        deprecated,
        annotations,
        kube_version,
        dependencies,
        kind,
    } = chart.metadata();
    let maintainer = |maintainer: &crate::Maintainer| {
        fields(&[
            ("Name", &maintainer.name),
            ("Email", &maintainer.email),
            ("URL", &maintainer.url),
        ])
        .into()
    };
    let map = fields(&[
        ("Name", name),
        ("Home", home),
        ("Version", version),
        ("Description", description),
        ("Icon", icon),
        ("APIVersion", api_version),
        ("Condition", condition),
        ("Tags", tags),
        ("AppVersion", app_version),
        ("KubeVersion", kube_version),
        ("Type", kind),
    ]);
    let annotation = if annotations.is_empty() {
        Map::nil(&Type::STRING_MAP)
    } else {
        string_map(annotations.iter().map(|(key, text)| (key.as_str(), text.as_str())))
    };
    for (key, value) in [
        ("Sources", texts(sources)),
        ("Keywords", texts(keywords)),
        ("Maintainers", Value::list(maintainers.iter().map(maintainer).collect())),
        ("Deprecated", (*deprecated).into()),
        ("Annotations", annotation.into()),
        ("Dependencies", Value::list(dependencies.iter().map(dependency).collect())),
        ("IsRoot", chart.is_root().into()),
    ] {
        set(&map, key, value);
    }
    map
}

fn dependency(dependency: &Dependency) -> Value {
    let Dependency { name, version, repository, condition, tags, enabled, import_values, alias } =
        dependency;
    let map = fields(&[
        ("Name", name),
        ("Version", version),
        ("Repository", repository),
        ("Condition", condition),
        ("Alias", alias),
    ]);
    let import = |import: &serde_json::Value| match import {
        serde_json::Value::Object(pair) => {
            let texts =
                pair.iter().map(|(key, text)| (key.as_str(), text.as_str().unwrap_or_default()));
            string_map(texts).into()
        }
        other => crate::Value::from_json(other.clone()).to_template(),
    };
    set(&map, "Tags", texts(tags));
    set(&map, "Enabled", (*enabled).into());
    set(&map, "ImportValues", Value::list(import_values.iter().map(import).collect()));
    map.into()
}

fn fields(fields: &[(&str, &String)]) -> Map {
    fields.iter().map(|(key, text)| (*key, text.as_str())).collect()
}

fn string_map<'a>(entries: impl Iterator<Item = (&'a str, &'a str)>) -> Map {
    let map = Map::typed(&Type::STRING_MAP);
    for (key, text) in entries {
        set(&map, key, text.into());
    }
    map
}

fn texts(texts: &[String]) -> Value {
    Value::List(List::new(texts.iter().map(|text| text.as_str().into()).collect()))
}
