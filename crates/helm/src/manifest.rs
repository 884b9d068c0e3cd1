//! From rendered files to what is applied and what is printed.

mod output;

use std::collections::BTreeMap;

use bytes::Bytes;
use objects::{Head, HeadError, Hook, HookEvent, INSTALL_ORDER, ImageUse, Nature};

pub use self::output::{OutputFile, TemplateOptions, show_only};
use crate::ResolvedChart;
use crate::values::Warning;

/// Everything that rendering a chart gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rendered {
    /// The CRDs that are not templates: full path and bytes, the outer charts' first.
    pub crds: Vec<(String, Bytes)>,
    /// The objects, in the order they are created.
    pub objects: Vec<Document>,
    /// The hooks, in the order of their kinds.
    pub hooks: Vec<HookDocument>,
    /// What `NOTES.txt` says, empty if there is none.
    pub notes: String,
}

/// A document of a rendered file.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The template's full path, `shop/charts/db/templates/secret.yaml`.
    pub path: String,
    /// What it is. Empty for a document of comments.
    pub head: Head,
    /// Its text with its trailing white space.
    pub text: String,
}

/// A document that is a hook.
#[derive(Clone, Debug, PartialEq)]
pub struct HookDocument {
    /// The document.
    pub document: Document,
    /// When it runs.
    pub hook: Hook,
}

impl Document {
    /// The object. Null for a document of comments.
    pub fn object(&self) -> goyaml::Value {
        // The head was read from the same text.
        goyaml::decode(self.text.as_bytes()).unwrap_or(goyaml::Value::Null)
    }

    /// The images the object would run.
    pub fn images(&self) -> Vec<ImageUse> {
        objects::images(&self.object())
    }
}

impl HookDocument {
    /// Whether it is (also) a test.
    pub fn is_test(&self) -> bool {
        self.hook.runs_at(HookEvent::Test)
    }
}

/// Whose notes are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NotesOf {
    /// Those of the chart itself.
    #[default]
    Root,
    /// Those of the charts in it, too.
    All,
}

/// A rendered document whose head cannot be read. Displays as helm says it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("YAML parse error on {path}: {error}")]
pub struct ManifestError {
    /// The template's full path.
    pub path: String,
    /// The document.
    pub document: String,
    /// What is wrong with it.
    pub error: HeadError,
}

const NOTES: &str = "NOTES.txt";

impl Rendered {
    /// Sorts rendered files, by their full paths, into objects, hooks and notes.
    pub fn assemble(
        chart: &ResolvedChart,
        files: &BTreeMap<String, Vec<u8>>,
        notes_of: NotesOf,
    ) -> Result<(Self, Vec<Warning>), ManifestError> {
        let crds = chart.crds().into_iter().map(|(path, file)| (path, file.data.clone())).collect();
        let mut rendered = Self { crds, ..Self::default() };
        rendered.notes = notes(chart, files, notes_of);
        let mut warnings = Vec::new();
        for (path, text) in files.iter().filter(|(path, _)| !path.ends_with(NOTES)) {
            let name = path.rsplit('/').next().unwrap_or(path);
            if !name.starts_with('_') {
                rendered.add(path, text, &mut warnings)?;
            }
        }
        INSTALL_ORDER.sort_by_kind(&mut rendered.objects, |document| &document.head.kind);
        INSTALL_ORDER.sort_by_kind(&mut rendered.hooks, |hook| &hook.document.head.kind);
        Ok((rendered, warnings))
    }

    fn add(
        &mut self,
        path: &str,
        file: &[u8],
        warnings: &mut Vec<Warning>,
    ) -> Result<(), ManifestError> {
        let file = String::from_utf8_lossy(file);
        // What is borrowed was UTF-8; else the document with the replacement is the one helm cannot read.
        let is_text = matches!(file, std::borrow::Cow::Borrowed(_));
        for text in objects::split(&file) {
            let refused =
                |error| ManifestError { path: path.to_owned(), document: text.to_owned(), error };
            let head = if is_text || !text.contains(char::REPLACEMENT_CHARACTER) {
                Head::read(text).map_err(refused)?
            } else {
                let error = goyaml::decode(b"\xff").expect_err("that byte is never UTF-8");
                return Err(refused(HeadError::Yaml(error)));
            };
            let nature = Nature::of(&head);
            let document = Document { path: path.to_owned(), head, text: text.to_owned() };
            match nature {
                Nature::Kept => self.objects.push(document),
                Nature::Hook(hook) => self.hooks.push(HookDocument { document, hook }),
                Nature::Unknown(events) => {
                    warnings
                        .push(Warning::info("skipping unknown hooks").with("hookTypes", events));
                }
            }
        }
        Ok(())
    }
}

fn notes(chart: &ResolvedChart, files: &BTreeMap<String, Vec<u8>>, notes_of: NotesOf) -> String {
    let own = format!("{}/templates/{NOTES}", chart.name());
    let is_wanted = |path: &str| match notes_of {
        NotesOf::Root => path == own,
        NotesOf::All => path.ends_with(NOTES),
    };
    let notes = files.iter().filter(|(path, text)| is_wanted(path) && !text.is_empty());
    let notes: Vec<_> = notes.map(|(_, text)| String::from_utf8_lossy(text)).collect();
    notes.join("\n")
}

#[cfg(test)]
mod tests;
