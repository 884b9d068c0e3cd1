//! The way into gotemplate's formatting.

use gotemplate::Value;

/// `%v`; nothing for what is nested too deeply to be printed.
pub(crate) fn sprint(value: &Value) -> Vec<u8> {
    gotemplate::fmt::value_text(value).map_or_else(|_| Vec::new(), |text| text.to_vec())
}

/// `strconv.Quote`.
pub(crate) fn quote(text: &[u8]) -> String {
    gotemplate::fmt::quote(text)
}
