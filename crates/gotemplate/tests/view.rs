//! What an error tells besides Go's text, how sets share names, and values that are Go structs.

mod host;

use std::any::Any;
use std::rc::Rc;

use gotemplate::{
    Budget, Error, EvaluationError, Field, Map, Method, Object, Set, Shape, Str, Type, Value,
};

use self::host::{Host, data, functions};

fn set_of(files: &[(&str, &str)]) -> Set<Host> {
    let mut set = Set::new("gotpl", functions());
    for (name, source) in files {
        set.parse(name, source).expect("the template parses");
    }
    set
}

fn execute(set: &Set<Host>, name: &str, data: &Value) -> Result<String, Error> {
    let out = set.execute(name, data, &mut Host::default(), &mut Budget::default())?;
    Ok(String::from_utf8(out).expect("these tests write text"))
}

fn evaluation(error: &Error) -> &EvaluationError {
    match error {
        Error::Evaluation(error) => error,
        other => panic!("not an evaluation error: {other}"),
    }
}

#[test]
fn an_error_names_its_place_and_the_way_there() {
    let inner = "{{ define \"name\" }}\n  {{ .m.x.y.z }}{{ end }}";
    let outer = "a: 1\nb: {{ template \"mid\" . }}\n{{ define \"mid\" }}{{ include \"name\" . | upper }}{{ end }}";
    let set = set_of(&[("inner.tpl", inner), ("outer.yaml", outer)]);
    let error = execute(&set, "outer.yaml", &data()).expect_err("x is a number");

    let top = evaluation(&error);
    assert_eq!((top.place.file.as_ref(), top.place.line, top.place.column), ("outer.yaml", 3, 21));
    assert_eq!(top.message, "error calling include");
    assert_eq!(top.stack.len(), 1);
    assert_eq!((top.stack[0].template.as_ref(), top.stack[0].place.line), ("outer.yaml", 2));

    let bottom = error.innermost().expect("the cause is an evaluation error");
    assert_eq!(
        (bottom.place.file.as_ref(), bottom.template.as_ref(), bottom.place.line),
        ("inner.tpl", "name", 2)
    );
    assert_eq!(&inner[bottom.place.span.clone()], ".m.x.y.z");
    assert_eq!(bottom.message, "can't evaluate field y in type interface {}");
    let way: Vec<_> =
        bottom.stack.iter().map(|frame| (frame.template.as_ref(), frame.place.line)).collect();
    assert_eq!(way, [("outer.yaml", 2), ("mid", 3)]);

    let chain = error.chain();
    assert_eq!(chain.len(), 2);
    assert!(chain[0].ends_with(&chain[1]));
    assert_eq!(error.to_string(), "error calling include");
}

#[test]
fn spans_cover_the_expression_at_fault() {
    for (source, part) in [
        ("{{ .l.x }}", ".l.x"),
        ("{{ $y := .l }}{{ $y.x }}", "$y.x"),
        ("{{ (.l).x }}", ".l"),
        ("{{ 1 | upper }}", "upper"),
        ("{{ upper \"a\" | fail  }}", "fail"),
        ("a {{ index .l   9 }}", "index .l   9"),
        ("{{ template \"none\" .a }}", "\"none\" .a"),
        ("{{ range .b }}{{ end }}", ".b"),
        ("{{ upper (print 1 | len) }}", "len"),
    ] {
        let error = execute(&set_of(&[("t", source)]), "t", &data()).expect_err(source);
        assert_eq!(
            &source[evaluation(&error).place.span.clone()],
            part,
            "{source}: {}",
            error.text()
        );
    }
}

#[test]
fn a_parse_error_names_the_token() {
    let source = "a\n{{ .b }}\n{{ if .a | nosuch }}";
    let error = set_of(&[]).parse("t", source).expect_err("no such function");
    assert_eq!((error.place.line, &source[error.place.span.clone()]), (3, "nosuch"));
    assert_eq!(error.text(), "template: t:3: function \"nosuch\" not defined");
    assert_eq!(error.to_string(), "function \"nosuch\" not defined");
}

#[test]
fn a_later_template_replaces_an_earlier_one_unless_it_is_empty() {
    let first = ("a", "{{ define \"x\" }}first{{ end }}");
    let uses = ("u", "{{ template \"x\" }}");
    let run = |second: &str| {
        execute(&set_of(&[first, ("b", second), uses]), "u", &Value::Nil).expect("executes")
    };
    assert_eq!(run("{{ define \"x\" }}second{{ end }}"), "second");
    assert_eq!(run("{{ define \"x\" }} \n {{/* nothing */}}{{ end }}"), "first");
    assert_eq!(run("{{ define \"x\" }}{{ if false }}{{ end }}{{ end }}"), "");
}

#[test]
fn a_clone_has_its_own_names() {
    let set = set_of(&[("a", "{{ define \"x\" }}old{{ end }}{{ template \"x\" }}")]);
    let mut clone = set.clone();
    clone.parse("b", "{{ define \"x\" }}new{{ end }}").expect("parses");
    assert_eq!(execute(&clone, "a", &Value::Nil).expect("executes"), "new");
    assert_eq!(execute(&set, "a", &Value::Nil).expect("executes"), "old");
    assert!(!set.contains("b"));
}

#[test]
fn a_failed_parse_changes_nothing() {
    let mut set = set_of(&[("a", "old")]);
    set.parse("a", "{{ define \"x\" }}{{ end }}{{ nosuch }}").expect_err("no such function");
    assert!(!set.contains("x"));
    assert_eq!(execute(&set, "a", &Value::Nil).expect("executes"), "old");
}

#[test]
fn a_template_that_does_not_exist_is_said_so() {
    let error = execute(&set_of(&[]), "none", &Value::Nil).expect_err("there is none");
    assert_eq!(error.text(), "template: no template \"none\" associated with template \"gotpl\"");
}

#[test]
fn maps_are_shared_by_reference() {
    let values = Map::new();
    let data = Value::Map([("v", Value::from(values.clone()))].into_iter().collect());
    execute(&set_of(&[("t", "{{ $_ := set .v \"new\" 1 }}")]), "t", &data).expect("executes");
    assert_eq!(values.get("new"), Some(Value::int(1)));
}

/// A struct with a field, a method on it and a `String` method on its pointer.
struct Version {
    major: i64,
}

const METHODS: &[Method] = &[Method {
    name: "AtLeast",
    params: &[Type::INT],
    variadic: None,
    body: |receiver, args| {
        let version = receiver.downcast::<Version>().ok_or("not a version")?;
        Ok(Value::Bool(matches!(args[0], Value::Int(least, _) if least <= version.major)))
    },
}];

impl Object for Version {
    fn type_name(&self) -> &'static str {
        "main.Version"
    }

    fn shape(&self) -> Shape {
        Shape::Struct(vec![
            Field { name: "Major", value: Value::int(self.major) },
            Field { name: "note", value: Value::from("x") },
        ])
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        METHODS.iter().find(|method| method.name == name)
    }

    fn addressed_string(&self) -> Option<Str> {
        Some(Str::from(format!("v{}", self.major)))
    }

    fn equals(&self, other: &dyn Object) -> Option<bool> {
        Some(other.as_any().downcast_ref::<Self>().is_some_and(|other| other.major == self.major))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `*main.Version`.
struct Pointer(Option<Rc<Version>>);

impl Object for Pointer {
    fn type_name(&self) -> &'static str {
        "*main.Version"
    }

    fn shape(&self) -> Shape {
        Shape::Pointer(self.0.clone().map(|target| target as Rc<dyn Object>))
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn with_objects(source: &str) -> Result<String, String> {
    let version = Rc::new(Version { major: 3 });
    let data: Map = [
        ("v", Value::Object(Rc::clone(&version) as Rc<dyn Object>)),
        ("p", Value::Object(Rc::new(Pointer(Some(version))))),
        ("nil", Value::Object(Rc::new(Pointer(None)))),
    ]
    .into_iter()
    .collect();
    execute(&set_of(&[("t", source)]), "t", &data.into()).map_err(|error| {
        let text = error.text();
        text.rsplit_once(">: ").map_or(text.clone(), |(_, message)| message.to_owned())
    })
}

#[test]
fn structs_have_fields_methods_and_gos_texts() {
    for (source, expected) in [
        ("{{ .v.Major }} {{ .p.Major }}", Ok("3 3")),
        (
            "{{ .v }} {{ .p }} {{ print .v }} {{ printf \"%+v\" .p }}",
            Ok("v3 v3 {3 x} &{Major:3 note:x}"),
        ),
        (
            "{{ printf \"%T %T %#v\" .v .p .v }}",
            Ok("main.Version *main.Version main.Version{Major:3, note:\"x\"}"),
        ),
        ("{{ if .v }}t{{ end }}{{ if .nil }}t{{ else }}f{{ end }}{{ .nil }}", Ok("tf<nil>")),
        ("{{ eq .v .v }} {{ eq .nil nil }}", Ok("true true")),
        ("{{ .v.Minor }}", Err("can't evaluate field Minor in type interface {}")),
        ("{{ (.p).Minor }}", Err("can't evaluate field Minor in type *main.Version")),
        ("{{ (.v).note }}", Err("note is an unexported field of struct type main.Version")),
        ("{{ (.nil).Major }}", Err("nil pointer evaluating *main.Version.Major")),
        ("{{ .v.Major 1 }}", Err("Major has arguments but cannot be invoked as function")),
        ("{{ .v.AtLeast 3 }} {{ 4 | .v.AtLeast }}", Ok("true false")),
        ("{{ .v.AtLeast }}", Err("wrong number of args for AtLeast: want 1 got 0")),
        ("{{ .v.AtLeast \"x\" }}", Err("expected integer; found \"x\"")),
        ("{{ range .v }}{{ end }}", Err("range can't iterate over {3 x}")),
        ("{{ index .v 1 }}", Err("error calling index: can't index item of type main.Version")),
        ("{{ len .nil }}", Err("error calling len: len of nil pointer")),
    ] {
        let actual = with_objects(source);
        assert_eq!(actual.as_deref().map_err(String::as_str), expected, "{source}");
    }
}

#[test]
fn deep_equality_is_by_type_and_contents() {
    let list = |items: Vec<Value>| Value::list(items);
    assert_eq!(
        list(vec![Value::int(1), Value::from("a")]),
        list(vec![Value::int(1), Value::from("a")])
    );
    assert_ne!(Value::int(1), Value::int64(1));
    assert_ne!(Value::int(1), Value::float(1.0));
    assert_ne!(Value::float(f64::NAN), Value::float(f64::NAN));
    assert_ne!(list(vec![]), Value::List(gotemplate::List::nil(&Type::ANY_SLICE)));
    assert_ne!(list(vec![]), Value::List(gotemplate::List::strings(Vec::<Value>::new())));
    let cycle = Map::new();
    cycle.insert("self", cycle.clone()).expect("not nil");
    assert_eq!(Value::from(cycle.clone()), Value::from(cycle));
}
