//! Parsed templates.

mod display;

use std::sync::Arc;

use crate::functions::FunctionId;

/// A parsed template: immutable, shared between sets and threads.
pub(crate) struct Tree {
    /// The template's name.
    pub(crate) name: Arc<str>,
    /// The name and the text it was parsed from; several templates can come from one text.
    pub(crate) source: Arc<Source>,
    /// What to execute.
    pub(crate) root: Arc<[Node]>,
}

/// A text that was parsed.
pub(crate) struct Source {
    pub(crate) name: Arc<str>,
    pub(crate) text: Arc<[u8]>,
}

/// A sequence of nodes.
pub(crate) type List = Box<[Node]>;

/// A byte offset in the source.
pub(crate) type Pos = u32;

/// What stands between the delimiters, or the text outside of them.
pub(crate) enum Node {
    Text(Box<[u8]>),
    Action(Pipe),
    If(Branch),
    Range(Branch),
    With(Branch),
    Template(TemplateCall),
    Break,
    Continue,
}

/// `if`, `range`, `with` and their `else`.
pub(crate) struct Branch {
    pub(crate) pipe: Pipe,
    pub(crate) body: List,
    pub(crate) otherwise: Option<List>,
}

/// `{{template "name" pipeline}}`.
pub(crate) struct TemplateCall {
    pub(crate) pos: Pos,
    pub(crate) name: Arc<str>,
    pub(crate) pipe: Option<Pipe>,
}

/// Commands joined by `|`, with the variables that take the result.
pub(crate) struct Pipe {
    pub(crate) pos: Pos,
    /// Where the pipeline's text ends.
    pub(crate) end: Pos,
    /// `$x = …` and not `$x := …`.
    pub(crate) assigns: bool,
    pub(crate) variables: Box<[Arc<str>]>,
    pub(crate) commands: Box<[Command]>,
}

/// An operand with its arguments.
pub(crate) struct Command {
    pub(crate) pos: Pos,
    pub(crate) args: Box<[Expr]>,
}

/// An operand.
pub(crate) struct Expr {
    /// Where Go says it is: for `.a.b.c` the second dot.
    pub(crate) pos: Pos,
    pub(crate) kind: ExprKind,
}

pub(crate) enum ExprKind {
    Dot,
    Nil,
    Bool(bool),
    String(StringConstant),
    Number(Box<Number>),
    /// A function by name.
    Function(Arc<str>, FunctionId),
    /// `.a.b`.
    Field(Box<[Arc<str>]>),
    /// `$x.a.b`: the name with its dollar, then fields.
    Variable(Arc<str>, Box<[Arc<str>]>),
    /// `(pipeline).a.b` and `.a` after other operands; fields are never empty.
    Chain(Box<Expr>, Box<[Arc<str>]>),
    Pipe(Box<Pipe>),
}

/// A string literal.
pub(crate) struct StringConstant {
    /// As written, quotes included.
    pub(crate) quoted: Arc<str>,
    pub(crate) value: Arc<[u8]>,
}

/// A numeric literal: every reading it has. `1` is an int, an uint and a float; `1.5` only a float.
pub(crate) struct Number {
    pub(crate) text: Box<str>,
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    /// Real and imaginary part of a literal with an `i`.
    pub(crate) complex: Option<(f64, f64)>,
}

impl Tree {
    /// Whether there is nothing but white space, which does not replace a template that has content.
    pub(crate) fn is_empty(&self) -> bool {
        self.root.iter().all(|node| matches!(node, Node::Text(text) if is_blank(text)))
    }
}

fn is_blank(text: &[u8]) -> bool {
    String::from_utf8_lossy(text).chars().all(char::is_whitespace)
}
