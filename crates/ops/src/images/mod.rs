//! `images`: every image that the rendered objects of charts would run, and where each comes from.

mod check;
mod place;
pub(crate) mod render;
mod report;
mod supply;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use helm::{Chart, Done, Role};

pub use self::place::TemplateLine;
pub use self::render::RenderArguments;
use self::render::{Found, PlaceKey, Renderer};
pub use self::report::{ChartImages, ImagePlace, ImagesReport, RenderedImage};
use crate::inspect::given;
use crate::open::open_package;
use crate::problem::{Error, Phase, Problem, ProblemKind, chain};
use crate::sync::options::SyncOptions;

/// What `images` is asked to do.
#[derive(Clone, Debug)]
pub struct ImagesOptions {
    /// A chart or a package.
    pub path: PathBuf,
    /// What charts are rendered with.
    pub arguments: RenderArguments,
    /// Whether lines and values are looked for: two renders more.
    pub with_origins: bool,
    /// Where every image should be.
    pub check: Option<CheckTarget>,
}

/// Where images are looked for.
#[derive(Clone, Debug)]
pub enum CheckTarget {
    /// In a package.
    Package(PathBuf),
    /// In the registry of a sync, under the names that its rules give.
    Registry(Box<SyncOptions>),
}

/// A chart and where it is.
pub(crate) struct Loaded {
    pub(crate) origin: String,
    pub(crate) chart: Chart,
}

/// Renders the charts of a package, or one chart, and lists the images in their objects. A chart that does not render is
/// an error: a list without its images would be short.
pub async fn images(options: &ImagesOptions) -> Result<ImagesReport, Error> {
    let renderer = Renderer::new(&options.arguments)?;
    let charts = load(&options.path).await?;
    let mut problems = Vec::new();
    let mut found = Vec::new();
    for loaded in &charts {
        match chart_images(&renderer, loaded, options.with_origins) {
            Ok(images) => found.push(images),
            Err(problem) => problems.push(problem),
        }
    }
    Error::check(Phase::Read, &problems)?;
    let mut report = ImagesReport {
        path: options.path.display().to_string(),
        charts: found,
        checked: None,
        problems,
    };
    if let Some(target) = &options.check {
        check::check(target, &mut report).await?;
    }
    Ok(report)
}

/// The charts at a path: a chart's directory as helm reads it, else those of a package.
pub(crate) async fn load(path: &Path) -> Result<Vec<Loaded>, Error> {
    let origin = path.display().to_string();
    if path.join("Chart.yaml").is_file() {
        let chart = Chart::from_directory(path).map_err(|error| {
            let problem = Problem::error(ProblemKind::ChartInvalid, &origin, chain(&error));
            Error::new(Phase::Read, problem)
        })?;
        return Ok(vec![Loaded { origin, chart }]);
    }
    let opened = open_package(path).await?;
    let unloadable: Vec<Problem> = opened
        .problems
        .iter()
        .filter(|problem| problem.kind == ProblemKind::ChartInvalid)
        .cloned()
        .collect();
    Error::check(Phase::Read, &unloadable)?;
    let charts: Vec<Loaded> = opened
        .contents
        .into_iter()
        .filter_map(|contents| {
            Some(Loaded { origin: contents.bundle.origin, chart: contents.chart? })
        })
        .collect();
    if charts.is_empty() {
        let problem = Problem::error(ProblemKind::ChartMissing, origin, "");
        return Err(Error::new(Phase::Read, problem));
    }
    Ok(charts)
}

fn chart_images(
    renderer: &Renderer,
    loaded: &Loaded,
    with_origins: bool,
) -> Result<ChartImages, Problem> {
    let Loaded { origin, chart } = loaded;
    let done = renderer.render(chart).map_err(|text| {
        let subject = format!("{} {}", chart.name(), chart.version());
        Problem::error(ProblemKind::ChartNotRendered, subject, text)
    })?;
    let found = render::images(&done);
    let origins = if with_origins {
        Origins::find(renderer, chart, &done, &found)
    } else {
        Origins::default()
    };
    Ok(ChartImages {
        origin: origin.clone(),
        name: chart.name().into(),
        version: chart.version().into(),
        images: grouped(&found, &origins),
    })
}

/// Where images come from, as far as it can be told.
#[derive(Default)]
pub(crate) struct Origins {
    lines: HashMap<PlaceKey, TemplateLine>,
    values: HashMap<PlaceKey, Vec<String>>,
}

impl Origins {
    pub(crate) fn find(renderer: &Renderer, chart: &Chart, done: &Done, found: &[Found]) -> Self {
        Self {
            lines: place::lines(renderer, chart, found),
            values: supply::supplies(renderer, chart, done, found),
        }
    }

    pub(crate) fn line(&self, found: &Found) -> Option<&TemplateLine> {
        self.lines.get(&found.key())
    }

    pub(crate) fn values(&self, found: &Found) -> Option<&Vec<String>> {
        self.values.get(&found.key())
    }
}

/// Each image once, with its places.
fn grouped(found: &[Found], origins: &Origins) -> Vec<RenderedImage> {
    let mut images: Vec<RenderedImage> = Vec::new();
    let mut at: HashMap<&str, usize> = HashMap::new();
    for one in found {
        let text = one.image.image.as_str();
        let index = *at.entry(text).or_insert_with(|| {
            images.push(RenderedImage {
                image: text.to_owned(),
                reference: text.parse().ok(),
                is_there: None,
                looked_for: None,
                places: Vec::new(),
            });
            images.len() - 1
        });
        images[index].places.push(place_of(one, origins));
    }
    images
}

fn place_of(found: &Found, origins: &Origins) -> ImagePlace {
    let image = &found.image;
    ImagePlace {
        kind: image.gvk.to_string(),
        namespace: given(&image.namespace),
        name: image.name.clone(),
        field: image.field.clone(),
        role: role_name(image.role),
        hook: found.hook.clone(),
        template: found.template.clone(),
        written_at: origins.line(found).cloned(),
        values: origins.values(found).cloned(),
    }
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Container => "container",
        Role::InitContainer => "initContainer",
        Role::EphemeralContainer => "ephemeralContainer",
        Role::Volume => "volume",
        Role::Mentioned => "mentioned",
        _ => "custom",
    }
}
