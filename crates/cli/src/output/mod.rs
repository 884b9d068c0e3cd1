//! What is printed on stdout and how: tables, JSON, YAML; nothing from a package reaches a terminal unescaped.

mod escape;
mod format;
mod json;
mod size;
mod table;
mod yaml;

pub(crate) use escape::printable;
pub(crate) use format::{ColorChoice, LogFormat, OutputFormat};
pub(crate) use json::{enriched, json_line, json_text};
pub(crate) use size::{count, size};
pub(crate) use table::{Align, Table};
pub(crate) use yaml::yaml_text;
