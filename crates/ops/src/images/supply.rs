//! The values that an image is made of.
//!
//! The chart is rendered once more with a mark behind every value that could be a piece of an image. A value supplies an
//! image when its mark comes out in it, and the image without the marks is what it was. Where that fails, because a
//! template looks into a value, fewer values are marked; where that fails too, nothing is said.

use std::collections::HashMap;

use helm::{Chart, Done, Lint, Table, Value};

use super::render::{Found, PlaceKey, Renderer, images};

/// Values that are marked at most. The largest real charts have some hundred that could be.
const MOST_VALUES: usize = 5000;
/// In front of a mark's number.
const OPEN: &str = "zq";
/// Behind it.
const CLOSE: &str = "qz";

/// A key or a place in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Index(usize),
}

/// Something that can be marked.
#[derive(Clone, Debug)]
enum Piece {
    /// A value.
    Value { path: Vec<Step>, text: String },
    /// The `appVersion` of a chart, by positions in `Chart::subcharts`.
    AppVersion { route: Vec<usize>, file: String },
    /// The version of the chart itself.
    Version,
}

/// The paths of the values that each place's image is made of, in their order.
pub(super) fn supplies(
    renderer: &Renderer,
    chart: &Chart,
    done: &Done,
    found: &[Found],
) -> HashMap<PlaceKey, Vec<String>> {
    let all = pieces(chart, done, found);
    let mut known = marked(renderer, chart, done, (&all, found));
    let open = |known: &HashMap<PlaceKey, Vec<String>>| -> Vec<Found> {
        found.iter().filter(|one| !known.contains_key(&one.key())).cloned().collect()
    };
    let rest = open(&known);
    if !rest.is_empty() {
        let likely: Vec<Piece> = all.into_iter().filter(is_likely).collect();
        known.extend(marked(renderer, chart, done, (&likely, &rest)));
    }
    known
}

/// Whether its key is one that images are made of.
fn is_likely(piece: &Piece) -> bool {
    const WORDS: [&str; 6] = ["image", "registry", "repository", "hub", "tag", "digest"];
    let Piece::Value { path, .. } = piece else { return true };
    path.iter().rev().take(2).any(|step| match step {
        Step::Key(key) => {
            let key = key.to_ascii_lowercase();
            WORDS.iter().any(|word| key.contains(word))
        }
        Step::Index(_) => false,
    })
}

/// Everything whose text is in one of the images.
fn pieces(chart: &Chart, done: &Done, found: &[Found]) -> Vec<Piece> {
    let mut images: Vec<&str> = found.iter().map(|one| one.image.image.as_str()).collect();
    images.sort_unstable();
    images.dedup();
    // A template may put another registry in front of what a value names.
    let is_piece = |text: &str| {
        let path = text.split_once('/').map_or(text, |(_, path)| path);
        !path.is_empty() && images.iter().any(|image| image.contains(path))
    };
    let mut pieces = Vec::new();
    in_table(&done.values, &mut Vec::new(), &mut |path, text| {
        if pieces.len() < MOST_VALUES && is_piece(&text) {
            pieces.push(Piece::Value { path: path.to_vec(), text });
        }
    });
    if is_piece(chart.version()) {
        pieces.push(Piece::Version);
    }
    app_versions(chart, (&mut Vec::new(), ""), &is_piece, &mut pieces);
    pieces
}

fn app_versions(
    chart: &Chart,
    (route, directory): (&mut Vec<usize>, &str),
    is_piece: &dyn Fn(&str) -> bool,
    pieces: &mut Vec<Piece>,
) {
    if is_piece(&chart.metadata.app_version) {
        let file = format!("{directory}Chart.yaml");
        pieces.push(Piece::AppVersion { route: route.clone(), file });
    }
    for (index, subchart) in chart.subcharts.iter().enumerate() {
        route.push(index);
        let below = format!("{directory}{}/", subchart.directory);
        app_versions(&subchart.chart, (route, &below), is_piece, pieces);
        route.pop();
    }
}

fn in_table(table: &Table, path: &mut Vec<Step>, visit: &mut dyn FnMut(&[Step], String)) {
    for (key, value) in table.iter() {
        path.push(Step::Key(key.to_string()));
        in_value(value, path, visit);
        path.pop();
    }
}

fn in_value(value: &Value, path: &mut Vec<Step>, visit: &mut dyn FnMut(&[Step], String)) {
    match value {
        Value::Table(table) => in_table(table, path, visit),
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(Step::Index(index));
                in_value(item, path, visit);
                path.pop();
            }
        }
        Value::String(text) => visit(path, text.to_string()),
        Value::Int(number) => visit(path, number.to_string()),
        Value::Float(number) => visit(path, number.to_string()),
        Value::Null | Value::Bool(_) => {}
    }
}

/// Renders with marks, and reads them.
fn marked(
    renderer: &Renderer,
    chart: &Chart,
    done: &Done,
    (pieces, found): (&[Piece], &[Found]),
) -> HashMap<PlaceKey, Vec<String>> {
    let mut values = renderer.values.clone();
    let mut marked = chart.clone();
    for (number, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Value { path, text } => {
                set(&mut values, &done.values, path, &with_mark(text, number));
            }
            Piece::AppVersion { route, .. } => {
                let at =
                    route.iter().fold(&mut marked, |at, index| &mut at.subcharts[*index].chart);
                at.metadata.app_version = with_mark(&at.metadata.app_version, number);
            }
            Piece::Version => marked.metadata.version = with_mark(chart.version(), number),
        }
    }
    // Charts that refuse images other than their author's do so with `fail`, which this passes over.
    let Ok(again) = renderer.render_with(&marked, &values, Lint::On) else {
        return HashMap::new();
    };
    let now: HashMap<PlaceKey, String> =
        images(&again).into_iter().map(|one| (one.key(), one.image.image)).collect();
    let read = |one: &Found| {
        let key = one.key();
        let (plain, numbers) = without_marks(now.get(&key)?);
        if plain != one.image.image {
            return None;
        }
        let mut names: Vec<String> = Vec::new();
        for number in numbers {
            let name = pieces.get(number)?.name();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Some((key, names))
    };
    found.iter().filter_map(read).collect()
}

/// Numbers get what versions may have behind them, so that comparing them does not change.
fn with_mark(text: &str, number: usize) -> String {
    let is_number =
        text.strip_prefix('v').unwrap_or(text).starts_with(|c: char| c.is_ascii_digit());
    let joint = if is_number && !text.contains(['/', ':', '@', '+']) { '+' } else { '-' };
    format!("{text}{joint}{OPEN}{number}{CLOSE}")
}

fn without_marks(text: &str) -> (String, Vec<usize>) {
    let (mut plain, mut numbers, mut rest) = (String::new(), Vec::new(), text);
    while let Some((before, after)) = rest.split_once(OPEN) {
        let number =
            after.split_once(CLOSE).and_then(|(number, rest)| Some((number.parse().ok()?, rest)));
        if let (Some((number, after)), Some(before)) =
            (number, before.strip_suffix(['-', '+', '_']))
        {
            plain.push_str(before);
            numbers.push(number);
            rest = after;
        } else {
            plain.push_str(before);
            plain.push_str(OPEN);
            rest = after;
        }
    }
    plain.push_str(rest);
    (plain, numbers)
}

/// Sets a value in the user's values; lists come whole from what the templates saw.
fn set(user: &mut Table, seen: &Table, path: &[Step], text: &str) {
    let [Step::Key(key), rest @ ..] = path else { return };
    if rest.is_empty() {
        return user.insert(key.as_str(), text);
    }
    let Some(below) = seen.get(key) else { return };
    if let Value::Table(below) = below {
        if !matches!(user.get(key), Some(Value::Table(_))) {
            user.insert(key.as_str(), Table::new());
        }
        if let Some(Value::Table(table)) = user.get_mut(key) {
            set(table, below, rest, text);
        }
        return;
    }
    if !matches!(user.get(key), Some(Value::List(_))) {
        user.insert(key.as_str(), below.clone());
    }
    if let Some(list) = user.get_mut(key) {
        set_in(list, rest, text);
    }
}

fn set_in(value: &mut Value, path: &[Step], text: &str) {
    match (value, path) {
        (value, []) => *value = text.into(),
        (Value::List(items), [Step::Index(index), rest @ ..]) => {
            if let Some(item) = items.get_mut(*index) {
                set_in(item, rest, text);
            }
        }
        (Value::Table(table), [Step::Key(key), rest @ ..]) => {
            if let Some(item) = table.get_mut(key) {
                set_in(item, rest, text);
            }
        }
        _ => {}
    }
}

impl Piece {
    fn name(&self) -> String {
        match self {
            Self::Value { path, .. } => {
                let mut name = String::new();
                for step in path {
                    match step {
                        Step::Key(key) if name.is_empty() => name.push_str(key),
                        Step::Key(key) => name.extend([".", key.as_str()]),
                        Step::Index(index) => name.extend(["[", &index.to_string(), "]"]),
                    }
                }
                name
            }
            Self::AppVersion { file, .. } => format!("{file} appVersion"),
            Self::Version => "Chart.yaml version".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_come_off_again() {
        let text =
            format!("{}/{}:{}", with_mark("r.io", 0), with_mark("a/b", 1), with_mark("1", 2));
        assert_eq!(text, "r.io-zq0qz/a/b-zq1qz:1+zq2qz");
        assert_eq!(without_marks(&text), ("r.io/a/b:1".into(), vec![0, 1, 2]));
        assert_eq!(without_marks("zq/azqqz:1"), ("zq/azqqz:1".into(), Vec::new()));
    }

    #[test]
    fn members_of_lists_are_set_where_they_are() {
        let list: Value =
            Value::List(vec![Table::from_iter([("image", Value::from("a:1"))]).into()]);
        let seen = Table::from_iter([("sidecars", list)]);
        let mut user = Table::new();
        let path = [Step::Key("sidecars".into()), Step::Index(0), Step::Key("image".into())];
        set(&mut user, &seen, &path, "b");
        let items = user.get("sidecars").and_then(Value::as_list).unwrap();
        assert_eq!(items[0].as_table().unwrap().get("image").and_then(Value::as_str), Some("b"));
    }
}
