//! Mistakes of indentation whose meaning is clear: `auth` with its keys beside it, keys that stand at the top.

use goyaml::Node;
use ops::{ProblemKind, Severity};

use super::Auth;
use super::edit::Edit;
use super::finding::Finding;
use super::reader::{Field, Reader, is_block};
use crate::say;

/// Spaces of one level, as the runbook writes it.
const LEVEL: usize = 2;
const AUTH_KEYS: [&str; 3] = ["username", "password", "registry"];
const PAIR: [&str; 2] = ["username", "password"];

impl<'a> Reader<'a> {
    /// Takes `auth` and the keys that belong below it out of the fields of `parent`, and reads them.
    pub(super) fn take_auth(&mut self, parent: &'a Node, fields: &mut Vec<Field<'a>>) -> Auth {
        let place = fields.iter().position(|field| field.name == "auth");
        let auth = place.map(|at| fields.remove(at));
        let (beside, rest): (Vec<_>, Vec<_>) =
            fields.drain(..).partition(|field| AUTH_KEYS.contains(&field.name.as_str()));
        *fields = rest;
        let Some(first) = beside.first() else {
            let Some(auth) = auth else { return Auth::default() };
            let below = self.fields(&auth.path, auth.value);
            return self.auth(below);
        };
        if auth.as_ref().is_some_and(|auth| !auth.value.is_null()) {
            let detail = say!("`auth` has keys below it too", "`auth` 之下也有键");
            self.error(ProblemKind::ConfigConflict, first.key, &first.path, detail);
            return Auth::default();
        }
        let edits = if is_block(parent) { self.nest(auth.as_ref(), &beside) } else { Vec::new() };
        let detail = say!("read as if they were nested below `auth`", "按嵌套在 `auth` 之下读取");
        let path = first
            .path
            .rsplit_once('.')
            .map_or("auth".to_owned(), |(path, _)| format!("{path}.auth"));
        let kind = ProblemKind::ConfigAuthNotNested;
        let finding = Finding::at(Severity::Warning, kind, first.key, &path, detail);
        self.findings.push(finding.with(edits));
        let beside = beside
            .into_iter()
            .map(|field| Field { path: format!("{path}.{}", field.name), ..field })
            .collect();
        self.auth(beside)
    }

    /// `username` and `password`. `registry` is always the one that images go to.
    fn auth(&mut self, fields: Vec<Field<'a>>) -> Auth {
        let mut auth = Auth::default();
        self.swapped_comments(&fields);
        let (pair, others): (Vec<_>, Vec<_>) =
            fields.into_iter().partition(|field| PAIR.contains(&field.name.as_str()));
        for field in &others {
            if field.name == "registry" {
                self.text(field);
                let detail = say!(
                    "the credentials belong to the registry that images go to",
                    "凭证始终用于镜像所推送的镜像仓库"
                );
                self.ignored(field, detail);
            } else {
                // It may be the one that lacks.
                auth.is_unusable = true;
                self.unknown(field, &AUTH_KEYS);
            }
        }
        self.pair(&mut auth, &pair);
        auth
    }

    fn pair(&mut self, auth: &mut Auth, fields: &[Field<'a>]) {
        for field in fields {
            let is_given = if field.name == "username" {
                auth.username = self.written_text(field);
                auth.username.is_some()
            } else {
                auth.password = self.secret(field);
                auth.password.is_some()
            };
            if !is_given {
                self.absent(auth, field);
            }
        }
        // One of two is an error, which whoever knows flags and variables too tells.
        if auth.username.is_none() && auth.password.is_none() && !auth.is_unusable {
            for field in fields {
                self.tell_lost(field);
            }
        }
    }

    /// Edits that bring the lines of `beside` below `auth`, which is written when it is missing.
    fn nest(&self, auth: Option<&Field<'a>>, beside: &[Field<'a>]) -> Vec<Edit> {
        if !beside.iter().chain(auth).all(|field| self.has_own_lines(field)) {
            return Vec::new();
        }
        let lines = self.lines();
        let ranges: Vec<_> = beside.iter().map(|field| lines.around(&field.span())).collect();
        let after = match auth {
            Some(auth) => lines.around(&auth.span()).end,
            None => ranges[0].start,
        };
        let mut edits = Vec::new();
        if auth.is_none() {
            let indentation = &self.text[ranges[0].start..beside[0].key.start];
            edits.push(Edit::insert(after, format!("{indentation}auth:\n")));
        }
        let mut end = after;
        let mut moved = String::new();
        for range in ranges {
            // Comments and blank lines between them do no harm; another key would.
            let is_next = range.start >= end && self.only_comments(end, range.start);
            if is_next && moved.is_empty() {
                edits.extend(lines.indent(&range, LEVEL));
                end = range.end;
            } else {
                let text = &self.text[range.clone()];
                moved.push_str(&" ".repeat(LEVEL));
                moved.push_str(text);
                if !text.ends_with('\n') {
                    moved.push('\n');
                }
                edits.push(Edit::replace(range, ""));
            }
        }
        if !moved.is_empty() {
            edits.push(Edit::insert(end, moved));
        }
        merge_insertions(edits)
    }

    fn only_comments(&self, from: usize, to: usize) -> bool {
        self.text[from..to].lines().all(|line| {
            let line = line.trim();
            line.is_empty() || line.starts_with('#')
        })
    }

    /// A key at the top that belongs to the empty section above it: told, with the lines indented.
    pub(super) fn misplaced(&mut self, field: &Field<'a>, section: &str) {
        let name = &field.name;
        let detail = say!("read as `{section}.{name}`", "按 `{section}.{name}` 读取");
        let edits = if self.has_own_lines(field) {
            let lines = self.lines();
            lines.indent(&lines.around(&field.span()), LEVEL)
        } else {
            Vec::new()
        };
        let kind = ProblemKind::ConfigNotNested;
        let finding = Finding::at(Severity::Warning, kind, field.key, &field.path, detail);
        self.findings.push(finding.with(edits));
    }
}

/// Joins insertions at one place, which would otherwise be taken for contradictions.
fn merge_insertions(edits: Vec<Edit>) -> Vec<Edit> {
    let mut merged: Vec<Edit> = Vec::new();
    for edit in edits {
        match merged.iter_mut().find(|other| other.range.start == edit.range.start) {
            Some(other) if other.range.is_empty() => {
                other.text.push_str(&edit.text);
                other.range.end = edit.range.end;
            }
            _ => merged.push(edit),
        }
    }
    merged
}
