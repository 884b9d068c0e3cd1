//! From packages to what is wanted: charts relocated, every image with its new name.

mod collector;
mod hints;
mod images;
mod material;
mod problems;
mod rendered;

#[cfg(test)]
mod tests;

pub(crate) use hints::check_images;
pub(crate) use images::holds;
pub(crate) use material::{Material, RelocatedChart, WantedImage, read};
pub(crate) use rendered::check_rendered;
