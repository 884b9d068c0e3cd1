//! Rendering charts for what is in them: no release, no cluster, nothing random.

use std::collections::HashMap;

use helm::{
    Capabilities, Chart, Document, Done, Environment, HookDocument, ImageUse, Inputs, KubeVersion,
    Lint, Lookups, NotesOf, Outcome, Release, RenderOptions, Rendered, ResolvedChart, Role, Table,
    Zone,
};

use crate::chart::{ChartValues, Refusal};
use crate::problem::{Error, Phase, Problem, ProblemKind};

/// What a chart is rendered with, as `helm template` takes it.
#[derive(Clone, Debug, Default)]
pub struct RenderArguments {
    /// The user's values; `None`: a chart's defaults.
    pub values: Option<ChartValues>,
    /// The version of Kubernetes; `None`: the one helm assumes.
    pub kube_version: Option<String>,
    /// API versions the cluster has besides.
    pub api_versions: Vec<String>,
    /// The namespace; `None`: `default`.
    pub namespace: Option<String>,
    /// The name of the release; `None`: `release-name`.
    pub release: Option<String>,
}

/// Renders charts with the same values, the same release and the same entropy.
#[derive(Clone, Debug)]
pub(crate) struct Renderer {
    pub(crate) values: Table,
    release: Release,
    capabilities: Capabilities,
    environment: Environment,
}

impl Default for Renderer {
    /// With nothing but the defaults of a chart.
    fn default() -> Self {
        Self {
            values: Table::new(),
            release: Release {
                name: "release-name".into(),
                namespace: "default".into(),
                revision: 1,
                is_upgrade: false,
            },
            capabilities: Capabilities::default(),
            // Passwords and keys are made of it that nobody ever uses; images do not depend on it.
            environment: Environment { now: (0, 0), local_zone: Zone::utc(), seed: [7; 32] },
        }
    }
}

impl Renderer {
    /// Reads the values. All mistakes are told together.
    pub(crate) fn new(arguments: &RenderArguments) -> Result<Self, Error> {
        let mut renderer = Self::default();
        let mut problems = Vec::new();
        match arguments.values.as_ref().map(ChartValues::resolve) {
            Some(Ok(values)) => renderer.values = values,
            Some(Err(refusal)) => problems.push(told(refusal)),
            None => {}
        }
        if let Some(text) = &arguments.kube_version {
            match KubeVersion::parse(text) {
                Ok(version) => renderer.capabilities.kube_version = version,
                Err(error) => {
                    let detail = error.to_string();
                    problems.push(Problem::error(ProblemKind::Usage, "--kube-version", detail));
                }
            }
        }
        let more = arguments.api_versions.iter().cloned();
        renderer.capabilities = renderer.capabilities.with_api_versions(more);
        if let Some(namespace) = &arguments.namespace {
            renderer.release.namespace.clone_from(namespace);
        }
        if let Some(name) = &arguments.release {
            renderer.release.name.clone_from(name);
        }
        Error::check(Phase::Configure, &problems)?;
        Ok(renderer)
    }

    /// Renders a chart. The error is helm's text.
    pub(crate) fn render(&self, chart: &Chart) -> Result<Done, String> {
        self.render_with(chart, &self.values, Lint::Off)
    }

    /// The same with values of their own.
    pub(crate) fn render_with(
        &self,
        chart: &Chart,
        values: &Table,
        lint: Lint,
    ) -> Result<Done, String> {
        let resolved = ResolvedChart::read(chart).map_err(|error| error.to_string())?;
        let missing = resolved.missing_dependencies();
        if !missing.is_empty() {
            let names = missing.join(", ");
            return Err(format!("found in Chart.yaml, but missing in charts/ directory: {names}"));
        }
        let inputs = Inputs {
            values,
            release: &self.release,
            capabilities: &self.capabilities,
            lookups: &Lookups::Offline,
            environment: &self.environment,
        };
        let skip_schema = lint != Lint::Off;
        let options = RenderOptions { lint, skip_schema, ..RenderOptions::default() };
        match helm::render_resolved(resolved, inputs, &options) {
            Ok(Outcome::Done(mut done)) => {
                // Linting stops at the files; here their objects are wanted all the same.
                if lint != Lint::Off {
                    let assembled = Rendered::assemble(&done.chart, &done.files, NotesOf::Root);
                    (done.rendered, _) = assembled.map_err(|error| error.to_string())?;
                }
                Ok(*done)
            }
            Ok(Outcome::NeedsLookups(_)) => Err("it asks for objects of a cluster".into()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// A refusal in helm's words as a problem that says them.
fn told(Refusal { line, mut problem, .. }: Refusal) -> Problem {
    if problem.detail.is_empty() {
        problem.detail = line;
    }
    problem
}

/// A place in a rendered object that names an image.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The image, the object and the field.
    pub(crate) image: ImageUse,
    /// The template, by its full path.
    pub(crate) template: String,
    /// The object among those of its kind from this template.
    pub(crate) nth: usize,
    /// The events, when the object is a hook.
    pub(crate) hook: Vec<&'static str>,
    /// Whether it only runs when somebody asks for tests.
    pub(crate) is_test: bool,
}

/// What tells a place from others of a render, also of another render of the same templates.
pub(crate) type PlaceKey = (String, String, usize, String);

impl Found {
    pub(crate) fn key(&self) -> PlaceKey {
        let kind = self.image.gvk.to_string();
        (self.template.clone(), kind, self.nth, self.image.field.clone())
    }

    /// Whether a Pod cannot do without it.
    pub(crate) fn is_run(&self) -> bool {
        !self.is_test && self.image.role != Role::Mentioned
    }
}

/// The documents of a render, hooks included, each with its number among those of one kind and template.
pub(crate) fn documents(
    done: &Done,
) -> impl Iterator<Item = (&Document, usize, Option<&HookDocument>)> {
    let objects = done.rendered.objects.iter().map(|document| (document, None));
    let hooks = done.rendered.hooks.iter().map(|hook| (&hook.document, Some(hook)));
    let mut seen: HashMap<(&str, &str), usize> = HashMap::new();
    objects.chain(hooks).map(move |(document, hook)| {
        let count = seen.entry((&document.path, &document.head.kind)).or_default();
        *count += 1;
        (document, *count - 1, hook)
    })
}

/// Every image of a render, in the order objects are created; hooks last.
pub(crate) fn images(done: &Done) -> Vec<Found> {
    let mut found = Vec::new();
    for (document, nth, hook) in documents(done) {
        // The largest objects there are, and nothing in them runs.
        if document.head.kind == "CustomResourceDefinition" {
            continue;
        }
        for image in document.images().into_iter().filter(|image| !is_filled_in(&image.image)) {
            found.push(Found {
                image,
                template: document.path.clone(),
                nth,
                hook: hook.map_or_else(Vec::new, events),
                is_test: hook.is_some_and(|hook| hook.is_test() && hook.hook.events.len() == 1),
            });
        }
    }
    found
}

fn events(hook: &HookDocument) -> Vec<&'static str> {
    hook.hook.events.iter().map(|event| event.as_str()).collect()
}

/// What istio's gateways have where its webhook puts the image, and variables of a container.
fn is_filled_in(image: &str) -> bool {
    image == "auto" || image.contains("$(")
}
