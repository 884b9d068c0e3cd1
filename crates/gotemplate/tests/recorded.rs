//! Templates against what Go's own text/template made of them.

mod host;

use gotemplate::fmt::quote_to_ascii;
use gotemplate::{Budget, Limits, MissingKey, Set};

use self::host::{Host, data, functions};

/// The result of a template in the notation of the case files.
fn result(source: &str, missing_key: MissingKey) -> String {
    let mut set = Set::new("gotpl", functions()).with_missing_key(missing_key);
    if let Err(error) = set.parse("t", source) {
        return format!("PARSE {}", quote_to_ascii(error.text().as_bytes()));
    }
    let limits = Limits { steps: 1_000_000, output_bytes: 10_000_000, ..Limits::default() };
    match set.execute("t", &data(), &mut Host::default(), &mut Budget::new(limits)) {
        Ok(out) => quote_to_ascii(&out),
        Err(error) => format!("ERROR {}", quote_to_ascii(error.text().as_bytes())),
    }
}

/// Runs every case of a file; says which differ.
fn check(cases: &str, missing_key: MissingKey) {
    let lines: Vec<&str> = cases.lines().skip_while(|line| line.starts_with("# ")).collect();
    let lines = lines.iter().skip_while(|line| line.starts_with('#')).copied().collect::<Vec<_>>();
    assert!(lines.len() > 100, "too few cases");
    let mut different = Vec::new();
    for case in lines.chunks(2) {
        let [source, expected] = case else { panic!("a template without a result: {case:?}") };
        let source = source.replace('⏎', "\n");
        let expected = expected.strip_prefix("    => ").expect("a result after each template");
        let actual = result(&source, missing_key);
        if actual != expected {
            different.push(format!("{source}\n  go:   {expected}\n  ours: {actual}"));
        }
    }
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
}

#[test]
fn the_language() {
    check(include_str!("cases/language.txt"), MissingKey::Zero);
}

#[test]
fn missing_keys_as_errors() {
    check(include_str!("cases/missing_key_error.txt"), MissingKey::Error);
}

#[test]
fn missing_keys_as_no_value() {
    check(include_str!("cases/missing_key_default.txt"), MissingKey::Default);
}

#[test]
fn formats() {
    check(include_str!("cases/printf.txt"), MissingKey::Zero);
}

#[test]
fn generated_templates() {
    check(include_str!("cases/generated.txt"), MissingKey::Zero);
}

#[test]
fn generated_mistakes() {
    check(include_str!("cases/noise.txt"), MissingKey::Zero);
}
