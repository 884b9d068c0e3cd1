//! Whatever the template, evaluation ends in an output or an error, in bounded time, memory and stack.

mod host;

use gotemplate::{Budget, Error, Limit, Limits, Set, Value, on_deep_stack};
use proptest::prelude::*;

use self::host::{Host, data, functions};

fn run(source: &str, limits: Limits) -> Result<Vec<u8>, Error> {
    let mut set = Set::new("gotpl", functions());
    set.parse("t", source).expect("the template parses");
    set.execute("t", &data(), &mut Host::default(), &mut Budget::new(limits))
}

fn limit(source: &str, limits: Limits) -> Option<Limit> {
    run(source, limits).expect_err("a limit is reached").limit()
}

fn small() -> Limits {
    Limits { output_bytes: 100_000, steps: 100_000, ..Limits::default() }
}

#[test]
fn endless_output_and_endless_loops_end_in_typed_errors() {
    assert_eq!(
        limit("{{ range 1000000 }}{{ end }}{{ range 1000000 }}xxxxxxxxxx{{ end }}", small()),
        Some(Limit::Output)
    );
    assert_eq!(limit("{{ range 1000000 }}{{ $ := 1 }}{{ end }}", small()), Some(Limit::Steps));
    assert_eq!(
        limit("{{ range 9223372036854775807 }}{{ if . }}{{ end }}{{ end }}", small()),
        Some(Limit::Steps)
    );
    assert_eq!(limit("{{ repeat 1000000000 `x` }}", small()), Some(Limit::Output));
}

#[test]
fn output_is_counted_at_every_level_of_inclusion() {
    let source = r#"{{ define "x" }}{{ repeat 30000 "x" }}{{ end }}{{ $_ := include "x" . }}{{ $_ := include "x" . }}"#;
    assert_eq!(limit(source, small()), Some(Limit::Output));
}

#[test]
fn recursion_ends_in_gos_error() {
    let source = r#"{{ define "r" }}{{ template "r" . }}{{ end }}{{ template "r" . }}"#;
    let error = run(source, Limits::default()).expect_err("endless");
    assert!(
        error
            .text()
            .ends_with(r#"at <{{template "r" .}}>: exceeded maximum template depth (100000)"#),
        "{error}"
    );
    let shallow = Limits { depth: 10, ..Limits::default() };
    let error = run(source, shallow).expect_err("endless");
    assert!(error.text().ends_with("exceeded maximum template depth (10)"), "{}", error.text());
    assert_eq!(error.limit(), Some(Limit::Depth));
}

/// Inclusion without a bound of the host's own.
fn endless_include() -> Set<()> {
    let include = gotemplate::Function {
        name: "include",
        params: &[gotemplate::Type::String, gotemplate::Type::Any],
        variadic: None,
        body: |call: &mut gotemplate::Call<'_, ()>, args: &[Value]| {
            let name = args[0].as_str().unwrap_or_default();
            Ok(Value::string(call.execute(name, &args[1])?))
        },
    };
    let mut set = Set::new("gotpl", gotemplate::Functions::new([include]));
    set.parse("t", r#"{{ with . }}{{ include "t" $ }}{{ end }}"#).expect("parses");
    set
}

#[test]
fn endless_inclusion_ends_with_the_stack_that_is_allowed() {
    let set = endless_include();
    let error =
        set.execute("t", &Value::Bool(true), &mut (), &mut Budget::default()).expect_err("endless");
    assert_eq!(error.limit(), Some(Limit::Stack));
    let (text, starts) = error.chain_offsets();
    assert!(starts.len() > 20 && text[starts[1]..].starts_with("template: t:1:"), "{text}");
    assert_eq!(error.innermost().expect("an evaluation").place.file.as_ref(), "t");
}

#[test]
fn a_long_chain_of_errors_is_freed_on_a_small_stack() {
    let set = endless_include();
    let error = on_deep_stack(128 << 20, move || {
        let limits = Limits { stack_bytes: 120 << 20, ..Limits::default() };
        set.execute("t", &Value::Bool(true), &mut (), &mut Budget::new(limits))
            .expect_err("endless")
    })
    .expect("a thread");
    let (_, starts) = error.chain_offsets();
    assert!(starts.len() > 5_000, "{}", starts.len());
    assert_eq!(error.limit(), Some(Limit::Stack));
}

#[test]
fn nesting_in_the_source_is_bounded() {
    let parse = |source: &str| Set::new("gotpl", functions()).parse("t", source);
    for (open, close) in [("(", ")"), ("{{ if true }}", "{{ end }}"), ("{{ if 1 }}{{ else if ", "")]
    {
        let wrap =
            |inner: &str| if open == "(" { format!("{{{{ {inner} }}}}") } else { inner.to_owned() };
        let deep = wrap(&format!("{}1{}", open.repeat(200_000), close.repeat(200_000)));
        assert!(parse(&deep).is_err(), "{open}");
        let fair = wrap(&format!("{}1{}", open.repeat(100), close.repeat(100)));
        assert!(open.contains("else") || parse(&fair).is_ok(), "{open}");
    }
}

#[test]
fn values_nested_a_million_deep_are_freed_and_printing_them_is_an_error() {
    let nest = "{{ $x := list }}{{ range 300000 }}{{ $x = list $x }}{{ end }}";
    let limits = Limits { steps: 10_000_000, ..Limits::default() };
    assert_eq!(run(nest, limits).expect("no output"), b"");
    assert_eq!(limit(&format!("{nest}{{{{ $x }}}}"), limits), Some(Limit::Stack));
    assert_eq!(limit(&format!("{nest}{{{{ printf `%d` $x }}}}"), limits), Some(Limit::Stack));
    let nest = "{{ $x := dict }}{{ range 300000 }}{{ $x = dict `a` $x }}{{ end }}";
    assert_eq!(run(nest, limits).expect("no output"), b"");
}

#[test]
fn values_that_contain_themselves_or_grow_without_end_are_errors() {
    let cycle = "{{ $d := dict }}{{ $_ := set $d `d` $d }}";
    for print in [
        "{{ $d }}",
        "{{ print $d }}",
        "{{ eq $d $d }}",
        "{{ range $d }}{{ . }}{{ end }}",
        "{{ html $d }}",
    ] {
        assert!(run(&format!("{cycle}{print}"), Limits::default()).is_err(), "{print}");
    }
    let explosion = "{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x $x }}{{ end }}{{ $x }}";
    assert_eq!(limit(explosion, small()), Some(Limit::Output));
    let doubling = "{{ $x := `12345678` }}{{ range 60 }}{{ $x = print $x $x }}{{ end }}";
    assert_eq!(limit(doubling, small()), Some(Limit::Output));
}

#[test]
fn sets_are_sent_to_threads_and_used_there() {
    let mut set = Set::new("gotpl", functions());
    set.parse("t", "{{ .a }}{{ upper .b }}").expect("parses");
    let set = &set;
    let outputs: Vec<_> = std::thread::scope(|scope| {
        let run = || {
            set.execute("t", &data(), &mut Host::default(), &mut Budget::default())
                .expect("executes")
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert_eq!(outputs, vec![b"1TWO".to_vec(); 4]);
}

/// Pieces that templates are made of, so that random ones get further than random bytes.
const PIECES: &[&str] = &[
    "{{",
    "}}",
    "{{- ",
    " -}}",
    "{{ end }}",
    "{{ else }}",
    "if ",
    "range ",
    "with ",
    "else if ",
    "define \"x\"",
    "template \"x\" ",
    "block \"x\" ",
    "break",
    "continue",
    "/*",
    "*/",
    "(",
    ")",
    "|",
    ":=",
    "=",
    ",",
    ".",
    "$",
    "$x",
    " ",
    "\n",
    "\"",
    "`",
    "'",
    "\\",
    ".a",
    ".m.x",
    ".l",
    ".nope",
    "nil",
    "true",
    "1",
    "-1",
    "0x1",
    "1.5",
    "1e9",
    "\"%v %d\"",
    "printf ",
    "print ",
    "index ",
    "slice ",
    "len ",
    "list ",
    "dict ",
    "set ",
    "include \"x\" ",
    "tpl \"{{ . }}\" ",
    "upper ",
    "eq ",
    "lt ",
    "and ",
    "or ",
    "not ",
    "call ",
    "html ",
    "é",
    "\u{0}",
    "i",
    "_",
    "x",
    "{{ . }}",
    "{{ range .l }}",
    "{{ if .a }}",
    "{{ define \"x\" }}",
    "{{ $x := .m }}",
    "999999999999",
    "%*d",
    "raw ",
];

fn noise() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(PIECES).prop_map(str::to_owned);
    prop::collection::vec(prop_oneof![20 => piece, 1 => any::<String>()], 0..40)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_template_panics(source in noise()) {
        let mut set = Set::new("gotpl", functions());
        if let Err(error) = set.parse("t", &source) {
            prop_assert!(error.text().starts_with("template: t:"), "{}", error.text());
            prop_assert!(error.place.span.end <= source.len());
            return Ok(());
        }
        let limits = Limits { output_bytes: 1 << 20, steps: 20_000, ..Limits::default() };
        let result = set.execute("t", &data(), &mut Host::default(), &mut Budget::new(limits));
        if let Err(Error::Evaluation(error)) = result {
            prop_assert!(error.place.span.start <= error.place.span.end && error.place.span.end <= source.len());
        }
    }

    #[test]
    fn no_format_panics(format in any::<Vec<u8>>(), spec in "(%[#0+ \\-]{0,3}[0-9*]{0,2}(\\.[0-9*]{0,2})?(\\[[0-9]\\])?[a-zA-Z%]){1,4}") {
        let args = [Value::int(-3), Value::from("é\u{0}"), Value::float(-1e300), data(), Value::Nil];
        for format in [format.as_slice(), spec.as_bytes()] {
            prop_assert!(gotemplate::fmt::sprintf(format, &args).is_ok());
            prop_assert!(gotemplate::fmt::sprintf(format, &[]).is_ok());
        }
    }
}
