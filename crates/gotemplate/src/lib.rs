//! Go's text/template: lexer, parser, tree-walking evaluation, Go's typed values, spans and errors.
//!
//! The language, the output and the error texts are those of Go 1.27. The crate knows nothing of Helm: what helm adds
//! are [`Function`]s over a host of the caller's.
//!
//! ```
//! use gotemplate::{Budget, Function, Functions, Map, Set, Type, Value};
//!
//! let upper = Function {
//!     name: "upper",
//!     params: &[Type::String],
//!     variadic: None,
//!     body: |_call, args| Ok(Value::from(args[0].as_str().unwrap_or_default().to_uppercase())),
//! };
//! let mut set = Set::<()>::new("set", Functions::new([upper]));
//! set.parse("greeting", "{{ range .names }}{{ . | upper | printf \"%-6s\" }}{{ end }}")?;
//!
//! let names = Value::list(vec![Value::from("ada"), Value::from("grace")]);
//! let data = Value::Map([("names", names)].into_iter().collect::<Map>());
//! let out = set.execute("greeting", &data, &mut (), &mut Budget::default())?;
//! assert_eq!(out, b"ADA   GRACE ");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod builtin;
mod error;
mod exec;
pub mod fmt;
mod function;
mod functions;
mod lex;
mod limits;
mod link;
mod parse;
mod set;
mod tree;
mod value;

pub use self::error::{Error, EvaluationError, Frame, ParseError, Place};
pub use self::function::{Call, Failure, Function};
pub use self::functions::Functions;
pub use self::limits::{Budget, Limit, Limits, on_deep_stack};
pub use self::set::{MissingKey, Set};
pub use self::value::{
    Field, FloatKind, IntKind, JsonForm, Kind, List, Map, Method, NamedType, NilMapError, Object,
    Shape, Str, Type, UintKind, Value,
};
