//! Go's predefined functions.

mod access;
mod compare;
mod escape;

use crate::exec::Slot;
use crate::fmt::{sprint, sprintf, sprintln};
use crate::function::Failure;
use crate::value::{Type, Value};

/// One of Go's predefined functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Builtin {
    And,
    Call,
    Html,
    Index,
    Slice,
    Js,
    Len,
    Not,
    Or,
    Print,
    Printf,
    Println,
    UrlQuery,
    Eq,
    Ge,
    Gt,
    Le,
    Lt,
    Ne,
}

impl Builtin {
    pub(crate) const ALL: [Self; 19] = [
        Self::And,
        Self::Call,
        Self::Html,
        Self::Index,
        Self::Slice,
        Self::Js,
        Self::Len,
        Self::Not,
        Self::Or,
        Self::Print,
        Self::Printf,
        Self::Println,
        Self::UrlQuery,
        Self::Eq,
        Self::Ge,
        Self::Gt,
        Self::Le,
        Self::Lt,
        Self::Ne,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::And => "and",
            Self::Call => "call",
            Self::Html => "html",
            Self::Index => "index",
            Self::Slice => "slice",
            Self::Js => "js",
            Self::Len => "len",
            Self::Not => "not",
            Self::Or => "or",
            Self::Print => "print",
            Self::Printf => "printf",
            Self::Println => "println",
            Self::UrlQuery => "urlquery",
            Self::Eq => "eq",
            Self::Ge => "ge",
            Self::Gt => "gt",
            Self::Le => "le",
            Self::Lt => "lt",
            Self::Ne => "ne",
        }
    }
}

/// How a builtin takes its arguments.
pub(crate) enum Signature {
    /// Evaluates arguments only as far as needed.
    ShortCircuit,
    /// Typed parameters, as for the caller's functions.
    Values {
        /// The fixed ones.
        params: &'static [Type],
        /// The element type of the last one.
        variadic: Option<Type>,
    },
    /// Values with how they are held, whatever their types.
    Slots {
        /// How many there must be.
        fixed: usize,
        /// Whether more may follow.
        variadic: bool,
    },
}

impl Builtin {
    pub(crate) const fn signature(self) -> Signature {
        match self {
            Self::And | Self::Or => Signature::ShortCircuit,
            Self::Html | Self::Js | Self::UrlQuery | Self::Print | Self::Println => {
                Signature::Values { params: &[], variadic: Some(Type::Any) }
            }
            Self::Printf => {
                Signature::Values { params: &[Type::String], variadic: Some(Type::Any) }
            }
            Self::Index | Self::Slice | Self::Call | Self::Eq => {
                Signature::Slots { fixed: 1, variadic: true }
            }
            Self::Len | Self::Not => Signature::Slots { fixed: 1, variadic: false },
            Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge => {
                Signature::Slots { fixed: 2, variadic: false }
            }
        }
    }
}

/// Calls a builtin with [`Signature::Values`].
pub(crate) fn call_values(builtin: Builtin, args: &[Value]) -> Result<Value, Failure> {
    Ok(match builtin {
        Builtin::Html => return escape::html(args),
        Builtin::Js => return escape::js(args),
        Builtin::UrlQuery => return escape::url_query(args),
        Builtin::Println => Value::string(sprintln(args)?),
        Builtin::Printf => {
            let (format, args) = args.split_first().expect("the parameters were checked");
            Value::string(sprintf(format.as_bytes().unwrap_or_default(), args)?)
        }
        _ => Value::string(sprint(args)?),
    })
}

/// Calls a builtin with [`Signature::Slots`]. `callee` is the text of the first argument of `call`.
pub(crate) fn call_slots(
    builtin: Builtin,
    args: &[Slot],
    callee: Option<&str>,
) -> Result<Value, Failure> {
    let (first, rest) = args.split_first().expect("the arguments were counted");
    match builtin {
        Builtin::Index => access::index(first, rest),
        Builtin::Slice => access::slice(first, rest),
        Builtin::Len => access::len(first),
        Builtin::Call => access::call(first, callee),
        Builtin::Not => Ok(Value::Bool(!first.value.is_true())),
        Builtin::Eq => {
            let others: Vec<&Value> = rest.iter().map(|slot| &slot.value).collect();
            compare::eq(&first.value, &others).map(Value::Bool)
        }
        Builtin::Ne => {
            compare::eq(&first.value, &[&rest[0].value]).map(|equal| Value::Bool(!equal))
        }
        _ => compare::order(builtin, &first.value, &rest[0].value).map(Value::Bool),
    }
}
