//! String functions.

mod basic;
mod case;
mod function;
mod wrap;

pub(crate) use function::functions;
