//! The texts of jsonschema v6, which helm prints, for the errors of its sister library.

use boon::{ErrorKind, ValidationError};
use serde_json::{Number, Value};

/// An error with its causes, one a line, indented.
pub(super) fn text(error: &ValidationError<'_, '_>) -> String {
    let mut out = String::new();
    let above = Above { location: "", schema: error.schema_url, kind: &error.kind };
    write(error, above, 0, &mut out);
    out
}

/// The error that another one is a cause of.
#[derive(Clone, Copy)]
struct Above<'a> {
    /// Where in the values.
    location: &'a str,
    /// Where in the schema.
    schema: &'a str,
    kind: &'a ErrorKind<'a, 'a>,
}

fn write(error: &ValidationError<'_, '_>, above: Above<'_>, level: usize, out: &mut String) {
    let mut level = level;
    for (keyword, below) in left_out(error.schema_url, above) {
        let tokens = &error.instance_location.tokens;
        let tokens = tokens[..tokens.len().saturating_sub(below)].to_vec();
        let none = if keyword == "oneOf" { ", none matched" } else { "" };
        indent(level, out);
        let location = boon::InstanceLocation { tokens }.to_string();
        out.extend(["at ", &quote(&location), ": '", keyword, "' failed", none]);
        level += 1;
    }
    let location = error.instance_location.to_string();
    let schema = match &error.kind {
        ErrorKind::Schema { url } | ErrorKind::Reference { url, .. } => url,
        _ => error.schema_url,
    };
    // A reference with a single cause is not worth a line of its own.
    let is_shown = !matches!(
        (&error.kind, &error.causes[..]),
        (ErrorKind::Reference { .. } | ErrorKind::Group, [_])
    );
    if is_shown {
        indent(level, out);
        write_own(error, &location, above.location, out);
        level += 1;
    }
    let shown = if is_shown { &location } else { above.location };
    for cause in &error.causes {
        write(cause, Above { location: shown, schema, kind: &error.kind }, level, out);
    }
}

fn write_own(error: &ValidationError<'_, '_>, location: &str, above: &str, out: &mut String) {
    if let ErrorKind::Schema { url } = &error.kind {
        out.push_str("jsonschema validation failed with ");
        out.push_str(&quote(url));
        return;
    }
    // A property's name is no place; its object is.
    let is_name = matches!(error.kind, ErrorKind::PropertyName { .. });
    let location = if is_name { above } else { location };
    out.extend(["at ", &quote(location), ": ", &message(&error.kind)]);
}

fn indent(level: usize, out: &mut String) {
    if level > 0 {
        out.push('\n');
        out.push_str(&"  ".repeat(level - 1));
        out.push_str("- ");
    }
}

/// The library leaves out an `allOf`, `anyOf` or `oneOf` with a single cause; helm's does not. They can be seen in the
/// path through the schema. Each comes with the number of steps through the values that are below it.
fn left_out(schema: &str, above: Above<'_>) -> Vec<(&'static str, usize)> {
    let Some(path) = schema.strip_prefix(above.schema) else { return Vec::new() };
    let mut found: Vec<(&'static str, usize)> = Vec::new();
    let mut steps = path.trim_start_matches('#').split('/').skip(1).peekable();
    let mut is_first = true;
    while let Some(step) = steps.next() {
        let combined = ["allOf", "anyOf", "oneOf"].into_iter().find(|keyword| *keyword == step);
        let (has_name, is_in_values) = match step {
            "properties" | "patternProperties" | "prefixItems" => (true, true),
            "additionalProperties"
            | "additionalItems"
            | "contains"
            | "unevaluatedItems"
            | "unevaluatedProperties" => (false, true),
            "items" => (steps.peek().is_some_and(|next| next.parse::<usize>().is_ok()), true),
            "dependentSchemas" | "dependencies" | "$defs" | "definitions" => (true, false),
            _ => (combined.is_some(), false),
        };
        if has_name {
            steps.next();
        }
        for (_, below) in &mut found {
            *below += usize::from(is_in_values);
        }
        let is_above = is_first
            && matches!(above.kind, ErrorKind::AllOf | ErrorKind::AnyOf | ErrorKind::OneOf(_));
        found.extend(combined.filter(|_| !is_above).map(|keyword| (keyword, 0)));
        is_first = false;
    }
    found
}

fn message(kind: &ErrorKind<'_, '_>) -> String {
    use ErrorKind as K;
    match kind {
        K::Group | K::Reference { .. } => "validation failed".to_owned(),
        K::ContentSchema => "'contentSchema' failed".to_owned(),
        K::PropertyName { prop } => format!("invalid propertyName {}", quote(prop)),
        K::RefCycle { url, kw_loc1, kw_loc2 } => {
            format!("both {kw_loc1} and {kw_loc2} resolve to \"{url}\" causing reference cycle")
        }
        K::FalseSchema => "false schema".to_owned(),
        K::Type { got, want } => {
            let want: Vec<_> = want.iter().map(|kind| kind.to_string()).collect();
            format!("got {got}, want {}", want.join(" or "))
        }
        K::Enum { want } => one_of(want),
        K::Const { want } if is_primitive(want) => format!("value must be {}", value(want)),
        K::Const { .. } => "'const' failed".to_owned(),
        // The reasons differ between the libraries; what matters is the format.
        K::Format { got, want, err } => format!("{} is not valid {want}: {err}", value(got)),
        K::AdditionalProperties { got } => {
            format!(
                "additional properties {} not allowed",
                quote_all(got.iter().map(AsRef::as_ref))
            )
        }
        K::Required { want } if want.len() == 1 => format!("missing property {}", quote(want[0])),
        K::Required { want } => format!("missing properties {}", quote_all(want.iter().copied())),
        K::Dependency { prop, missing } | K::DependentRequired { prop, missing } => {
            let missing = quote_all(missing.iter().copied());
            format!("properties {missing} required, if {} exists", quote(prop))
        }
        K::Pattern { got, want } => {
            format!("{} does not match pattern {}", quote(got), quote(want))
        }
        K::ContentEncoding { want, err } => format!("value is not {} encoded: {err}", quote(want)),
        K::ContentMediaType { want, err, .. } => {
            format!("value if not of mediatype {}: {err}", quote(want))
        }
        K::Not => "'not' failed".to_owned(),
        K::AllOf => "'allOf' failed".to_owned(),
        K::AnyOf => "'anyOf' failed".to_owned(),
        K::OneOf(None) => "'oneOf' failed, none matched".to_owned(),
        K::OneOf(Some((first, second))) => {
            format!("'oneOf' failed, subschemas {first}, {second} matched")
        }
        other => measure(other),
    }
}

/// Errors about sizes and numbers.
fn measure(kind: &ErrorKind<'_, '_>) -> String {
    use ErrorKind as K;
    let (keyword, got, want) = match kind {
        K::MinProperties { got, want } => ("minProperties", count(*got), count(*want)),
        K::MaxProperties { got, want } => ("maxProperties", count(*got), count(*want)),
        K::MinItems { got, want } => ("minItems", count(*got), count(*want)),
        K::MaxItems { got, want } => ("maxItems", count(*got), count(*want)),
        K::MinLength { got, want } => ("minLength", count(*got), count(*want)),
        K::MaxLength { got, want } => ("maxLength", count(*got), count(*want)),
        K::Minimum { got, want } => ("minimum", number(got), number(want)),
        K::Maximum { got, want } => ("maximum", number(got), number(want)),
        K::ExclusiveMinimum { got, want } => ("exclusiveMinimum", number(got), number(want)),
        K::ExclusiveMaximum { got, want } => ("exclusiveMaximum", number(got), number(want)),
        K::MultipleOf { got, want } => ("multipleOf", number(got), number(want)),
        other => return items(other),
    };
    format!("{keyword}: got {got}, want {want}")
}

/// Errors about members of lists.
fn items(kind: &ErrorKind<'_, '_>) -> String {
    use ErrorKind as K;
    let places = |got: &[usize]| got.iter().map(usize::to_string).collect::<Vec<_>>().join(" ");
    match kind {
        K::Contains => "no items match contains schema".to_owned(),
        K::MinContains { got, want } if got.is_empty() => {
            format!("min {want} items required to match contains schema, but none matched")
        }
        K::MinContains { got, want } => format!(
            "min {want} items required to match contains schema, but matched {} items at {}",
            got.len(),
            places(got)
        ),
        K::MaxContains { got, want } => format!(
            "max {want} items required to match contains schema, but matched {} items at {}",
            got.len(),
            places(got)
        ),
        K::UniqueItems { got: [first, second] } => {
            format!("items at {first} and {second} are equal")
        }
        K::AdditionalItems { got } => format!("last {got} additionalItem(s) not allowed"),
        other => other.to_string(),
    }
}

fn one_of(want: &[Value]) -> String {
    if !want.iter().all(is_primitive) {
        return "'enum' failed".to_owned();
    }
    match want {
        [only] => format!("value must be {}", value(only)),
        _ => format!(
            "value must be one of {}",
            want.iter().map(value).collect::<Vec<_>>().join(", ")
        ),
    }
}

fn is_primitive(value: &Value) -> bool {
    !matches!(value, Value::Array(_) | Value::Object(_))
}

fn value(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => quote(text),
        Value::Number(number) => self::number(number),
        other => other.to_string(),
    }
}

fn quote_all<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.map(quote).collect::<Vec<_>>().join(", ")
}

fn quote(text: &str) -> String {
    let quoted = gotemplate::fmt::quote(text.as_bytes());
    let inner = quoted[1..quoted.len() - 1].replace("\\\"", "\"").replace('\'', "\\'");
    format!("'{inner}'")
}

fn count(number: usize) -> String {
    grouped(&number.to_string())
}

/// As Go's localized printer writes numbers in English: `12,345.678`, `1×10⁰⁶`.
fn number(number: &Number) -> String {
    let text = goyaml::format_float(number.as_f64().unwrap_or_default());
    let Some((mantissa, exponent)) = text.split_once('e') else { return grouped(&text) };
    let raised = |c: char| match c {
        '-' => Some('⁻'),
        '+' => None,
        c => c.to_digit(10).and_then(|digit| "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(digit as usize)),
    };
    format!("{mantissa}×10{}", exponent.chars().filter_map(raised).collect::<String>())
}

/// Thousands separated by commas.
fn grouped(text: &str) -> String {
    let (sign, rest) = text.split_at(usize::from(text.starts_with('-')));
    let (whole, fraction) = rest.split_at(rest.find('.').unwrap_or(rest.len()));
    let mut out = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    out + fraction
}
