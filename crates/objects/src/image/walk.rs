//! Walking along a path with wildcards.

use goyaml::Value;

/// Calls `visit` with everything that lies at a path below a value, and the field it is. A path is keys joined by dots;
/// `[]` behind a key means every member of that list, `*` every value of a map. The empty path is the value itself.
pub(super) fn each<'v>(
    value: &'v Value,
    at: &str,
    path: &str,
    visit: &mut dyn FnMut(&'v Value, &str),
) {
    if path.is_empty() {
        return visit(value, at);
    }
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    if step == "*" {
        let Some(map) = value.as_map() else { return };
        for (key, value) in map.iter() {
            each(value, &join(at, key), rest, visit);
        }
        return;
    }
    let (key, is_list) = step.strip_suffix("[]").map_or((step, false), |key| (key, true));
    let Some(found) = value.get(key) else { return };
    let at = join(at, key);
    if !is_list {
        return each(found, &at, rest, visit);
    }
    for (index, member) in found.as_list().unwrap_or_default().iter().enumerate() {
        each(member, &format!("{at}[{index}]"), rest, visit);
    }
}

/// A field below another.
pub(super) fn join(at: &str, key: &str) -> String {
    if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") }
}
