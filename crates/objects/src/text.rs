//! Scalars where Go wants text.

use goyaml::Value;

/// The text that Go's YAML front end puts where a string is wanted. Floats have 32 bits then: `1.10` is `1.1`, and
/// 1234567.891 is `1.2345679e+06`. Nothing for lists and maps; null is the empty text.
pub fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Null => Some(String::new()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Int(number) => Some(number.to_string()),
        Value::UInt(number) => Some(number.to_string()),
        Value::Float(number) => {
            #[expect(clippy::cast_possible_truncation, reason = "Go truncates to 32 bits here")]
            let narrow = number.value as f32;
            // The shortest digits of the narrow number, which the wide one with the same digits prints too.
            let wide = narrow.to_string().parse().unwrap_or(number.value);
            Some(goyaml::format_float(wide))
        }
        Value::String(text) => Some(text.clone()),
        Value::List(_) | Value::Map(_) => None,
    }
}
