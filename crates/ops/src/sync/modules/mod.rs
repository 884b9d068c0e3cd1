//! From packages to what is wanted: charts relocated, every image with its new name.

mod collector;
mod hints;
mod images;
mod material;
mod problems;

#[cfg(test)]
mod tests;

pub(crate) use hints::check_images;
pub(crate) use material::{Material, RelocatedChart, WantedImage, read};
