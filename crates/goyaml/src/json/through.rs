//! What becomes of texts that go through JSON into yaml.v2, without going there when it is plain that nothing does.

use std::borrow::Cow;

use crate::json::write::push_string;
use crate::read;
use crate::write_error::WriteError;

/// Characters between the quotes of a JSON key that yaml.v2 still takes for a key.
const LONGEST_KEY: usize = 1022;
/// The longest escape of one character, `\u003c`.
const LONGEST_ESCAPE: usize = 6;

/// The text that comes out. A next line, U+0085, is the only character that JSON leaves as it is and YAML reads as
/// something else: a line break, which folds. Control characters that JSON leaves as they are, yaml.v2 refuses.
pub(crate) fn through_yaml(text: &str) -> Result<Cow<'_, str>, WriteError> {
    if !text.bytes().any(|b| matches!(b, 0x7f | 0xc2 | 0xef)) {
        return Ok(Cow::Borrowed(text));
    }
    if text.chars().any(is_refused) {
        return Err(WriteError::Unreadable("control characters are not allowed"));
    }
    if !text.contains('\u{85}') {
        return Ok(Cow::Borrowed(text));
    }
    let mut json = String::with_capacity(text.len() + 2);
    push_string(&mut json, text, false);
    read::double_quoted(&json).map(Cow::Owned).map_err(WriteError::Unreadable)
}

/// Whether yaml.v2 takes a key of the JSON for a key.
pub(crate) fn check_key(key: &str) -> Result<(), WriteError> {
    const REFUSAL: WriteError = WriteError::Unreadable("did not find expected ',' or '}'");
    if through_yaml(key)?.len() != key.len() || key.contains('\u{85}') {
        return Err(REFUSAL);
    }
    if key.len() > LONGEST_KEY / LONGEST_ESCAPE {
        let mut json = String::with_capacity(key.len() + 2);
        push_string(&mut json, key, false);
        if json.chars().count() > LONGEST_KEY + 2 {
            return Err(REFUSAL);
        }
    }
    Ok(())
}

/// What yaml.v2's reader refuses and JSON does not escape.
fn is_refused(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}') && c != '\u{85}'
}
