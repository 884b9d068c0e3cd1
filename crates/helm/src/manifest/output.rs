//! Rendered charts as `helm template` prints them.

use super::{Document, Rendered};
use crate::pattern::Pattern;

/// What `helm template` is asked to print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TemplateOptions {
    /// `--include-crds`.
    pub crds: bool,
    /// `--no-hooks`.
    pub no_hooks: bool,
    /// `--skip-tests`.
    pub skip_tests: bool,
}

/// A file for `--output-dir`, or a piece of one: pieces with one path belong behind one another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFile {
    /// Relative to the directory.
    pub path: String,
    /// What is written.
    pub data: Vec<u8>,
}

impl Rendered {
    /// The manifest that a release stores: every object but hooks.
    pub fn manifest(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for Document { path, text, .. } in &self.objects {
            write_document(&mut out, path, text.as_bytes());
        }
        out
    }

    /// What `helm template` prints.
    pub fn template_output(&self, options: TemplateOptions) -> Vec<u8> {
        let mut manifest = Vec::new();
        if options.crds {
            for (path, data) in &self.crds {
                write_document(&mut manifest, path, data);
            }
        }
        manifest.extend(self.manifest());
        let mut out = trim(&manifest).to_vec();
        out.push(b'\n');
        for document in self.printed_hooks(options) {
            write_document(&mut out, &document.path, document.text.as_bytes());
        }
        out
    }

    /// What `helm template --output-dir` writes, in order. It prints `wrote ` and the path for each.
    pub fn output_files(&self, options: TemplateOptions) -> Vec<OutputFile> {
        let crds = self.crds.iter().filter(|_| options.crds);
        let crds = crds.map(|(path, data)| (path, &data[..]));
        let documents = self.objects.iter().chain(self.printed_hooks(options));
        let documents = documents.map(|document| (&document.path, document.text.as_bytes()));
        let file = |(path, text): (&String, &[u8])| {
            let mut data = Vec::new();
            write_document(&mut data, path, text);
            OutputFile { path: path.clone(), data }
        };
        crds.chain(documents).map(file).collect()
    }

    fn printed_hooks(&self, options: TemplateOptions) -> impl Iterator<Item = &Document> {
        let is_printed = move |is_test: bool| !(options.no_hooks || options.skip_tests && is_test);
        self.hooks.iter().filter(move |hook| is_printed(hook.is_test())).map(|hook| &hook.document)
    }
}

fn write_document(out: &mut Vec<u8>, path: &str, text: &[u8]) {
    for piece in [b"---\n# Source: ", path.as_bytes(), b"\n", text, b"\n"] {
        out.extend_from_slice(piece);
    }
}

/// Without white space around it.
fn trim(text: &[u8]) -> &[u8] {
    match str::from_utf8(text) {
        Ok(text) => text.trim().as_bytes(),
        Err(_) => text.trim_ascii(),
    }
}

/// Of what `helm template` prints, the documents of some templates: `--show-only`, with paths relative to the chart that
/// may be patterns. A pattern that nothing matches is handed back as the error.
pub fn show_only(output: &[u8], patterns: &[String]) -> Result<Vec<u8>, String> {
    let output = String::from_utf8_lossy(output);
    let documents: Vec<_> =
        objects::split(&output).filter_map(|text| Some((source(text)?, text))).collect();
    let mut out = Vec::new();
    for pattern in patterns {
        let parsed = Pattern::parse(pattern).ok();
        let is_wanted = |path: &str| parsed.as_ref().is_some_and(|pattern| pattern.matches(path));
        let before = out.len();
        for (_, text) in documents.iter().filter(|(path, _)| is_wanted(path)) {
            for piece in ["---\n", text, "\n"] {
                out.extend_from_slice(piece.as_bytes());
            }
        }
        if out.len() == before {
            return Err(pattern.clone());
        }
    }
    Ok(out)
}

/// The path behind the first `# Source: `, without the name of the chart.
fn source(text: &str) -> Option<&str> {
    const MARK: &str = "# Source: ";
    let line = |at: usize| {
        let rest = &text[at + MARK.len()..];
        let (name, path) = rest.split_once('/')?;
        let path = path.split('\n').next()?;
        (!name.is_empty() && !path.is_empty()).then_some(path)
    };
    text.match_indices(MARK).find_map(|(at, _)| line(at))
}
