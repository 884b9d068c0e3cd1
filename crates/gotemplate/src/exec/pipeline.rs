//! Pipelines, commands, variables, constants.

use std::rc::Rc;
use std::sync::Arc;

use super::place::At;
use super::{Arguments, Exec, Outcome, Slot};
use crate::tree::{Command, Expr, ExprKind, Number, Pipe};
use crate::value::{Complex, Str, Value};

impl<'e, H> Exec<'e, H> {
    /// The value of a pipeline, out of its interface; it is also given to the pipeline's variables.
    pub(super) fn pipeline(&mut self, dot: &Slot, pipe: Option<&'e Pipe>) -> Outcome<Slot> {
        let Some(pipe) = pipe else {
            return Ok(Slot::invalid());
        };
        self.at = At::Pipe(pipe);
        let mut value: Option<Slot> = None;
        for command in &pipe.commands {
            value = Some(self.command(dot, command, value)?.unwrap());
        }
        let value = value.unwrap_or_default();
        for name in &pipe.variables {
            if pipe.assigns {
                self.assign(name, value.clone())?;
            } else {
                self.variables.push((name, value.clone()));
            }
        }
        Ok(value)
    }

    /// The value of a command; `last` is what the stage before it gave.
    fn command(&mut self, dot: &Slot, command: &'e Command, last: Option<Slot>) -> Outcome<Slot> {
        self.step()?;
        let first = &command.args[0];
        let arguments = Arguments { dot, list: &command.args[1..], last };
        match &first.kind {
            ExprKind::Field(fields) => {
                self.at = At::Expr(first);
                return self.fields(dot.clone(), first, fields, arguments);
            }
            ExprKind::Chain(base, fields) => return self.chain(first, base, fields, arguments),
            ExprKind::Function(name, id) => {
                self.at = At::Expr(first);
                return self.function(At::Command(command), name, *id, arguments);
            }
            ExprKind::Pipe(pipe) => {
                self.no_arguments(first, &arguments)?;
                return self.pipeline(dot, Some(pipe));
            }
            ExprKind::Variable(name, fields) => {
                return self.variable(first, name, fields, arguments);
            }
            _ => {}
        }
        self.at = At::Expr(first);
        self.no_arguments(first, &arguments)?;
        match &first.kind {
            ExprKind::Dot => Ok(dot.clone()),
            ExprKind::Nil => Err(self.error("nil is not a command")),
            _ => Ok(Slot::concrete(self.constant(first)?)),
        }
    }

    /// `(pipeline).a.b`.
    pub(super) fn chain(
        &mut self,
        expr: &'e Expr,
        base: &'e Expr,
        fields: &'e [Arc<str>],
        arguments: Arguments<'_, 'e>,
    ) -> Outcome<Slot> {
        self.at = At::Expr(expr);
        if matches!(base.kind, ExprKind::Nil) {
            return Err(self.error(format!("indirection through explicit nil in {expr}")));
        }
        let receiver = self.operand(arguments.dot, base)?;
        self.fields(receiver, expr, fields, arguments)
    }

    /// `$x` or `$x.a.b`.
    pub(super) fn variable(
        &mut self,
        expr: &'e Expr,
        name: &str,
        fields: &'e [Arc<str>],
        arguments: Arguments<'_, 'e>,
    ) -> Outcome<Slot> {
        self.at = At::Expr(expr);
        let found = self.variables.iter().rev().find(|(known, _)| *known == name);
        let Some((_, value)) = found else {
            return Err(self.error(format!("undefined variable: {name}")));
        };
        let value = value.clone();
        if fields.is_empty() {
            self.no_arguments(expr, &arguments)?;
            return Ok(value);
        }
        self.fields(value, expr, fields, arguments)
    }

    pub(super) fn assign(&mut self, name: &str, value: Slot) -> Outcome<()> {
        match self.variables.iter_mut().rev().find(|(known, _)| *known == name) {
            Some((_, variable)) => {
                *variable = value;
                Ok(())
            }
            None => Err(self.error(format!("undefined variable: {name}"))),
        }
    }

    fn no_arguments(&self, expr: &Expr, arguments: &Arguments<'_, '_>) -> Outcome<()> {
        if arguments.is_empty() {
            return Ok(());
        }
        Err(self.error(format!("can't give argument to non-function {expr}")))
    }

    /// A constant as it is where no type is asked for.
    pub(super) fn constant(&self, expr: &Expr) -> Outcome<Value> {
        match &expr.kind {
            ExprKind::Bool(value) => Ok(Value::Bool(*value)),
            ExprKind::String(constant) => {
                Ok(Value::String(Str::from_shared(Arc::clone(&constant.value))))
            }
            ExprKind::Number(number) => self.ideal_number(number),
            _ => Ok(Value::Nil),
        }
    }

    /// An untyped number is a `float64` if it is written like one and otherwise an `int`.
    fn ideal_number(&self, number: &Number) -> Outcome<Value> {
        let text = &*number.text;
        if let Some((real, imaginary)) = number.complex {
            return Ok(Value::Object(Rc::new(Complex { real, imaginary })));
        }
        let is_hex_int = text.len() > 2 && text.starts_with("0x") && !text.contains(['p', 'P']);
        let is_char = text.starts_with('\'');
        let looks_float = !is_hex_int && !is_char && text.contains(['.', 'e', 'E', 'p', 'P']);
        match (number.float, number.int) {
            (Some(float), _) if looks_float => Ok(Value::float(float)),
            (_, Some(int)) => Ok(Value::int(int)),
            _ => Err(self.error(format!("{text} overflows int"))),
        }
    }
}
