//! Calls of functions and methods: arguments counted, checked and converted.

use super::convert::nil_of;
use super::place::{At, Chain};
use super::{Arguments, Exec, Outcome, Slot};
use crate::builtin::{self, Builtin, Signature};
use crate::function::{Call, Failure};
use crate::functions::FunctionId;
use crate::tree::{Expr, ExprKind};
use crate::value::{Method, Type, Value};

/// What Go says of too few or too many arguments.
#[derive(Clone, Copy)]
struct Arity {
    fixed: usize,
    variadic: bool,
}

impl<'e, H> Exec<'e, H> {
    /// Calls a function. `node` is what Go names when the function itself fails.
    pub(super) fn function(
        &mut self,
        node: At<'e>,
        name: &'e str,
        id: FunctionId,
        arguments: Arguments<'_, 'e>,
    ) -> Outcome<Slot> {
        let index = match id {
            FunctionId::Builtin(builtin) => return self.builtin(node, builtin, arguments),
            FunctionId::Custom(index) => index,
        };
        let function = self.set.functions().custom(index);
        let base = self.arguments(name, function.params, function.variadic, arguments)?;
        let values = std::mem::take(&mut self.values);
        let chain = Chain {
            parent: self.chain,
            template: &self.tree.name,
            source: &self.tree.source,
            at: node,
        };
        let mut call = Call { host: self.host, set: self.set, budget: self.budget, chain: &chain };
        let result = (function.body)(&mut call, &values[base..]);
        self.values = values;
        self.values.truncate(base);
        self.finish(node, name, result)
    }

    /// Calls a method on `receiver`.
    pub(super) fn method(
        &mut self,
        receiver: &Value,
        node: At<'e>,
        method: &'static Method,
        arguments: Arguments<'_, 'e>,
    ) -> Outcome<Slot> {
        let base = self.arguments(method.name, method.params, method.variadic, arguments)?;
        let result = (method.body)(receiver, &self.values[base..]);
        self.values.truncate(base);
        self.finish(node, method.name, result)
    }

    fn finish(
        &mut self,
        node: At<'e>,
        name: &str,
        result: Result<Value, Failure>,
    ) -> Outcome<Slot> {
        let charged = result.and_then(|value| {
            self.budget.take_output(cost(&value))?;
            Ok(value)
        });
        // A function that returns nil returns a nil interface.
        let held = |value| Slot { interface: matches!(value, Value::Nil), value };
        charged.map(held).map_err(|failure| {
            self.at = node;
            self.call_error(name, failure)
        })
    }

    /// Pushes the arguments of a call to `values` and returns where they begin.
    fn arguments(
        &mut self,
        name: &str,
        params: &'static [Type],
        variadic: Option<Type>,
        arguments: Arguments<'_, 'e>,
    ) -> Outcome<usize> {
        self.check_count(
            name,
            Arity { fixed: params.len(), variadic: variadic.is_some() },
            &arguments,
        )?;
        let base = self.values.len();
        let param = |index: usize| params.get(index).copied().or(variadic).unwrap_or(Type::Any);
        let Arguments { dot, list, last } = arguments;
        for (index, arg) in list.iter().enumerate() {
            let value = self.argument(dot, arg, param(index))?;
            self.values.push(value);
        }
        if let Some(last) = last {
            let value = self.assignable(last, param(list.len()))?;
            self.values.push(value);
        }
        Ok(base)
    }

    fn check_count(&self, name: &str, arity: Arity, arguments: &Arguments<'_, '_>) -> Outcome<()> {
        let Arity { fixed, variadic } = arity;
        let count = arguments.count();
        if variadic && count < fixed {
            // Go does not count what the stage before gave here.
            let got = arguments.list.len();
            return Err(self.error(format!(
                "wrong number of args for {name}: want at least {fixed} got {got}"
            )));
        }
        if !variadic && count != fixed {
            return Err(
                self.error(format!("wrong number of args for {name}: want {fixed} got {count}"))
            );
        }
        Ok(())
    }

    /// An argument for a parameter of the type `ty`.
    fn argument(&mut self, dot: &Slot, expr: &'e Expr, ty: Type) -> Outcome<Value> {
        self.at = At::Expr(expr);
        match &expr.kind {
            ExprKind::Nil => {
                nil_of(ty).ok_or_else(|| self.error(format!("cannot assign nil to {ty}")))
            }
            ExprKind::Bool(_) | ExprKind::String(_) | ExprKind::Number(_) => {
                self.typed_constant(expr, ty)
            }
            _ => {
                let slot = self.operand(dot, expr)?;
                self.assignable(slot, ty)
            }
        }
    }

    /// The value of an operand where no type is asked for.
    pub(super) fn operand(&mut self, dot: &Slot, expr: &'e Expr) -> Outcome<Slot> {
        self.at = At::Expr(expr);
        let none = Arguments::none(dot);
        match &expr.kind {
            ExprKind::Dot => Ok(dot.clone()),
            ExprKind::Field(fields) => self.fields(dot.clone(), expr, fields, none),
            ExprKind::Variable(name, fields) => self.variable(expr, name, fields, none),
            ExprKind::Chain(base, fields) => self.chain(expr, base, fields, none),
            ExprKind::Function(name, id) => self.function(At::Expr(expr), name, *id, none),
            ExprKind::Pipe(pipe) => self.pipeline(dot, Some(pipe)),
            ExprKind::Nil => Ok(Slot::invalid()),
            ExprKind::Bool(_) | ExprKind::String(_) | ExprKind::Number(_) => {
                Ok(Slot::concrete(self.constant(expr)?))
            }
        }
    }

    fn builtin(
        &mut self,
        node: At<'e>,
        builtin: Builtin,
        arguments: Arguments<'_, 'e>,
    ) -> Outcome<Slot> {
        match builtin.signature() {
            Signature::ShortCircuit => self.short_circuit(builtin, arguments),
            Signature::Values { params, variadic } => {
                let base = self.arguments(builtin.name(), params, variadic, arguments)?;
                let result = builtin::call_values(builtin, &self.values[base..]);
                self.values.truncate(base);
                self.finish(node, builtin.name(), result)
            }
            Signature::Slots { fixed, variadic } => {
                self.check_count(builtin.name(), Arity { fixed, variadic }, &arguments)?;
                let base = self.slots.len();
                let Arguments { dot, list, last } = arguments;
                for arg in list {
                    let slot = self.operand(dot, arg)?;
                    self.slots.push(slot);
                }
                let callee =
                    list.first().filter(|_| builtin == Builtin::Call).map(ToString::to_string);
                self.slots.extend(last);
                let result = builtin::call_slots(builtin, &self.slots[base..], callee.as_deref());
                self.slots.truncate(base);
                self.finish(node, builtin.name(), result)
            }
        }
    }

    /// `and` and `or`: the first argument that decides, the rest not evaluated.
    fn short_circuit(&mut self, builtin: Builtin, arguments: Arguments<'_, 'e>) -> Outcome<Slot> {
        self.check_count(builtin.name(), Arity { fixed: 1, variadic: true }, &arguments)?;
        let mut value = Slot::invalid();
        for arg in arguments.list {
            value = self.operand(arguments.dot, arg)?;
            if value.value.is_true() == (builtin == Builtin::Or) {
                return Ok(value);
            }
        }
        Ok(arguments.last.unwrap_or(value))
    }
}

/// What a result takes from the output budget, so that a template cannot double a string or a list until memory ends.
/// Small results are free, and so is a list's length up to the usual: most functions only hand lists on.
fn cost(result: &Value) -> usize {
    match result {
        Value::String(text) if text.len() >= 1 << 12 => text.len(),
        Value::List(list) if list.len() >= 1 << 16 => list.len().saturating_mul(size_of::<Value>()),
        _ => 0,
    }
}
