//! Nodes: text, actions, conditions, invocations.

use super::place::{At, Chain};
use super::{Context, Exec, Outcome, Slot};
use crate::limits::Limit;
use crate::tree::{Branch, Node, TemplateCall};

/// What one more level of `template` may need of the stack, so that recursion ends where a template is invoked.
const STACK_PER_TEMPLATE: usize = 32 << 10;

/// How the walk goes on after a node.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    Break,
    Continue,
}

impl<'e, H> Exec<'e, H> {
    pub(super) fn list(&mut self, dot: &Slot, list: &'e [Node]) -> Outcome<Flow> {
        for node in list {
            let flow = self.node(dot, node)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn node(&mut self, dot: &Slot, node: &'e Node) -> Outcome<Flow> {
        self.step()?;
        match node {
            Node::Text(text) => self.write(text)?,
            Node::Action(pipe) => {
                self.at = At::Node(node, pipe);
                let value = self.pipeline(dot, Some(pipe))?;
                if pipe.variables.is_empty() {
                    self.at = At::Node(node, pipe);
                    self.print(&value)?;
                }
            }
            Node::If(branch) => {
                self.at = At::Node(node, &branch.pipe);
                return self.condition(dot, branch, false);
            }
            Node::With(branch) => {
                self.at = At::Node(node, &branch.pipe);
                return self.condition(dot, branch, true);
            }
            Node::Range(branch) => {
                self.at = At::Node(node, &branch.pipe);
                return self.range(dot, branch);
            }
            Node::Template(call) => self.invoke(dot, call)?,
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    /// `if`, or `with`, which makes the value the new dot.
    fn condition(&mut self, dot: &Slot, branch: &'e Branch, rebinds: bool) -> Outcome<Flow> {
        let mark = self.variables.len();
        let value = self.pipeline(dot, Some(&branch.pipe))?;
        let flow = match (value.value.is_true(), &branch.otherwise) {
            (true, _) if rebinds => self.list(&value, &branch.body),
            (true, _) => self.list(dot, &branch.body),
            (false, Some(otherwise)) => self.list(dot, otherwise),
            (false, None) => Ok(Flow::Next),
        };
        self.variables.truncate(mark);
        flow
    }

    /// The action `{{template "name" pipeline}}`.
    fn invoke(&mut self, dot: &Slot, call: &'e TemplateCall) -> Outcome<()> {
        self.at = At::Template(call);
        let Some(tree) = self.set.template(&call.name) else {
            let name = crate::fmt::quote(call.name.as_bytes());
            return Err(self.error(format!("template {name} not defined")));
        };
        let max_depth = self.budget.limits().depth;
        let stack = self.budget.check_stack_for(STACK_PER_TEMPLATE);
        if self.budget.depth >= max_depth || stack.is_err() {
            // A stack that is too small for Go's depth is no reason to say something else than Go.
            let mut error = self.error(format!("exceeded maximum template depth ({max_depth})"));
            error.limit = Some(stack.err().unwrap_or(Limit::Depth));
            return Err(error);
        }
        let data = self.pipeline(dot, call.pipe.as_ref())?;
        let chain = Chain {
            parent: self.chain,
            template: &self.tree.name,
            source: &self.tree.source,
            at: At::Template(call),
        };
        self.budget.depth += 1;
        let context =
            Context { host: self.host, budget: self.budget, chain: Some(&chain), out: self.out };
        let result = Exec::new(self.set, tree, context).template(&data);
        self.budget.depth -= 1;
        result
    }
}
