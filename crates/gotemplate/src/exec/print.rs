//! What an action prints.

use std::rc::Rc;

use super::{Exec, Outcome, Slot};
use crate::fmt::append_value_within;
use crate::value::{Object, Shape, Value};

impl<H> Exec<'_, H> {
    pub(super) fn print(&mut self, slot: &Slot) -> Outcome<()> {
        match &slot.value {
            Value::Nil => self.write(b"<no value>"),
            Value::String(text) => self.write(text),
            Value::Object(object) => self.print_object(Rc::clone(object)),
            value => self.print_value(value),
        }
    }

    fn print_value(&mut self, value: &Value) -> Outcome<()> {
        let before = self.out.len();
        append_value_within(self.out, value, self.budget.output_left())
            .map_err(|limit| self.limit_error(limit))?;
        self.budget.take_output(self.out.len() - before).map_err(|limit| self.limit_error(limit))
    }

    /// Prints what a pointer points at, by its `String()` where there is one.
    fn print_object(&mut self, mut object: Rc<dyn Object>) -> Outcome<()> {
        loop {
            if let Some(text) = object.addressed_string() {
                return self.write(&text);
            }
            object = match object.shape() {
                Shape::Pointer(Some(target)) => target,
                Shape::Func => {
                    let message =
                        format!("can't print {} of type {}", self.at.text(), object.type_name());
                    return Err(self.error(message));
                }
                _ => return self.print_value(&Value::Object(object)),
            };
        }
    }
}
