//! Nodes as Go writes them, for the `<…>` of error texts.

use std::fmt::{Display, Formatter, Result};
use std::sync::Arc;

use super::{Branch, Command, Expr, ExprKind, Node, Pipe, TemplateCall};
use crate::fmt::quote;

/// Nested deeper, expressions are cut off: an error text is no reason to overflow the stack.
const MAX_DEPTH: usize = 200;

impl Display for Node {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Text(text) => Display::fmt(&String::from_utf8_lossy(text), f),
            Self::Action(pipe) => write!(f, "{{{{{pipe}}}}}"),
            Self::If(branch) => branch.write(f, "if", 0),
            Self::Range(branch) => branch.write(f, "range", 0),
            Self::With(branch) => branch.write(f, "with", 0),
            Self::Template(call) => call.fmt(f),
            Self::Break => f.write_str("{{break}}"),
            Self::Continue => f.write_str("{{continue}}"),
        }
    }
}

impl Branch {
    fn write(&self, f: &mut Formatter<'_>, name: &str, depth: usize) -> Result {
        write!(f, "{{{{{name} {}}}}}", self.pipe)?;
        write_list(&self.body, f, depth + 1)?;
        if let Some(otherwise) = &self.otherwise {
            f.write_str("{{else}}")?;
            write_list(otherwise, f, depth + 1)?;
        }
        f.write_str("{{end}}")
    }
}

fn write_list(list: &[Node], f: &mut Formatter<'_>, depth: usize) -> Result {
    if depth > MAX_DEPTH {
        return f.write_str("...");
    }
    for node in list {
        match node {
            Node::If(branch) => branch.write(f, "if", depth)?,
            Node::Range(branch) => branch.write(f, "range", depth)?,
            Node::With(branch) => branch.write(f, "with", depth)?,
            other => other.fmt(f)?,
        }
    }
    Ok(())
}

impl Display for TemplateCall {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{{{{template {}", quote(self.name.as_bytes()))?;
        if let Some(pipe) = &self.pipe {
            write!(f, " {pipe}")?;
        }
        f.write_str("}}")
    }
}

impl Display for Pipe {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write_pipe(self, f, 0)
    }
}

impl Display for Command {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write_command(self, f, 0)
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write_expr(self, f, 0)
    }
}

fn write_pipe(pipe: &Pipe, f: &mut Formatter<'_>, depth: usize) -> Result {
    if depth > MAX_DEPTH {
        return f.write_str("...");
    }
    if !pipe.variables.is_empty() {
        write!(f, "{} {} ", pipe.variables.join(", "), if pipe.assigns { "=" } else { ":=" })?;
    }
    for (index, command) in pipe.commands.iter().enumerate() {
        if index > 0 {
            f.write_str(" | ")?;
        }
        write_command(command, f, depth)?;
    }
    Ok(())
}

fn write_command(command: &Command, f: &mut Formatter<'_>, depth: usize) -> Result {
    for (index, arg) in command.args.iter().enumerate() {
        if index > 0 {
            f.write_str(" ")?;
        }
        if let ExprKind::Pipe(pipe) = &arg.kind {
            f.write_str("(")?;
            write_pipe(pipe, f, depth + 1)?;
            f.write_str(")")?;
        } else {
            write_expr(arg, f, depth)?;
        }
    }
    Ok(())
}

fn write_expr(expr: &Expr, f: &mut Formatter<'_>, depth: usize) -> Result {
    match &expr.kind {
        ExprKind::Dot => f.write_str("."),
        ExprKind::Nil => f.write_str("nil"),
        ExprKind::Bool(value) => write!(f, "{value}"),
        ExprKind::String(constant) => f.write_str(&constant.quoted),
        ExprKind::Number(number) => f.write_str(&number.text),
        ExprKind::Function(name, _) => f.write_str(name),
        ExprKind::Field(fields) => write_fields(fields, f),
        ExprKind::Variable(name, fields) => {
            f.write_str(name)?;
            write_fields(fields, f)
        }
        ExprKind::Chain(base, fields) => {
            if let ExprKind::Pipe(pipe) = &base.kind {
                f.write_str("(")?;
                write_pipe(pipe, f, depth + 1)?;
                f.write_str(")")?;
            } else {
                write_expr(base, f, depth)?;
            }
            write_fields(fields, f)
        }
        ExprKind::Pipe(pipe) => write_pipe(pipe, f, depth + 1),
    }
}

fn write_fields(fields: &[Arc<str>], f: &mut Formatter<'_>) -> Result {
    for field in fields {
        write!(f, ".{field}")?;
    }
    Ok(())
}
