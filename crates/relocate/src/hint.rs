//! Image hints: the list in a chart's `.relok8s-images.yaml` that says which values make up which image.
//!
//! A hint is a reference with placeholders, `{{ .image.registry }}/{{ .image.repository }}:{{ .image.tag }}`. A
//! placeholder is a path of keys into the values; there are no functions and no pipelines. What stands behind the last
//! colon is the tag, what stands behind `@` the digest; one placeholder in front of them is the whole name, two are
//! registry and repository.

use std::fmt;
use std::sync::Arc;

use goyaml::{Kind, Node};

/// Hints in one file; a bundle has a few dozen.
const MOST_HINTS: usize = 5_000;
/// Characters of one hint.
const LONGEST_HINT: usize = 2_000;

/// The hints of a chart, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hints {
    /// The file they came from, for messages.
    pub member: String,
    /// The hints.
    pub hints: Vec<Hint>,
}

/// One hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Where it is written.
    pub place: Arc<HintPlace>,
    /// What it is made of, in order.
    pub segments: Vec<Segment>,
    /// How many segments make up the name; what follows is tag and digest with their `:` and `@`.
    pub(crate) name_segments: usize,
}

/// Where a hint is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HintPlace {
    /// The file.
    pub member: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// The hint.
    pub text: String,
}

/// A piece of a hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    /// Text that stays.
    Literal(String),
    /// A value.
    Placeholder(Placeholder),
}

/// `{{ .a.b.c }}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placeholder {
    /// The keys, from the top of the chart's values.
    pub path: Vec<String>,
    /// What it stands for.
    pub role: Role,
    /// Its column in the file, in characters, from 1.
    pub column: usize,
}

/// What a placeholder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The first of two in the name.
    Registry,
    /// The second of two.
    Repository,
    /// The only one: registry and repository in one value, or a whole reference.
    Name,
    /// Behind the colon.
    Tag,
    /// Behind `@`.
    Digest,
}

/// A hint, or a list of them, that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct HintError {
    /// Where. The text is that of the hint, empty when it is about the file.
    pub place: HintPlace,
    /// What.
    pub kind: HintErrorKind,
}

/// What is wrong with a hint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HintErrorKind {
    /// Not YAML. A hint that starts with `{{` must be in quotes.
    #[error("the list of hints is not YAML: {0}")]
    Yaml(String),
    /// Not a list.
    #[error("the hints must be a list of texts, this is {0}")]
    NotAList(&'static str),
    /// A member that is no text.
    #[error("a hint must be a text in quotes, this is {0}")]
    NotText(&'static str),
    /// More than are read.
    #[error("more than {0} hints")]
    TooMany(usize),
    /// Longer than a hint can be.
    #[error("a hint of more than {0} characters")]
    TooLong(usize),
    /// `{{` without `}}`.
    #[error("`{{{{` is not closed by `}}}}`")]
    Unclosed,
    /// `}}` without `{{`.
    #[error("`}}}}` closes nothing")]
    Unopened,
    /// `{{ image.tag }}`.
    #[error("`{{{{ {0} }}}}` must start with a dot: `{{{{ .{0} }}}}`")]
    NoDot(String),
    /// `{{ .a.b/c }}`, `{{ .a | quote }}`, `{{ .a[0] }}`.
    #[error("`{0}` is not a path of keys: `{1}` cannot be part of one")]
    NotAPath(String, char),
    /// `{{ . }}`, `{{ .a..b }}`.
    #[error("`{0}` has an empty key")]
    EmptyKey(String),
    /// Nothing to write a new name into.
    #[error("no placeholder for the name: there is no value to change")]
    NoName,
    /// More than registry and repository.
    #[error("{0} placeholders in the name: at most two, registry and repository")]
    TooManyNames(usize),
    /// `:{{ .a }}-{{ .b }}`.
    #[error("more than one placeholder in the tag")]
    TooManyTags,
    /// More than one digest.
    #[error("more than one placeholder in the digest")]
    TooManyDigests,
}

impl Hints {
    /// Reads a list of hints. An empty file is no hints. Every mistake is found, not only the first.
    pub fn parse(bytes: &[u8], member: &str) -> Result<Self, Vec<HintError>> {
        let at = |line, column, text: &str| HintPlace {
            member: member.into(),
            line,
            column,
            text: text.into(),
        };
        let document = goyaml::parse_one(bytes).map_err(|error| {
            let kind = HintErrorKind::Yaml(error.reason);
            vec![HintError { place: at(error.line, error.column, ""), kind }]
        })?;
        let root = document.root.resolved();
        let whole = |kind| Err(vec![HintError { place: at(root.line, root.column, ""), kind }]);
        let items = match &root.kind {
            _ if root.is_null() => &[],
            Kind::Sequence { items, .. } => items.as_slice(),
            _ => return whole(HintErrorKind::NotAList(name_of(root))),
        };
        if items.len() > MOST_HINTS {
            return whole(HintErrorKind::TooMany(MOST_HINTS));
        }
        let mut hints = Vec::with_capacity(items.len());
        let mut errors = Vec::new();
        for item in items {
            let Some(text) = text_of(item) else {
                let kind = HintErrorKind::NotText(name_of(item));
                errors.push(HintError { place: at(item.line, item.column, ""), kind });
                continue;
            };
            let place = at(item.line, item.column, text);
            let shift = first_column(item, bytes);
            match parse_hint(text, shift) {
                Ok((segments, name_segments)) => {
                    hints.push(Hint { place: Arc::new(place), segments, name_segments });
                }
                Err((offset, kind)) => {
                    let column = shift.column(text, offset);
                    errors.push(HintError { place: HintPlace { column, ..place }, kind });
                }
            }
        }
        if errors.is_empty() { Ok(Self { member: member.into(), hints }) } else { Err(errors) }
    }
}

impl Hint {
    /// Its placeholders, in order.
    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Placeholder(placeholder) => Some(placeholder),
            Segment::Literal(_) => None,
        })
    }

    /// Whether neither tag nor digest have a placeholder.
    pub fn is_tagless(&self) -> bool {
        !self.placeholders().any(|part| matches!(part.role, Role::Tag | Role::Digest))
    }
}

impl Placeholder {
    /// `.a.b.c`.
    pub fn dotted(&self) -> String {
        format!(".{}", self.path.join("."))
    }
}

impl fmt::Display for HintPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.member, self.line)
    }
}

fn name_of(node: &Node) -> &'static str {
    match node.to_value() {
        Ok(value) => value.type_name(),
        Err(_) => "no value",
    }
}

/// The text of a list member. YAML reads `{{ .a }}` without quotes as a map, and never as text.
fn text_of(item: &Node) -> Option<&str> {
    match item.to_value() {
        Ok(goyaml::Value::String(_)) => item.text(),
        _ => None,
    }
}

/// How places in a hint's text become columns in the file.
#[derive(Clone, Copy)]
struct Shift {
    column: usize,
    /// Whether the text stands in the file as it is.
    is_verbatim: bool,
}

impl Shift {
    fn column(self, text: &str, offset: usize) -> usize {
        if !self.is_verbatim {
            return self.column;
        }
        self.column + text.get(..offset).unwrap_or("").chars().count()
    }
}

fn first_column(item: &Node, bytes: &[u8]) -> Shift {
    let written = bytes.get(item.span.clone()).unwrap_or_default();
    let text = item.text().unwrap_or("").as_bytes();
    let is_plain = written == text;
    let is_quoted = written.len() == text.len() + 2 && written[1..].starts_with(text);
    // Anchors and tags in front of a hint are nothing anybody writes.
    let is_bare = item.start == item.span.start && matches!(item.kind, Kind::Scalar { .. });
    Shift {
        column: item.column + usize::from(is_bare && is_quoted && !is_plain),
        is_verbatim: is_bare && (is_plain || is_quoted),
    }
}

type Parsed = (Vec<Segment>, usize);

/// Splits a hint; an error comes with its byte in the text.
fn parse_hint(text: &str, shift: Shift) -> Result<Parsed, (usize, HintErrorKind)> {
    if text.chars().count() > LONGEST_HINT {
        return Err((0, HintErrorKind::TooLong(LONGEST_HINT)));
    }
    let mut segments = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let open = rest.find("{{");
        let literal = &rest[..open.unwrap_or(rest.len())];
        if let Some(stray) = literal.find("}}") {
            return Err((at + stray, HintErrorKind::Unopened));
        }
        push_literal(&mut segments, literal);
        let Some(open) = open else { break };
        let Some(length) = rest[open..].find("}}") else {
            return Err((at + open, HintErrorKind::Unclosed));
        };
        let path =
            parse_path(rest[open + 2..open + length].trim()).map_err(|kind| (at + open, kind))?;
        let column = shift.column(text, at + open);
        segments.push(Segment::Placeholder(Placeholder { path, role: Role::Name, column }));
        at += open + length + 2;
    }
    let name_segments = assign_roles(&mut segments).map_err(|kind| (0, kind))?;
    Ok((segments, name_segments))
}

/// Pushes text so that `:` and `@` start a literal of their own: roles follow from them.
fn push_literal(segments: &mut Vec<Segment>, literal: &str) {
    let mut start = 0;
    for (at, c) in literal.char_indices() {
        if at > start && matches!(c, ':' | '@') {
            segments.push(Segment::Literal(literal[start..at].into()));
            start = at;
        }
    }
    if start < literal.len() {
        segments.push(Segment::Literal(literal[start..].into()));
    }
}

fn parse_path(inner: &str) -> Result<Vec<String>, HintErrorKind> {
    let Some(path) = inner.strip_prefix('.') else {
        return Err(HintErrorKind::NoDot(inner.into()));
    };
    let is_foreign =
        |c: char| c.is_whitespace() || c.is_control() || "/|()[]{}\"'`$:,@".contains(c);
    if let Some(foreign) = path.chars().find(|c| is_foreign(*c)) {
        return Err(HintErrorKind::NotAPath(inner.into(), foreign));
    }
    let keys: Vec<String> = path.split('.').map(str::to_owned).collect();
    if keys.iter().any(String::is_empty) {
        return Err(HintErrorKind::EmptyKey(inner.into()));
    }
    Ok(keys)
}

/// Finds where the name ends, and says so in the placeholders.
fn assign_roles(segments: &mut [Segment]) -> Result<usize, HintErrorKind> {
    let starts_with =
        |segment: &Segment, c| matches!(segment, Segment::Literal(text) if text.starts_with(c));
    let digest = segments.iter().position(|segment| starts_with(segment, '@'));
    let digest = digest.unwrap_or(segments.len());
    // A colon is the tag's when no slash follows: `host:5000/…` has a port.
    let has_slash =
        |segment: &Segment| matches!(segment, Segment::Literal(text) if text.contains('/'));
    let tag = segments[..digest]
        .iter()
        .rposition(|segment| starts_with(segment, ':'))
        .filter(|at| !segments[*at..digest].iter().any(has_slash))
        .unwrap_or(digest);
    let roles =
        [(0..tag, Role::Name), (tag..digest, Role::Tag), (digest..segments.len(), Role::Digest)];
    let [names, tags, digests] = roles.map(|(range, of_range)| {
        let mut count = 0_usize;
        for segment in &mut segments[range] {
            if let Segment::Placeholder(Placeholder { role, .. }) = segment {
                *role = of_range;
                count += 1;
            }
        }
        count
    });
    match (names, tags, digests) {
        (0, ..) => return Err(HintErrorKind::NoName),
        (3.., ..) => return Err(HintErrorKind::TooManyNames(names)),
        (_, 2.., _) => return Err(HintErrorKind::TooManyTags),
        (_, _, 2..) => return Err(HintErrorKind::TooManyDigests),
        (2, ..) => name_pair(&mut segments[..tag]),
        _ => {}
    }
    Ok(tag)
}

fn name_pair(segments: &mut [Segment]) {
    let mut pair = [Role::Registry, Role::Repository].into_iter();
    for segment in segments {
        if let Segment::Placeholder(Placeholder { role, .. }) = segment {
            *role = pair.next().unwrap_or(Role::Repository);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Hints, Vec<HintError>> {
        Hints::parse(text.as_bytes(), "hints.yaml")
    }

    fn roles(hint: &str) -> Vec<(String, Role)> {
        let hints = parse(&format!("- \"{hint}\"\n")).unwrap();
        hints.hints[0].placeholders().map(|part| (part.dotted(), part.role)).collect()
    }

    #[test]
    fn an_empty_list_is_no_hints() {
        for text in ["", "---\n", "# none\n", "[]", "---\n# none\n[]\n", "null"] {
            assert!(parse(text).unwrap().hints.is_empty(), "{text:?}");
        }
    }

    #[test]
    fn roles_follow_from_the_text_around() {
        let role = |path: &str, role| (path.to_owned(), role);
        assert_eq!(
            roles("{{ .a.registry }}/{{.a.repository}}:{{ .a.tag}}"),
            [
                role(".a.registry", Role::Registry),
                role(".a.repository", Role::Repository),
                role(".a.tag", Role::Tag)
            ]
        );
        assert_eq!(
            roles("{{ .metrics-server.image }}:{{ .t }}@{{ .d }}"),
            [
                role(".metrics-server.image", Role::Name),
                role(".t", Role::Tag),
                role(".d", Role::Digest)
            ]
        );
        assert_eq!(roles("{{ .image }}"), [role(".image", Role::Name)]);
        assert_eq!(
            roles("{{ .r }}:5000/{{ .p }}/gateway:{{ .t }}-ubuntu"),
            [role(".r", Role::Registry), role(".p", Role::Repository), role(".t", Role::Tag)]
        );
        assert_eq!(
            roles("docker.io/{{ .p }}:v{{ .t }}"),
            [role(".p", Role::Name), role(".t", Role::Tag)]
        );
        assert!(parse("- '{{ .a }}/x:1'").unwrap().hints[0].is_tagless());
    }

    #[test]
    fn every_mistake_is_found_with_its_place() {
        let text = "---\n# 提示\n- \"{{ operatorWebhook.image }}:{{ .t }}\"\n- '中 {{ .a.b/c }}'\n- {{ .a }}: x\n";
        // The unquoted one spoils the YAML, which is all that can be said then.
        assert!(
            matches!(
                &parse(text).unwrap_err()[..],
                [HintError { kind: HintErrorKind::Yaml(_), .. }]
            ) || parse(text).is_err()
        );

        let text = "---\n# 提示\n- \"{{ operatorWebhook.image }}:{{ .t }}\"\n- '中 {{ .a.b/c }}'\n- 5\n- [x]\n- \"{{ .a\"\n- \"a}} {{ .b }}\"\n- \"{{ .a..b }}\"\n- \"nginx:1\"\n- \"{{ .a }}/{{ .b }}/{{ .c }}\"\n- \"{{ .a }}:{{ .b }}{{ .c }}\"\n- \"{{ .a }}@{{ .b }}{{ .c }}\"\n- \"{{ .a | quote }}\"\n- \"{{ .ok }}\"\n- \"{{ . }}\"\n- \"{{}}\"\n";
        let errors = parse(text).unwrap_err();
        let found: Vec<_> = errors
            .iter()
            .map(|error| (error.place.line, error.place.column, error.to_string()))
            .collect();
        let expected = [
            (
                3,
                4,
                "`{{ operatorWebhook.image }}` must start with a dot: `{{ .operatorWebhook.image }}`",
            ),
            (4, 6, "`.a.b/c` is not a path of keys: `/` cannot be part of one"),
            (5, 3, "a hint must be a text in quotes, this is a number"),
            (6, 3, "a hint must be a text in quotes, this is a list"),
            (7, 4, "`{{` is not closed by `}}`"),
            (8, 5, "`}}` closes nothing"),
            (9, 4, "`.a..b` has an empty key"),
            (10, 4, "no placeholder for the name: there is no value to change"),
            (11, 4, "3 placeholders in the name: at most two, registry and repository"),
            (12, 4, "more than one placeholder in the tag"),
            (13, 4, "more than one placeholder in the digest"),
            (14, 4, "`.a | quote` is not a path of keys: ` ` cannot be part of one"),
            (16, 4, "`.` has an empty key"),
            (17, 4, "`{{  }}` must start with a dot: `{{ . }}`"),
        ];
        assert_eq!(found, expected.map(|(line, column, text)| (line, column, text.to_owned())));
    }

    #[test]
    fn limits_hold() {
        let many = "- \"{{ .a }}\"\n".repeat(MOST_HINTS + 1);
        assert_eq!(parse(&many).unwrap_err()[0].kind, HintErrorKind::TooMany(MOST_HINTS));
        let long = format!("- \"{{{{ .{} }}}}\"\n", "a".repeat(LONGEST_HINT));
        assert_eq!(parse(&long).unwrap_err()[0].kind, HintErrorKind::TooLong(LONGEST_HINT));
        assert_eq!(parse("a: b").unwrap_err()[0].kind, HintErrorKind::NotAList("a map"));
    }
}
