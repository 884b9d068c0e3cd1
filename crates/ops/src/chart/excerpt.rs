//! A place in a template as people look at it: the line, and how rendering came there.

use std::ops::Range;

use helm::{Chart, RenderError};

/// Where a template fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateView {
    /// The file's full path: `shop/charts/db/templates/secret.yaml`.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1; 0 where only the line is known.
    pub column: usize,
    /// The text of that line.
    pub text: String,
    /// Which of its characters are at fault, from 0.
    pub span: Range<usize>,
    /// The templates that led there, outermost first.
    pub trail: Vec<Invocation>,
}

/// Where a template was invoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// The template in which that is written.
    pub template: String,
    /// `FILE:LINE:COLUMN`, counted from 1.
    pub place: String,
}

/// Where in a chart a render failed, if the error has a place.
pub(crate) fn view(chart: &Chart, error: &RenderError) -> Option<Box<TemplateView>> {
    match error {
        RenderError::Parse { error, .. } => {
            let place = &error.place;
            let source = Source::of(chart, &place.file, place.line);
            Some(Box::new(source.view(place.offset, &(place.offset..place.offset), Vec::new())))
        }
        RenderError::Execution { error, .. } => {
            let innermost = error.innermost()?;
            let trail = innermost.stack.iter().map(|frame| {
                let place = &frame.place;
                let column = place.column + 1;
                Invocation {
                    template: frame.template.to_string(),
                    place: format!("{}:{}:{column}", place.file, place.line),
                }
            });
            let place = &innermost.place;
            let source = Source::of(chart, &place.file, place.line);
            Some(Box::new(source.view(place.offset, &place.span, trail.collect())))
        }
        _ => None,
    }
}

/// A line of a file, and where it starts.
struct Source<'a> {
    file: &'a str,
    line: usize,
    start: usize,
    text: String,
}

impl<'a> Source<'a> {
    fn of(chart: &Chart, file: &'a str, line: usize) -> Self {
        let nothing = || Self { file, line, start: 0, text: String::new() };
        let Some(text) = template(chart, file) else { return nothing() };
        let mut start = 0;
        for (at, found) in text.split_inclusive(|byte| *byte == b'\n').enumerate() {
            if at + 1 == line {
                let found = String::from_utf8_lossy(found);
                let text = found.trim_end_matches(['\n', '\r']).to_owned();
                return Self { file, line, start, text };
            }
            start += found.len();
        }
        nothing()
    }

    fn view(self, offset: usize, span: &Range<usize>, trail: Vec<Invocation>) -> TemplateView {
        let Self { file, line, start, text } = self;
        let characters = |offset: usize| {
            let bytes = offset.saturating_sub(start).min(text.len());
            String::from_utf8_lossy(&text.as_bytes()[..bytes]).chars().count()
        };
        let is_known = !text.is_empty() && offset >= start && offset <= start + text.len();
        let column = if is_known { characters(offset) + 1 } else { 0 };
        let span = if is_known { characters(span.start)..characters(span.end) } else { 0..0 };
        TemplateView { file: file.to_owned(), line, column, text, span, trail }
    }
}

/// The text of a template by its full path.
fn template<'a>(chart: &'a Chart, full_path: &str) -> Option<&'a [u8]> {
    let (_, rest) = full_path.split_once('/')?;
    find(chart, rest)
}

fn find<'a>(chart: &'a Chart, path: &str) -> Option<&'a [u8]> {
    if let Some(text) = chart.file(path) {
        return Some(text);
    }
    let (name, rest) = path.strip_prefix("charts/")?.split_once('/')?;
    let declared = |alias: &str| {
        chart.metadata.dependencies.iter().find(|d| d.alias == alias).map(|d| d.name.as_str())
    };
    let name = declared(name).unwrap_or(name);
    chart
        .subcharts
        .iter()
        .filter(|subchart| subchart.chart.name() == name)
        .find_map(|subchart| find(&subchart.chart, rest))
}
