//! One chart version of a repository's index, and the rules helm applies to it while loading.

use std::borrow::Cow;
use std::cmp::Ordering;

use semver::Version;

/// A chart version, as far as searching and pulling need it. Texts are as helm shows them: white space is spaces, and
/// what cannot be seen is gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IndexEntry<'a> {
    /// The chart's own name, which may differ from the key it is listed under.
    pub name: Cow<'a, str>,
    /// The version as it is written.
    pub version: Cow<'a, str>,
    /// The version of what it installs.
    pub app_version: Cow<'a, str>,
    /// One sentence.
    pub description: Cow<'a, str>,
    /// For searching.
    pub keywords: Vec<Cow<'a, str>>,
    /// Where the archive is, relative to the repository or anywhere. The first one counts.
    pub urls: Vec<Cow<'a, str>>,
    /// The archive's sha256 in hex, perhaps with `sha256:` in front; empty when the index has none.
    pub digest: Cow<'a, str>,
    /// `version`, read.
    pub parsed: Option<Version>,
    pub(crate) kind: Cow<'a, str>,
    /// What is wrong with its lists, found while reading them.
    pub(crate) fault: Option<String>,
}

/// An entry that helm leaves out, with a warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SkippedEntry {
    /// The key of the chart.
    pub chart: String,
    /// The entry's version; `None` for an entry that is null.
    pub version: Option<String>,
    /// helm's words for what is wrong with it.
    pub reason: String,
}

impl IndexEntry<'_> {
    /// Cleans the texts and reads the version; says what is wrong with the entry in helm's words.
    pub(crate) fn settle(&mut self) -> Result<(), String> {
        for text in [&mut self.description, &mut self.app_version, &mut self.name] {
            sanitize(text);
        }
        self.keywords.iter_mut().for_each(sanitize);
        self.parsed = self.version.parse().ok();
        match self.fault() {
            Some(fault) => Err(format!("validation: {fault}")),
            None => Ok(()),
        }
    }

    /// The first of helm's rules that the entry breaks.
    fn fault(&self) -> Option<String> {
        if self.name.is_empty() {
            return Some("chart.metadata.name is required".to_owned());
        }
        if self.name.contains('/') || matches!(&*self.name, "." | "..") {
            return Some(format!("chart.metadata.name {:?} is invalid", self.name));
        }
        if self.version.is_empty() {
            return Some("chart.metadata.version is required".to_owned());
        }
        if self.parsed.is_none() {
            return Some(format!("chart.metadata.version {:?} is invalid", self.version));
        }
        if !matches!(&*self.kind, "" | "application" | "library") {
            return Some("chart.metadata.type must be application or library".to_owned());
        }
        self.fault.clone()
    }

    /// Newest first; what has the same precedence stays in its order.
    pub(crate) fn newest_first(&self, other: &Self) -> Ordering {
        match (&self.parsed, &other.parsed) {
            (Some(one), Some(two)) => two.compare_precedence(one),
            (one, two) => two.is_some().cmp(&one.is_some()),
        }
    }
}

/// Removes invalid entries, last first as helm does, and sorts the others.
pub(crate) fn settle_all<'a>(
    chart: &str,
    entries: Vec<Option<IndexEntry<'a>>>,
    skipped: &mut Vec<SkippedEntry>,
) -> Vec<IndexEntry<'a>> {
    let mut kept = Vec::with_capacity(entries.len());
    for entry in entries.into_iter().rev() {
        let Some(mut entry) = entry else {
            let reason = String::new();
            skipped.push(SkippedEntry { chart: chart.to_owned(), version: None, reason });
            continue;
        };
        match entry.settle() {
            Ok(()) => kept.push(entry),
            Err(reason) => skipped.push(SkippedEntry {
                chart: chart.to_owned(),
                version: Some(entry.version.into_owned()),
                reason,
            }),
        }
    }
    kept.reverse();
    if !kept.is_sorted_by(|one, two| one.newest_first(two).is_le()) {
        kept.sort_by(IndexEntry::newest_first);
    }
    kept
}

/// White space becomes a space, what Go's `unicode.IsPrint` does not know is removed.
fn sanitize(text: &mut Cow<'_, str>) {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return;
    }
    let clean: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| is_visible(*c))
        .collect();
    if clean != **text {
        *text = Cow::Owned(clean);
    }
}

/// The standard library keeps the table of visible characters behind `escape_debug`; the letter in front keeps a
/// combining mark from counting as the start of a text.
fn is_visible(c: char) -> bool {
    if c.is_ascii() {
        return (' '..='~').contains(&c);
    }
    let mut text = String::with_capacity(5);
    text.push('a');
    text.push(c);
    text.escape_debug().nth(2).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &'static str, version: &'static str) -> IndexEntry<'static> {
        IndexEntry { name: name.into(), version: version.into(), ..IndexEntry::default() }
    }

    #[test]
    fn invalid_entries_are_left_out_last_first_and_the_rest_is_sorted() {
        let mut skipped = Vec::new();
        let entries = vec![
            Some(entry("a", "bad")),
            Some(entry("a", "1.0.0")),
            None,
            Some(entry("", "2.0.0")),
            Some(entry("a", "1.10.0")),
            Some(entry("a/b", "3.0.0")),
        ];
        let kept = settle_all("a", entries, &mut skipped);
        assert_eq!(kept.iter().map(|kept| &*kept.version).collect::<Vec<_>>(), ["1.10.0", "1.0.0"]);
        let reasons: Vec<_> = skipped.iter().map(|skipped| skipped.reason.as_str()).collect();
        assert_eq!(
            reasons,
            [
                "validation: chart.metadata.name \"a/b\" is invalid",
                "validation: chart.metadata.name is required",
                "",
                "validation: chart.metadata.version \"bad\" is invalid",
            ]
        );
    }

    #[test]
    fn texts_are_shown_as_helm_shows_them() {
        let mut shown = entry("a", "1.0.0");
        shown.description = "line\none\ttab é \u{200b}zero \u{1}<&> 中文".into();
        shown.settle().unwrap();
        assert_eq!(shown.description, "line one tab é zero <&> 中文");
    }
}
