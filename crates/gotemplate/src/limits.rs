//! Bounds on what one rendering may use.

use std::cell::Cell;

/// Bounds on what one rendering may use. The defaults are far above what a sensible chart needs.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes written by templates, included ones again at each level, and the bytes of large results of functions.
    pub output_bytes: u64,
    /// Nodes evaluated.
    pub steps: u64,
    /// Nesting of `template` actions; Go's own bound, with Go's error text.
    pub depth: usize,
    /// Bytes of the thread's stack that evaluation may use. Every level of `include` or `template` takes one to four
    /// KiB (several times that in a debug build), so deep recursion needs a thread with a large stack, see
    /// [`on_deep_stack`](crate::on_deep_stack).
    pub stack_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { output_bytes: 1 << 30, steps: 200_000_000, depth: 100_000, stack_bytes: 768 << 10 }
    }
}

/// Which bound was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::output_bytes`].
    Output,
    /// [`Limits::steps`].
    Steps,
    /// [`Limits::depth`].
    Depth,
    /// [`Limits::stack_bytes`].
    Stack,
}

/// What is left of the [`Limits`]. One budget can serve many executions: a whole chart.
#[derive(Clone, Debug)]
pub struct Budget {
    limits: Limits,
    output_left: u64,
    steps_left: u64,
    pub(crate) depth: usize,
    stack_base: Option<usize>,
}

impl Budget {
    /// A full budget.
    pub const fn new(limits: Limits) -> Self {
        Self {
            output_left: limits.output_bytes,
            steps_left: limits.steps,
            depth: 0,
            stack_base: None,
            limits,
        }
    }

    /// The bounds this started with.
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Takes `bytes` of output from the budget.
    pub fn take_output(&mut self, bytes: usize) -> Result<(), Limit> {
        match self.output_left.checked_sub(bytes as u64) {
            Some(left) => {
                self.output_left = left;
                Ok(())
            }
            None => Err(Limit::Output),
        }
    }

    /// The bytes of output that are left.
    pub(crate) fn output_left(&self) -> usize {
        usize::try_from(self.output_left).unwrap_or(usize::MAX)
    }

    /// Takes one step from the budget and looks at the stack.
    pub(crate) fn take_step(&mut self) -> Result<(), Limit> {
        self.steps_left = self.steps_left.checked_sub(1).ok_or(Limit::Steps)?;
        self.check_stack()
    }

    /// Starts measuring the stack here, unless an outer execution already did.
    pub(crate) fn enter(&mut self) -> Option<usize> {
        let outer = self.stack_base;
        self.stack_base = Some(outer.unwrap_or_else(stack_address));
        outer
    }

    /// Ends what [`Budget::enter`] started.
    pub(crate) const fn leave(&mut self, outer: Option<usize>) {
        self.stack_base = outer;
    }

    /// Fails when the stack has grown too far since [`Budget::enter`].
    pub(crate) fn check_stack(&self) -> Result<(), Limit> {
        self.check_stack_for(0)
    }

    /// Fails when the stack is about to grow too far, `bytes` from here.
    pub(crate) fn check_stack_for(&self, bytes: usize) -> Result<(), Limit> {
        let used = self.stack_base.map_or(0, |base| base.abs_diff(stack_address()));
        if used.saturating_add(bytes) > self.limits.stack_bytes {
            Err(Limit::Stack)
        } else {
            Ok(())
        }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

/// Roughly where the stack is now: the address of a local variable.
#[inline(never)]
pub(crate) fn stack_address() -> usize {
    let marker = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&marker)).addr()
}

thread_local! {
    /// Where the stack of this thread ends, if [`on_deep_stack`] started it.
    static STACK_END: Cell<Option<usize>> = const { Cell::new(None) };
}

/// Of a deep stack, in bytes: what may be in use already when it is used again.
const IN_USE: usize = 1 << 20;
/// Of a deep stack, in bytes: what a thread needs before and after its work.
const THREAD: usize = 64 << 10;

/// Runs `work` with `stack_bytes` of stack and waits for it: here, if this thread was started for that and has so much
/// left, else on a thread of its own. Memory is used as the stack grows, so a large stack costs nothing until it is
/// needed. A panic in `work` goes on in the caller.
pub fn on_deep_stack<T: Send>(
    stack_bytes: usize,
    work: impl FnOnce() -> T + Send,
) -> std::io::Result<T> {
    let left = STACK_END.get().map_or(0, |end| stack_address().saturating_sub(end));
    if left >= stack_bytes {
        return Ok(work());
    }
    let marked = || {
        STACK_END.set(stack_address().checked_sub(stack_bytes + IN_USE));
        work()
    };
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(stack_bytes + IN_USE + THREAD);
        let thread = builder.spawn_scoped(scope, marked)?;
        thread.join().or_else(|panic| std::panic::resume_unwind(panic))
    })
}
