//! `.Capabilities` as an object of templates.

use std::any::Any;
use std::rc::Rc;

use gotemplate::{Field, List, Method, NamedType, Object, Shape, Str, Type, Value};

use crate::{Capabilities, HelmVersion, KubeVersion};

/// Go's `*common.Capabilities`.
pub(super) struct CapabilitiesObject(Rc<dyn Object>);

struct CapabilitiesStruct {
    kube_version: Rc<dyn Object>,
    api_versions: List,
    helm_version: Rc<dyn Object>,
}

struct KubeVersionObject(KubeVersion);

struct HelmVersionObject(HelmVersion);

/// Go's `common.VersionSet`.
static VERSION_SET: Type = Type::Named(&NamedType {
    name: "common.VersionSet",
    underlying: Type::STRING_SLICE,
    methods: &[Method {
        name: "Has",
        params: &[Type::String],
        variadic: None,
        body: |versions, args| Ok(has(versions, args)),
    }],
});

impl CapabilitiesObject {
    pub(super) fn new(capabilities: &Capabilities) -> Rc<Self> {
        let versions =
            capabilities.api_versions.iter().map(|version| version.as_str().into()).collect();
        Rc::new(Self(Rc::new(CapabilitiesStruct {
            kube_version: Rc::new(KubeVersionObject(capabilities.kube_version.clone())),
            api_versions: List::typed(&VERSION_SET, versions),
            helm_version: Rc::new(HelmVersionObject(capabilities.helm_version.clone())),
        })))
    }
}

fn has(versions: &Value, args: &[Value]) -> Value {
    let wanted = args.first().and_then(Value::as_bytes);
    let is_wanted = |version: Value| version.as_bytes() == wanted;
    versions.as_list().is_some_and(|list| list.iter().any(is_wanted)).into()
}

impl Object for CapabilitiesObject {
    fn type_name(&self) -> &'static str {
        "*common.Capabilities"
    }

    fn shape(&self) -> Shape {
        Shape::Pointer(Some(Rc::clone(&self.0)))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Object for CapabilitiesStruct {
    fn type_name(&self) -> &'static str {
        "common.Capabilities"
    }

    fn shape(&self) -> Shape {
        Shape::Struct(vec![
            Field { name: "KubeVersion", value: Value::Object(Rc::clone(&self.kube_version)) },
            Field { name: "APIVersions", value: Value::List(self.api_versions.clone()) },
            Field { name: "HelmVersion", value: Value::Object(Rc::clone(&self.helm_version)) },
        ])
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Object for KubeVersionObject {
    fn type_name(&self) -> &'static str {
        "common.KubeVersion"
    }

    fn shape(&self) -> Shape {
        let KubeVersion { version, normalized, major, minor } = &self.0;
        let field = |name, text: &String| Field { name, value: text.as_str().into() };
        Shape::Struct(vec![
            field("Version", version),
            field("normalizedVersion", normalized),
            field("Major", major),
            field("Minor", minor),
        ])
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        static METHODS: [Method; 2] = [
            Method {
                name: "String",
                params: &[],
                variadic: None,
                body: |version, _| Ok(string(version)),
            },
            Method {
                name: "GitVersion",
                params: &[],
                variadic: None,
                body: |version, _| Ok(git_version(version)),
            },
        ];
        METHODS.iter().find(|method| method.name == name)
    }

    // Only the pointer to it has Go's `String()`.
    fn addressed_string(&self) -> Option<Str> {
        Some(self.0.normalized.as_str().into())
    }

    fn equals(&self, other: &dyn Object) -> Option<bool> {
        Some(other.as_any().downcast_ref::<Self>().is_some_and(|other| other.0 == self.0))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn string(version: &Value) -> Value {
    let text = version.downcast::<KubeVersionObject>().map(|version| version.0.normalized.as_str());
    text.unwrap_or_default().into()
}

fn git_version(version: &Value) -> Value {
    let text = version.downcast::<KubeVersionObject>().map(|version| version.0.version.as_str());
    text.unwrap_or_default().into()
}

impl Object for HelmVersionObject {
    fn type_name(&self) -> &'static str {
        "version.BuildInfo"
    }

    fn shape(&self) -> Shape {
        let HelmVersion { version, git_commit, git_tree_state, go_version, kube_client_version } =
            &self.0;
        let field = |name, text: &String| Field { name, value: text.as_str().into() };
        Shape::Struct(vec![
            field("Version", version),
            field("GitCommit", git_commit),
            field("GitTreeState", git_tree_state),
            field("GoVersion", go_version),
            field("KubeClientVersion", kube_client_version),
        ])
    }

    fn equals(&self, other: &dyn Object) -> Option<bool> {
        Some(other.as_any().downcast_ref::<Self>().is_some_and(|other| other.0 == self.0))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
