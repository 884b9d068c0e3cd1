//! What `images` found, as data.

use oci::Reference;
use serde::Serialize;

use super::place::TemplateLine;
use crate::Problem;

/// The images that charts would run.
#[derive(Clone, Debug, Serialize)]
pub struct ImagesReport {
    /// The chart or package as it was named.
    pub path: String,
    /// Each chart with its images.
    pub charts: Vec<ChartImages>,
    /// What was compared with, if anything was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checked: Option<String>,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

/// A chart with its images.
#[derive(Clone, Debug, Serialize)]
pub struct ChartImages {
    /// Where it is in the package.
    pub origin: String,
    /// Chart name.
    pub name: String,
    /// Chart version.
    pub version: String,
    /// Each image once, in the order objects are created; those of hooks last.
    pub images: Vec<RenderedImage>,
}

/// An image that rendered objects name.
#[derive(Clone, Debug, Serialize)]
pub struct RenderedImage {
    /// As it is written in the objects.
    pub image: String,
    /// What a runtime makes of it; `None` when that is no image.
    pub reference: Option<Reference>,
    /// Whether it is where it was looked for; `None` when nobody looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_there: Option<bool>,
    /// What was looked for, where that is another name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looked_for: Option<Reference>,
    /// Every place that names it.
    pub places: Vec<ImagePlace>,
}

/// A place that names an image.
#[derive(Clone, Debug, Serialize)]
pub struct ImagePlace {
    /// The kind, with its group: `Deployment.apps`.
    pub kind: String,
    /// The namespace, if the object says one.
    pub namespace: Option<String>,
    /// The object's name.
    pub name: String,
    /// The field: `spec.template.spec.containers[0].image`.
    pub field: String,
    /// What the place is: `container`, `initContainer`, …
    pub role: &'static str,
    /// The events, when the object is a hook.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hook: Vec<&'static str>,
    /// The template that made the object.
    pub template: String,
    /// The line that names the image, where it can be told.
    pub written_at: Option<TemplateLine>,
    /// The values it is made of; empty when it is written in the template, `None` when it cannot be told.
    pub values: Option<Vec<String>>,
}
