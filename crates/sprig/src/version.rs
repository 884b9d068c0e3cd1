//! `semver` and `semverCompare`, and the version object with its methods.

use std::any::Any;
use std::cmp::Ordering;
use std::rc::Rc;

use gotemplate::{
    Failure, Field, Function, JsonForm, List, Method, Object, Shape, Str, Type, UintKind, Value,
};
use semver::{Constraint, ConstraintError, SegmentError, Version, VersionErrorKind};

use crate::argument::Arguments;
use crate::format;
use crate::inventory::functions;

const STRING: Type = Type::String;
const POINTER: Type = Type::Object("*semver.Version");
const NIL_DEREFERENCE: &str = "runtime error: invalid memory address or nil pointer dereference";

pub(crate) fn functions<H>() -> Vec<Function<H>> {
    functions! {
        "semver" (STRING) = |args| Ok(Value::Object(Rc::new(Pointer(Rc::new(Struct(parse(args.text(0))?))))));
        "semverCompare" (STRING, STRING) = compare;
    }
}

/// The error is that of Masterminds.
fn parse(text: &[u8]) -> Result<Version, Failure> {
    let Ok(text) = str::from_utf8(text) else {
        return Err(Failure::new("invalid semantic version"));
    };
    text.parse().map_err(|error: semver::VersionError| {
        Failure::new(match error.kind() {
            VersionErrorKind::TooLong => format!("version string is too long (max {} bytes)", semver::MAX_LENGTH),
            VersionErrorKind::Overflow(digits) => format!(
                "error parsing version segment: strconv.ParseUint: parsing \"{digits}\": value out of range"
            ),
            VersionErrorKind::LeadingZero => "version segment starts with 0".to_owned(),
            _ => "invalid semantic version".to_owned(),
        })
    })
}

fn compare(args: &[Value]) -> Result<Value, Failure> {
    let constraint = args.lossy(0).parse::<Constraint>().map_err(|error| {
        Failure::new(match error {
            ConstraintError::TooLong => "constraint string is too long (max 512 bytes)".to_owned(),
            ConstraintError::Improper(group) => {
                format!("improper constraint: {}", format::quote(group.as_bytes()))
            }
            _ => "constraint parser error".to_owned(),
        })
    })?;
    Ok(constraint.matches(&parse(args.text(1))?).into())
}

/// `semver.Version`, which the methods that make new versions return.
struct Struct(Version);

/// `*semver.Version`.
struct Pointer(Rc<Struct>);

impl From<Struct> for Value {
    fn from(version: Struct) -> Self {
        Self::Object(Rc::new(version))
    }
}

/// What `deepCopy` makes of a version: the fields are out of its reach, so that the copy is the zero value.
pub(crate) fn copied(value: &Value) -> Option<Value> {
    let zero = || "0.0.0".parse::<Version>().ok().map(Struct);
    if value.downcast::<Pointer>().is_some() {
        return Some(Value::Object(Rc::new(Pointer(Rc::new(zero()?)))));
    }
    value.downcast::<Struct>().and_then(|_| Some(Value::Object(Rc::new(zero()?))))
}

impl Object for Struct {
    fn type_name(&self) -> &'static str {
        "semver.Version"
    }

    fn shape(&self) -> Shape {
        let field = |name, value| Field { name, value };
        Shape::Struct(vec![
            field("major", uint(self.0.major())),
            field("minor", uint(self.0.minor())),
            field("patch", uint(self.0.patch())),
            field("pre", self.0.prerelease().into()),
            field("metadata", self.0.metadata().into()),
            field("original", self.0.as_str().into()),
        ])
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        METHODS[..ON_VALUES].iter().find(|method| method.name == name)
    }

    fn string(&self) -> Option<Str> {
        Some(self.0.canonical().into())
    }

    fn equals(&self, other: &dyn Object) -> Option<bool> {
        Some(other.as_any().downcast_ref::<Self>().is_some_and(|other| other.0 == self.0))
    }

    fn json(&self) -> JsonForm {
        JsonForm::Value(self.0.canonical().into())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Object for Pointer {
    fn type_name(&self) -> &'static str {
        "*semver.Version"
    }

    fn shape(&self) -> Shape {
        Shape::Pointer(Some(Rc::clone(&self.0) as Rc<dyn Object>))
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        METHODS.iter().find(|method| method.name == name)
    }

    fn string(&self) -> Option<Str> {
        self.0.string()
    }

    fn equals(&self, other: &dyn Object) -> Option<bool> {
        Some(
            other
                .as_any()
                .downcast_ref::<Self>()
                .is_some_and(|other| Rc::ptr_eq(&other.0, &self.0)),
        )
    }

    fn json(&self) -> JsonForm {
        self.0.json()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

const fn uint(number: u64) -> Value {
    Value::Uint(number, UintKind::Uint64)
}

fn of(value: &Value) -> Result<&Version, Failure> {
    let pointed = value.downcast::<Pointer>().map(|pointer| &pointer.0.0);
    let own = || value.downcast::<Struct>().map(|own| &own.0);
    pointed.or_else(own).ok_or_else(|| Failure::new(NIL_DEREFERENCE))
}

fn order(own: &Value, args: &[Value]) -> Result<Ordering, Failure> {
    Ok(of(own)?.compare_precedence(of(args.value(0))?))
}

type Body = fn(&Value, &[Value]) -> Result<Value, Failure>;

const fn method(name: &'static str, params: &'static [Type], body: Body) -> Method {
    Method { name, params, variadic: None, body }
}

/// How many of the methods need no pointer.
const ON_VALUES: usize = 14;

static METHODS: [Method; 21] = [
    method("String", &[], |own, _| Ok(of(own)?.canonical().into())),
    method("Major", &[], |own, _| Ok(uint(of(own)?.major()))),
    method("Minor", &[], |own, _| Ok(uint(of(own)?.minor()))),
    method("Patch", &[], |own, _| Ok(uint(of(own)?.patch()))),
    method("Prerelease", &[], |own, _| Ok(of(own)?.prerelease().into())),
    method("Metadata", &[], |own, _| Ok(of(own)?.metadata().into())),
    method("IncPatch", &[], |own, _| Ok(Struct(of(own)?.next_patch()).into())),
    method("IncMinor", &[], |own, _| Ok(Struct(of(own)?.next_minor()).into())),
    method("IncMajor", &[], |own, _| Ok(Struct(of(own)?.next_major()).into())),
    method("SetPrerelease", &[STRING], |own, args| {
        let changed = of(own)?.with_prerelease(&args.lossy(0));
        changed
            .map(|version| Struct(version).into())
            .map_err(|error| segment_failure(error, "invalid prerelease string"))
    }),
    method("SetMetadata", &[STRING], |own, args| {
        let changed = of(own)?.with_metadata(&args.lossy(0));
        changed
            .map(|version| Struct(version).into())
            .map_err(|error| segment_failure(error, "invalid metadata string"))
    }),
    method("MarshalText", &[], |own, _| Ok(List::bytes(of(own)?.canonical().into_bytes()).into())),
    method("MarshalJSON", &[], |own, _| {
        Ok(List::bytes(format!("\"{}\"", of(own)?.canonical()).into_bytes()).into())
    }),
    method("Value", &[], |own, _| Ok(of(own)?.canonical().into())),
    method("Original", &[], |own, _| Ok(of(own)?.as_str().into())),
    method("Compare", &[POINTER], |own, args| Ok(Value::int(order(own, args)? as i64))),
    method("Equal", &[POINTER], |own, args| Ok((order(own, args)? == Ordering::Equal).into())),
    method("LessThan", &[POINTER], |own, args| Ok((order(own, args)? == Ordering::Less).into())),
    method("LessThanEqual", &[POINTER], |own, args| {
        Ok((order(own, args)? != Ordering::Greater).into())
    }),
    method("GreaterThanEqual", &[POINTER], |own, args| {
        Ok((order(own, args)? != Ordering::Less).into())
    }),
    method("GreaterThan", &[POINTER], |own, args| {
        Ok((order(own, args)? == Ordering::Greater).into())
    }),
];

fn segment_failure(error: SegmentError, invalid: &str) -> Failure {
    Failure::new(match error {
        SegmentError::LeadingZero => "version segment starts with 0",
        _ => invalid,
    })
}
