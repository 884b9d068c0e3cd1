//! Where evaluation is, for error texts and for the chain of invocations.

use std::ops::Range;
use std::sync::Arc;

use crate::error::{Frame, Place};
use crate::tree::{Command, Expr, ExprKind, Node, Pipe, Pos, Source, TemplateCall};

/// What is being evaluated.
#[derive(Clone, Copy)]
pub(crate) enum At<'a> {
    Start,
    /// A control structure or action, and its pipeline.
    Node(&'a Node, &'a Pipe),
    Template(&'a TemplateCall),
    Pipe(&'a Pipe),
    Command(&'a Command),
    Expr(&'a Expr),
}

impl At<'_> {
    /// Go's text for `at <…>`.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Start => String::new(),
            Self::Node(node, _) => node.to_string(),
            Self::Template(call) => call.to_string(),
            Self::Pipe(pipe) => pipe.to_string(),
            Self::Command(command) => command.to_string(),
            Self::Expr(expr) => expr.to_string(),
        }
    }

    pub(super) fn place(&self, source: &Source) -> Place {
        Place::new(&source.name, &source.text, self.pos() as usize, self.span(&source.text))
    }

    /// Where Go says it is.
    const fn pos(&self) -> Pos {
        match self {
            Self::Start => 0,
            Self::Node(_, pipe) | Self::Pipe(pipe) => pipe.pos,
            Self::Template(call) => call.pos,
            Self::Command(command) => command.pos,
            Self::Expr(expr) => expr.pos,
        }
    }

    /// Where its text is.
    fn span(&self, text: &[u8]) -> Range<usize> {
        let span = match self {
            Self::Start => 0..0,
            Self::Node(_, pipe) | Self::Pipe(pipe) => pipe.pos as usize..pipe.end as usize,
            Self::Template(call) => {
                let start = call.pos as usize;
                start
                    ..call
                        .pipe
                        .as_ref()
                        .map_or(start + call.name.len() + 2, |pipe| pipe.end as usize)
            }
            Self::Command(command) => {
                let start = command.pos as usize;
                start..command.args.last().map_or(start, |arg| expr_span(arg).end)
            }
            Self::Expr(expr) => expr_span(expr),
        };
        let end = span.end.min(text.len());
        let start = span.start.min(end);
        start..start + text[start..end].trim_ascii_end().len()
    }
}

/// Where an operand's text is. The position of a field chain is not its start.
fn expr_span(expr: &Expr) -> Range<usize> {
    let pos = expr.pos as usize;
    let width = |fields: &[Arc<str>]| fields.iter().map(|field| field.len() + 1).sum::<usize>();
    match &expr.kind {
        ExprKind::Field(fields) => {
            let start =
                if fields.len() > 1 { pos.saturating_sub(fields[0].len() + 1) } else { pos };
            start..start + width(fields)
        }
        ExprKind::Variable(name, fields) => {
            let start = if fields.is_empty() { pos } else { pos.saturating_sub(name.len()) };
            start..start + name.len() + width(fields)
        }
        ExprKind::Chain(_, fields) => pos..pos + width(fields),
        ExprKind::Pipe(pipe) => pos..pipe.end as usize + 1,
        ExprKind::Dot => pos..pos + 1,
        ExprKind::Nil => pos..pos + 3,
        ExprKind::Bool(value) => pos..pos + if *value { 4 } else { 5 },
        ExprKind::String(constant) => pos..pos + constant.quoted.len(),
        ExprKind::Number(number) => pos..pos + number.text.len(),
        ExprKind::Function(name, _) => pos..pos + name.len(),
    }
}

/// The invocation of a template from another one.
pub(crate) struct Chain<'a> {
    pub(super) parent: Option<&'a Chain<'a>>,
    pub(super) template: &'a Arc<str>,
    pub(super) source: &'a Source,
    pub(super) at: At<'a>,
}

impl Chain<'_> {
    /// The chain as values, outermost first.
    pub(super) fn frames(&self) -> Vec<Frame> {
        let links = std::iter::successors(Some(self), |link| link.parent);
        let mut frames: Vec<_> = links
            .take(MAX_FRAMES)
            .map(|link| Frame {
                template: Arc::clone(link.template),
                place: link.at.place(link.source),
            })
            .collect();
        frames.reverse();
        frames
    }
}

/// A deeper chain is endless recursion, of which the innermost frames tell everything.
const MAX_FRAMES: usize = 64;
