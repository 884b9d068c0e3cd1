//! `range`.

use super::walk::Flow;
use super::{Exec, Outcome, Slot};
use crate::tree::Branch;
use crate::value::{List, Map, Shape, Value};

impl<'e, H> Exec<'e, H> {
    pub(super) fn range(&mut self, dot: &Slot, branch: &'e Branch) -> Outcome<Flow> {
        let mark = self.variables.len();
        let value = self.pipeline(dot, Some(&branch.pipe))?.value;
        let ran = self.iterate(&value, branch)?;
        let flow = match (ran, &branch.otherwise) {
            (false, Some(otherwise)) => self.list(dot, otherwise)?,
            _ => Flow::Next,
        };
        self.variables.truncate(mark);
        Ok(flow)
    }

    /// Runs the body for every element; says whether there was one.
    fn iterate(&mut self, value: &Value, branch: &'e Branch) -> Outcome<bool> {
        match value {
            Value::Nil => Ok(false),
            Value::List(list) => self.iterate_list(list, branch),
            Value::Map(map) => self.iterate_map(map, branch),
            Value::Int(end, kind) => {
                let kind = *kind;
                self.iterate_numbers(
                    value,
                    branch,
                    (0..*end).map(|number| Value::Int(number, kind)),
                )
            }
            Value::Uint(end, kind) => {
                let kind = *kind;
                self.iterate_numbers(
                    value,
                    branch,
                    (0..*end).map(|number| Value::Uint(number, kind)),
                )
            }
            Value::Object(object) => match object.shape() {
                Shape::Alias(value) => self.iterate(&value, branch),
                Shape::Pointer(Some(target)) => self.iterate(&Value::Object(target), branch),
                _ => Err(self.range_error(value)),
            },
            _ => Err(self.range_error(value)),
        }
    }

    fn range_error(&self, value: &Value) -> super::Thrown {
        let text = crate::fmt::value_text(value).unwrap_or_default();
        self.error(format!("range can't iterate over {text}"))
    }

    fn iterate_list(&mut self, list: &List, branch: &'e Branch) -> Outcome<bool> {
        let elem = list.elem();
        for index in 0..list.len() {
            let Some(value) = list.get(index) else { break };
            let index = Value::int(i64::try_from(index).unwrap_or(i64::MAX));
            if self.iteration(branch, Slot::concrete(index), &Slot::held(value, elem))?
                == Flow::Break
            {
                break;
            }
        }
        Ok(!list.is_empty())
    }

    fn iterate_map(&mut self, map: &Map, branch: &'e Branch) -> Outcome<bool> {
        let elem = map.elem();
        let entries = map.entries();
        let ran = !entries.is_empty();
        for (key, value) in entries {
            if self.iteration(
                branch,
                Slot::concrete(Value::String(key)),
                &Slot::held(value, elem),
            )? == Flow::Break
            {
                break;
            }
        }
        Ok(ran)
    }

    fn iterate_numbers(
        &mut self,
        value: &Value,
        branch: &'e Branch,
        numbers: impl Iterator<Item = Value>,
    ) -> Outcome<bool> {
        if branch.pipe.variables.len() > 1 {
            let text = crate::fmt::value_text(value).unwrap_or_default();
            return Err(
                self.error(format!("can't use {text} to iterate over more than one variable"))
            );
        }
        let mut ran = false;
        for number in numbers {
            ran = true;
            let number = Slot::concrete(number);
            if self.iteration(branch, number.clone(), &number)? == Flow::Break {
                break;
            }
        }
        Ok(ran)
    }

    /// One pass through the body. Returns whether to go on: `Next` or `Break`.
    fn iteration(&mut self, branch: &'e Branch, index: Slot, elem: &Slot) -> Outcome<Flow> {
        let mark = self.variables.len();
        let pipe = &branch.pipe;
        match (&*pipe.variables, pipe.assigns) {
            ([], _) => {}
            ([only], true) => self.assign(only, elem.clone())?,
            ([first, second, ..], true) => {
                self.assign(first, index)?;
                self.assign(second, elem.clone())?;
            }
            // The pipeline declared them: they are the last variables now.
            ([_], false) => self.variables[mark - 1].1 = elem.clone(),
            ([_, _, ..], false) => {
                self.variables[mark - 1].1 = elem.clone();
                self.variables[mark - 2].1 = index;
            }
        }
        let flow = self.list(elem, &branch.body)?;
        self.variables.truncate(mark);
        Ok(if flow == Flow::Break { Flow::Break } else { Flow::Next })
    }
}
