//! YAML as Go's YAML libraries read it, with byte positions.
//!
//! Helm and Kubernetes read YAML with yaml.v2, a YAML 1.1 dialect: `yes` is a boolean, `0777` is octal, the last of two
//! equal keys wins, and `<<` merges in document order. [`parse`] gives the documents of a stream as [`Node`] trees that
//! keep order, style, anchors and byte spans, for whoever edits text or explains mistakes; [`Node::to_value`] gives what
//! Go would see, as a [`Value`].
//!
//! ```
//! let source = "image:\n  tag: 1.30 # 标签\n";
//! let document = goyaml::parse_one(source.as_bytes()).unwrap();
//! let tag = document.root.get("image").and_then(|image| image.get("tag")).unwrap();
//! assert_eq!(&source[tag.span.clone()], "1.30");
//! assert_eq!((tag.line, tag.column), (2, 8));
//!
//! let value = document.root.to_value().unwrap();
//! assert_eq!(value.at(&["image", "tag"]).unwrap().to_string(), "1.3");
//! ```
//!
//! For values alone there is a faster way, [`decode`], whose errors are worded as Helm's. [`to_yaml`], [`to_json`] and
//! their like write as Helm's functions do; a tree of another type is written by walking it into a [`Sink`].
//!
//! Everything is bounded by [`Limits`]: size, depth, nodes, and what aliases may expand to. Those are settled while
//! parsing, so a tree that exists can be walked without counting.

mod compose;
mod emit;
mod error;
mod json;
mod limits;
mod node;
mod number;
mod order;
mod quote;
mod read;
mod resolve;
mod sink;
mod source;
mod strict;
mod toml;
mod value;
mod values;
mod write_error;

#[cfg(test)]
mod tests;

pub use compose::{parse, parse_one, parse_with};
pub use emit::{YamlWriter, to_yaml, to_yaml_pretty};
pub use error::{Error, ErrorKind};
pub use json::{JsonError, JsonWriter, from_json, to_json, to_pretty_json, to_raw_json};
pub use limits::Limits;
pub use node::{Document, Entry, Found, Kind, Layout, Node, Style};
pub use number::format_float;
pub use read::{DecodeError, Place, decode, decode_list, decode_map, decode_with};
pub use resolve::resolve_plain;
pub use sink::{KeyOrder, Sink, to_text};
pub use strict::DuplicateKey;
pub use toml::{TomlError, from_toml, to_toml};
pub use value::{Float, Map, TypeMismatch, Value, from_slice};
pub use values::{Documents, SeparatorError, ValuesError, decode_values, split_documents};
pub use write_error::WriteError;
