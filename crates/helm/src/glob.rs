//! Patterns of `.Files.Glob`.

use std::collections::BTreeSet;

/// A pattern: `*` and `?` stay within a directory, `**` crosses them, `[a-z]` and `[!a]` are one character, `{a,b}` is
/// either, `\` takes away a character's meaning.
#[derive(Clone, Debug)]
pub(crate) struct Glob(Vec<Node>);

#[derive(Clone, Debug)]
enum Node {
    Literal(char),
    Any,
    Star,
    DoubleStar,
    Class { is_negated: bool, ranges: Vec<(char, char)> },
    Either(Vec<Vec<Node>>),
}

/// Alternatives in alternatives. Nobody writes more.
const MAX_DEPTH: usize = 32;

impl Glob {
    /// Reads a pattern. One that cannot be read matches everything, as in helm.
    pub(crate) fn parse(text: &str) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let mut parser = Parser { chars: &chars, at: 0 };
        match parser.sequence(0) {
            Some(nodes) if parser.at == chars.len() => Self(nodes),
            _ => Self(vec![Node::DoubleStar]),
        }
    }

    /// Whether the whole path matches.
    pub(crate) fn matches(&self, path: &str) -> bool {
        let path: Vec<char> = path.chars().collect();
        follow(&self.0, BTreeSet::from([0]), &path).contains(&path.len())
    }
}

struct Parser<'a> {
    chars: &'a [char],
    at: usize,
}

impl Parser<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.chars.get(self.at).copied();
        self.at += usize::from(c.is_some());
        c
    }

    /// Up to the end, or inside braces up to `,` or `}`, which are left there.
    fn sequence(&mut self, depth: usize) -> Option<Vec<Node>> {
        let mut nodes = Vec::new();
        while let Some(c) = self.chars.get(self.at).copied() {
            if depth > 0 && matches!(c, ',' | '}') {
                break;
            }
            self.at += 1;
            nodes.push(match c {
                // Nothing to take the meaning of at the end.
                '\\' => match self.next() {
                    Some(c) => Node::Literal(c),
                    None => break,
                },
                '?' => Node::Any,
                '*' if self.chars.get(self.at) == Some(&'*') => {
                    self.at += 1;
                    Node::DoubleStar
                }
                '*' => Node::Star,
                '[' => self.class()?,
                '{' => self.either(depth + 1)?,
                '}' | ']' if depth == 0 => Node::Literal(c),
                c => Node::Literal(c),
            });
        }
        Some(nodes)
    }

    fn either(&mut self, depth: usize) -> Option<Node> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut branches = Vec::new();
        loop {
            branches.push(self.sequence(depth)?);
            // Braces close at the end if they have to.
            if self.next() != Some(',') {
                return Some(Node::Either(branches));
            }
        }
    }

    /// One range, or characters up to `]`. Nothing else: `[a-ce]` cannot be read.
    fn class(&mut self) -> Option<Node> {
        let is_negated = self.chars.get(self.at) == Some(&'!');
        self.at += usize::from(is_negated);
        if self.chars.get(self.at + 1) == Some(&'-') {
            let low = self.next()?;
            self.at += 1;
            let high = self.next()?;
            let ranges = vec![(low, high)];
            return (self.next()? == ']').then_some(Node::Class { is_negated, ranges });
        }
        let mut ranges = Vec::new();
        loop {
            let c = match self.next()? {
                ']' if ranges.is_empty() => return None,
                ']' => return Some(Node::Class { is_negated, ranges }),
                '\\' => self.next()?,
                c => c,
            };
            ranges.push((c, c));
        }
    }
}

/// Where one can be in the path behind the nodes, starting from any of the places. Takes time in proportion to both.
fn follow(nodes: &[Node], places: BTreeSet<usize>, path: &[char]) -> BTreeSet<usize> {
    nodes.iter().fold(places, |places, node| step(node, &places, path))
}

fn step(node: &Node, places: &BTreeSet<usize>, path: &[char]) -> BTreeSet<usize> {
    let one = |fits: &dyn Fn(char) -> bool| {
        let fits = |at: &&usize| path.get(**at).is_some_and(|c| fits(*c));
        places.iter().filter(fits).map(|at| at + 1).collect()
    };
    match node {
        Node::Literal(literal) => one(&|c| c == *literal),
        Node::Any => one(&|c| c != '/'),
        Node::Class { is_negated, ranges } => {
            one(&|c| ranges.iter().any(|(low, high)| (low..=high).contains(&&c)) != *is_negated)
        }
        Node::DoubleStar => {
            places.first().map_or_else(BTreeSet::new, |first| (*first..=path.len()).collect())
        }
        Node::Star => {
            let mut reached = BTreeSet::new();
            for start in places {
                let mut at = *start;
                while reached.insert(at) && path.get(at).is_some_and(|c| *c != '/') {
                    at += 1;
                }
            }
            reached
        }
        Node::Either(branches) => {
            branches.iter().flat_map(|nodes| follow(nodes, places.clone(), path)).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [&str; 11] = [
        "config/.hidden",
        "config/UTF.txt",
        "config/a.conf",
        "config/b.bin",
        "config/sub/c.txt",
        "crlf.txt",
        "dup/a.conf",
        "empty.txt",
        "nl.txt",
        "top.txt",
        "x.yaml",
    ];

    /// What helm 4.3.1 found among these files.
    #[test]
    fn finds_what_helm_finds() {
        for (pattern, found) in [
            ("**", &FILES[..]),
            ("[", &FILES),
            ("*", &["crlf.txt", "empty.txt", "nl.txt", "top.txt", "x.yaml"]),
            ("config/*", &["config/.hidden", "config/UTF.txt", "config/a.conf", "config/b.bin"]),
            ("config/*.conf", &["config/a.conf"]),
            ("**.conf", &["config/a.conf", "dup/a.conf"]),
            ("**/*.conf", &["config/a.conf", "dup/a.conf"]),
            ("{config,dup}/a.*", &["config/a.conf", "dup/a.conf"]),
            ("config/[ab].*", &["config/a.conf", "config/b.bin"]),
            ("config/[!a].*", &["config/b.bin"]),
            ("config/?.conf", &["config/a.conf"]),
            ("nope/*", &[]),
            ("", &[]),
            ("conf?g/a.conf", &["config/a.conf"]),
            ("config?a.conf", &[]),
            ("{top,n{l,x}}.txt", &["nl.txt", "top.txt"]),
            ("config/[a-b].*", &["config/a.conf", "config/b.bin"]),
            ("config/\\a.conf", &["config/a.conf"]),
            ("config/[^a].*", &["config/a.conf"]),
            ("[a-]*", &FILES),
            ("[]a]", &FILES),
            ("[!]", &FILES),
            ("[a-c-e]*", &FILES),
            ("config/[ab", &FILES),
            ("{a", &[]),
            ("{,top}.txt", &["top.txt"]),
            ("top.txt\\", &["top.txt"]),
            ("config[!x]a.conf", &["config/a.conf"]),
            ("config/**c.txt", &["config/sub/c.txt"]),
            ("{config/a,top}.*", &["config/a.conf", "top.txt"]),
        ] {
            let glob = Glob::parse(pattern);
            let matched: Vec<_> = FILES.into_iter().filter(|path| glob.matches(path)).collect();
            assert_eq!(matched, found, "{pattern}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let start = std::time::Instant::now();
        let path = "a".repeat(2_000);
        assert!(!Glob::parse(&"*a".repeat(200)).matches(&format!("{path}b")));
        assert!(!Glob::parse(&format!("{}b", "{a,aa}".repeat(200))).matches(&path));
        assert!(Glob::parse(&"{".repeat(100)).matches("x"));
        assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
    }
}
