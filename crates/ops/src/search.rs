//! `search repo`: charts in the cached indexes, found and ordered as helm does; versions of a chart in a registry.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};

use chart_repository::{
    IndexEntry, IndexFile, RepositoriesFile, RepositoryEntry, constraint_fault,
};
use regex_automata::meta::Regex;
use semver::{Constraint, Version};
use serde::Serialize;

use crate::pull_oci::{OciChart, chart_versions};
use crate::repo_access::{HelmAccess, HelmFiles, cached_index, warn_of};
use crate::{HelmFailure, HelmWarning, Problem, ProblemKind};

/// What is between the texts of a chart that are searched. Where it stands before a match tells how good the match is.
const SEPARATOR: char = '\u{b}';

/// What `search repo` is told.
#[derive(Clone, Debug, Default)]
pub struct SearchOptions {
    /// The words, joined by spaces; empty finds everything.
    pub keyword: String,
    /// Whether the keyword is a regular expression.
    pub regexp: bool,
    /// Whether all versions are wanted.
    pub versions: bool,
    /// Pre-releases too.
    pub devel: bool,
    /// A constraint; empty is none.
    pub version: String,
}

/// A chart that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FoundChart {
    /// `alias/chart`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The version of what it installs.
    pub app_version: String,
    /// One sentence.
    pub description: String,
}

/// A candidate: `alias/chart` and one of its versions.
struct Candidate<'i> {
    name: &'i str,
    entry: &'i IndexEntry<'i>,
    score: usize,
}

/// Searches the cached indexes of all repositories.
pub fn search_repositories(
    options: &SearchOptions,
    files: &HelmFiles,
    warnings: &mut Vec<HelmWarning>,
) -> Result<Vec<FoundChart>, HelmFailure> {
    let list = RepositoriesFile::read(&files.repositories).unwrap_or_default();
    if list.entries.is_empty() {
        let problem = Problem::error(ProblemKind::RepositoriesNone, "", "");
        return Err(HelmFailure::new("no repositories configured", problem));
    }
    let cached = read_indexes(&list.entries, files, warnings);
    let indexes = parse_indexes(&cached, files, warnings);
    let names = chart_names(&indexes);
    let mut found = matching(&names, options)?;
    found.sort_by(order);
    Ok(select(found, options, &constraint(options)?))
}

/// A repository and the bytes of its index.
type Cached<'l> = (&'l RepositoryEntry, Vec<u8>);

fn read_indexes<'l>(
    entries: &'l [RepositoryEntry],
    files: &HelmFiles,
    warnings: &mut Vec<HelmWarning>,
) -> Vec<Cached<'l>> {
    let mut cached = Vec::new();
    for entry in entries {
        match cached_index(entry, &files.cache) {
            Ok(bytes) => cached.push((entry, bytes)),
            Err(error) => {
                warnings.push(HelmWarning::Unusable { repository: entry.name.clone(), error });
            }
        }
    }
    cached
}

fn parse_indexes<'c>(
    cached: &'c [Cached<'_>],
    files: &HelmFiles,
    warnings: &mut Vec<HelmWarning>,
) -> Vec<(&'c str, IndexFile<'c>)> {
    let mut indexes = Vec::new();
    for (entry, bytes) in cached {
        match IndexFile::parse(bytes) {
            Ok(index) => {
                warn_of(&index, &entry.index_path(&files.cache).display().to_string(), warnings);
                indexes.push((entry.name.as_str(), index));
            }
            Err(error) => warnings.push(HelmWarning::Unusable {
                repository: entry.name.clone(),
                error: format!(
                    "error loading {}: {}",
                    entry.index_path(&files.cache).display(),
                    error.text
                ),
            }),
        }
    }
    indexes
}

/// Every chart by its full name. Of versions that are written alike the last one counts.
fn chart_names<'i>(
    indexes: &'i [(&'i str, IndexFile<'i>)],
) -> Vec<(String, Vec<&'i IndexEntry<'i>>)> {
    let mut charts: Vec<(String, Vec<&IndexEntry<'_>>)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (alias, index) in indexes {
        for (chart, versions) in index.charts.iter().filter(|(_, versions)| !versions.is_empty()) {
            let name = joined(alias, chart);
            let mut seen = HashSet::new();
            let mut kept: Vec<_> =
                versions.iter().rev().filter(|entry| seen.insert(&*entry.version)).collect();
            kept.reverse();
            if let Some(at) = places.get(&name) {
                charts[*at].1.extend(kept);
            } else {
                places.insert(name.clone(), charts.len());
                charts.push((name, kept));
            }
        }
    }
    charts
}

/// `alias/chart`, cleaned as Go's `path.Join` does.
fn joined(alias: &str, chart: &str) -> String {
    let chart = chart.trim_matches('/');
    if alias.is_empty() { chart.to_owned() } else { format!("{alias}/{chart}") }
}

fn matching<'i>(
    charts: &'i [(String, Vec<&'i IndexEntry<'i>>)],
    options: &SearchOptions,
) -> Result<Vec<Candidate<'i>>, HelmFailure> {
    let keyword = options.keyword.to_lowercase();
    let regex =
        if options.regexp && !keyword.is_empty() { Some(compile(&options.keyword)?) } else { None };
    let mut found = Vec::new();
    let mut line = String::new();
    for (name, versions) in charts {
        for entry in versions {
            let score = if keyword.is_empty() {
                Some(0)
            } else {
                searched(name, entry, &mut line);
                if regex.is_none() {
                    lower(&mut line);
                }
                let at = match &regex {
                    Some(regex) => regex.find(line.as_bytes()).map(|found| found.start()),
                    None => line.find(&keyword),
                };
                at.map(|at| line[..at].matches(SEPARATOR).count())
            };
            found.extend(score.map(|score| Candidate { name, entry, score }));
        }
    }
    Ok(found)
}

/// What is searched of a chart (words without regard to case): its name, its full name, its description, its keywords.
fn searched(name: &str, entry: &IndexEntry<'_>, line: &mut String) {
    line.clear();
    let alias = name.split('/').next().unwrap_or_default();
    for text in
        [&*entry.name, "\u{b}", alias, "/", &*entry.name, "\u{b}", &*entry.description, "\u{b}"]
    {
        line.push_str(text);
    }
    for (at, keyword) in entry.keywords.iter().enumerate() {
        if at > 0 {
            line.push(' ');
        }
        line.push_str(keyword);
    }
}

fn lower(line: &mut String) {
    if line.is_ascii() {
        line.make_ascii_lowercase();
    } else {
        *line = line.to_lowercase();
    }
}

fn compile(expression: &str) -> Result<Regex, HelmFailure> {
    Regex::new(expression).map_err(|error| {
        let cause = match error.syntax_error() {
            Some(cause) => go_fault(cause.to_string().lines().last().unwrap_or_default()),
            None => error.to_string(),
        };
        HelmFailure::new(
            format!("error parsing regexp: {cause}: `{expression}`"),
            Problem::error(ProblemKind::SearchExpression, expression, cause),
        )
    })
}

/// What is wrong with an expression, in Go's words where they are other ones.
fn go_fault(fault: &str) -> String {
    match fault.trim_start_matches("error: ") {
        "unclosed group" => "missing closing )",
        "unopened group" => "unexpected )",
        "unclosed character class" => "missing closing ]",
        "repetition operator missing expression" => "missing argument to repetition operator",
        other => other,
    }
    .to_owned()
}

/// The better match first, then by name, then the newest.
fn order(one: &Candidate<'_>, two: &Candidate<'_>) -> Ordering {
    one.score.cmp(&two.score).then_with(|| one.name.cmp(two.name)).then_with(|| {
        match (&one.entry.parsed, &two.entry.parsed) {
            (Some(one), Some(two)) => two.compare_precedence(one),
            (one, two) => two.is_some().cmp(&one.is_some()),
        }
    })
}

fn constraint(options: &SearchOptions) -> Result<Constraint, HelmFailure> {
    let text = match (options.version.as_str(), options.devel) {
        ("", true) => ">0.0.0-0",
        ("", false) => ">0.0.0",
        (version, _) => version,
    };
    text.parse().map_err(|error| {
        let fault = constraint_fault(&error);
        HelmFailure::new(
            format!("an invalid version/constraint format: {fault}"),
            Problem::error(ProblemKind::VersionConstraint, text, fault),
        )
    })
}

/// What satisfies the constraint: the newest of each chart, or all.
fn select(
    found: Vec<Candidate<'_>>,
    options: &SearchOptions,
    constraint: &Constraint,
) -> Vec<FoundChart> {
    let mut seen = HashSet::new();
    let mut selected = Vec::new();
    for Candidate { name, entry, .. } in found {
        if !options.versions && seen.contains(name) {
            continue;
        }
        if entry.parsed.as_ref().is_some_and(|version: &Version| constraint.matches(version)) {
            seen.insert(name);
            let text = |text: &Cow<'_, str>| text.clone().into_owned();
            selected.push(FoundChart {
                name: name.to_owned(),
                version: text(&entry.version),
                app_version: text(&entry.app_version),
                description: text(&entry.description),
            });
        }
    }
    selected
}

/// The versions of a chart in a registry, which helm cannot list: from its tags, newest first.
pub async fn search_registry(
    options: &SearchOptions,
    access: &HelmAccess,
    files: &HelmFiles,
) -> Result<Vec<FoundChart>, HelmFailure> {
    let chart = OciChart::parse(&options.keyword)?;
    let constraint = constraint(options)?;
    let versions = chart_versions(&chart, access, files).await?;
    let fitting = versions.iter().filter(|version| constraint.matches(version));
    let most = if options.versions { usize::MAX } else { 1 };
    let found = fitting.take(most).map(|version| FoundChart {
        name: format!("oci://{}", chart.name()),
        version: version.as_str().to_owned(),
        app_version: String::new(),
        description: String::new(),
    });
    Ok(found.collect())
}
