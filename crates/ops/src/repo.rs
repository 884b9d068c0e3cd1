//! `repo add`, `list`, `update`, `remove`: helm's list of repositories and the indexes cached beside it.

use std::fmt::Write as _;
use std::path::Path;

use bytes::Bytes;
use chart_repository::{
    Harbor, IndexFile, IndexFileError, RepositoriesFile, RepositoryEntry, write_atomically,
};
use futures_util::future::join_all;
use registry_client::{Credential, Url};

use crate::repo_access::{
    HelmAccess, HelmFiles, MAX_INDEX, file_failure, index_problem, index_url, io_failure,
    read_repositories, warn_of,
};
use crate::{HelmFailure, HelmWarning, Problem, ProblemKind};

/// Repositories that are gone for good, and what took their place.
const DEPRECATED: [(&str, &str); 2] = [
    ("//kubernetes-charts.storage.googleapis.com", "https://charts.helm.sh/stable"),
    ("//kubernetes-charts-incubator.storage.googleapis.com", "https://charts.helm.sh/incubator"),
];

/// What `repo add` is told.
#[derive(Clone, Debug)]
pub struct RepoAddOptions {
    /// The alias.
    pub name: String,
    /// The address.
    pub url: String,
    /// How it is reached; kept in the file as far as helm keeps it.
    pub access: HelmAccess,
    /// `--cert-file`, kept in the file.
    pub cert_file: String,
    /// `--key-file`, kept in the file.
    pub key_file: String,
    /// Whether an alias that exists may get another address.
    pub force_update: bool,
    /// Whether repositories that are gone may be added.
    pub allow_deprecated: bool,
    /// helm's files.
    pub files: HelmFiles,
}

/// What `repo add` did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepoAdded {
    /// It is in the list now.
    Added,
    /// It was, with the same settings.
    AlreadyThere,
}

/// Adds a repository: its index is read first, so that only one that works is added.
pub async fn repo_add(
    options: &RepoAddOptions,
    warnings: &mut Vec<HelmWarning>,
) -> Result<RepoAdded, HelmFailure> {
    let RepoAddOptions { name, url, files, .. } = options;
    if !options.allow_deprecated
        && let Some((_, instead)) = DEPRECATED.iter().find(|(gone, _)| url.contains(gone))
    {
        return Err(HelmFailure::plain(format!(
            "repo {url:?} is no longer available; try {instead:?} instead"
        )));
    }
    let _lock =
        RepositoriesFile::lock(&files.repositories).map_err(|error| file_failure(&error))?;
    let mut list = read_repositories(&files.repositories)?;
    if name.contains('/') {
        return Err(HelmFailure::new(
            format!(
                "repository name ({name}) contains '/', please specify a different name without '/'"
            ),
            Problem::error(ProblemKind::RepositoryName, name, ""),
        ));
    }
    let entry = entry(options);
    if let Some(known) = list.get(name).filter(|_| !options.force_update) {
        if *known == entry {
            return Ok(RepoAdded::AlreadyThere);
        }
        return Err(HelmFailure::new(
            format!("repository name ({name}) already exists, please specify a different name"),
            Problem::error(ProblemKind::RepositoryExists, name, format!("{} -> {url}", known.url)),
        ));
    }
    refuse_client_certificate(&entry)?;
    let outcome = download(&entry, &options.access, &files.cache, warnings).await;
    outcome.map_err(|refusal| refusal.into_failure(url))?;
    list.update(entry);
    list.write(&files.repositories).map_err(|error| file_failure(&error))?;
    Ok(RepoAdded::Added)
}

fn entry(options: &RepoAddOptions) -> RepositoryEntry {
    let access = &options.access;
    let path = |path: &Path| path.display().to_string();
    RepositoryEntry {
        name: options.name.clone(),
        url: options.url.clone(),
        username: access.username.clone(),
        password: access.password.clone().filter(|password| !password.expose().is_empty()),
        cert_file: options.cert_file.clone(),
        key_file: options.key_file.clone(),
        ca_file: access.ca_file.as_deref().map(path).unwrap_or_default(),
        insecure_skip_tls_verify: access.insecure,
        pass_credentials_all: access.pass_credentials,
    }
}

/// Certificates of our own are not shown to servers yet.
pub(crate) fn refuse_client_certificate(entry: &RepositoryEntry) -> Result<(), HelmFailure> {
    if entry.cert_file.is_empty() && entry.key_file.is_empty() {
        return Ok(());
    }
    Err(client_certificate_failure(&entry.name))
}

/// That `--cert-file` and `--key-file` are not there yet.
pub fn client_certificate_failure(subject: &str) -> HelmFailure {
    HelmFailure::new(
        "--cert-file and --key-file are not supported",
        Problem::error(ProblemKind::ClientCertificate, subject, "--cert-file, --key-file"),
    )
}

/// Why an index is not in the cache now.
pub(crate) struct IndexRefusal {
    /// helm's words.
    pub(crate) line: String,
    /// Whether it is the repository's fault, and not that of our own files or flags.
    is_theirs: bool,
    pub(crate) problem: Problem,
}

impl IndexRefusal {
    pub(crate) fn theirs(line: String, problem: Problem) -> Self {
        Self { line, is_theirs: true, problem }
    }

    pub(crate) fn own(failure: HelmFailure) -> Self {
        let none = || Problem::error(ProblemKind::Internal, "a failure without a problem", "");
        let problem = failure.problems.into_iter().next().unwrap_or_else(none);
        Self { line: failure.line, is_theirs: false, problem }
    }

    /// As `repo add` and `--repo` put it.
    pub(crate) fn into_failure(self, url: &str) -> HelmFailure {
        let Self { line, is_theirs, problem } = self;
        if !is_theirs {
            return HelmFailure::new(line, problem);
        }
        let unreachable = "is not a valid chart repository or cannot be reached";
        HelmFailure::new(format!("looks like {url:?} {unreachable}: {line}"), problem)
    }
}

/// Reads a repository's index and keeps it in the cache with the names of its charts.
async fn download(
    entry: &RepositoryEntry,
    access: &HelmAccess,
    cache: &Path,
    warnings: &mut Vec<HelmWarning>,
) -> Result<(), IndexRefusal> {
    refuse_client_certificate(entry).map_err(IndexRefusal::own)?;
    let bytes = fetch_index(&entry.url, &access.of_entry(entry)).await?;
    let index = match IndexFile::parse(&bytes) {
        Ok(index) => index,
        Err(error) => return Err(unreadable(&entry.url, &access.of_entry(entry), error).await),
    };
    warn_of(&index, &entry.url, warnings);
    keep(entry, cache, &bytes, &index).map_err(IndexRefusal::own)
}

/// The bytes of a repository's index.
pub(crate) async fn fetch_index(url: &str, access: &HelmAccess) -> Result<Bytes, IndexRefusal> {
    let url = index_url(url).map_err(IndexRefusal::own)?;
    match access.get(&url, &url, MAX_INDEX).await {
        Ok(bytes) => Ok(bytes),
        Err(error) => {
            let problem = gone(&url, access).await.unwrap_or_else(|| error.problem());
            Err(IndexRefusal::theirs(error.line(), problem))
        }
    }
}

/// What an answer is that is no index: that of a Harbor without a chart repository may be its web page.
pub(crate) async fn unreadable(
    url: &str,
    access: &HelmAccess,
    error: IndexFileError,
) -> IndexRefusal {
    let moved = match index_url(url) {
        Ok(url) => gone(&url, access).await,
        Err(_) => None,
    };
    let problem = moved.unwrap_or_else(|| index_problem(url, &error));
    IndexRefusal::theirs(error.text, problem)
}

fn keep(
    entry: &RepositoryEntry,
    cache: &Path,
    bytes: &[u8],
    index: &IndexFile<'_>,
) -> Result<(), HelmFailure> {
    let mut names = String::new();
    for name in index.names() {
        names.push_str(name);
        names.push('\n');
    }
    std::fs::create_dir_all(cache).map_err(|error| io_failure("mkdir", cache, &error))?;
    for (path, content) in
        [(entry.charts_path(cache), names.as_bytes()), (entry.index_path(cache), bytes)]
    {
        write_atomically(&path, content, 0o644)
            .map_err(|error| io_failure("open", &path, &error))?;
    }
    Ok(())
}

/// Whether the address is that of a Harbor that has no chart repository any more; its charts are in its registry.
pub(crate) async fn gone(url: &Url, access: &HelmAccess) -> Option<Problem> {
    let (prefix, rest) = url.path().split_once("/chartrepo/")?;
    let project = rest.split('/').next().filter(|project| !project.is_empty())?;
    let client = access.client(url).ok()?;
    let base = format!("{}{prefix}", url.origin().ascii_serialization());
    let credential = access
        .password
        .clone()
        .filter(|_| !access.username.is_empty())
        .map(|password| Credential::basic(access.username.clone(), password));
    let harbor = Harbor::new(&client, &base, credential).ok()?;
    let info = harbor.system_info().await.ok()??;
    if info.has_chart_repository {
        return None;
    }
    let instead = format!("oci://{}/{project}", harbor.host());
    let version = info.harbor_version.unwrap_or_default();
    let detail =
        if version.is_empty() { instead.clone() } else { format!("{instead} (Harbor {version})") };
    Some(Problem::error(ProblemKind::RepositoryMoved, instead, detail))
}

/// The configured repositories, for `repo list`. A file that cannot be read counts as none, as with helm.
pub fn repo_list(files: &HelmFiles) -> Vec<RepositoryEntry> {
    RepositoriesFile::read(&files.repositories).map(|list| list.entries).unwrap_or_default()
}

/// What became of a repository in an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepoUpdated {
    /// Its alias.
    pub name: String,
    /// Its address.
    pub url: String,
    /// helm's words for what went wrong, and what it means.
    pub failure: Option<(String, Problem)>,
}

/// Reads the indexes of the named repositories anew, or of all.
pub async fn repo_update(
    names: &[String],
    access: &HelmAccess,
    files: &HelmFiles,
    warnings: &mut Vec<HelmWarning>,
) -> Result<Vec<RepoUpdated>, HelmFailure> {
    let list = RepositoriesFile::read(&files.repositories);
    let list = match list {
        Ok(list) => list,
        Err(chart_repository::RepositoriesFileError::Missing(_)) => RepositoriesFile::default(),
        Err(error) => {
            let mut failure = file_failure(&error);
            failure.line =
                format!("failed loading file: {}: {}", files.repositories.display(), failure.line);
            return Err(failure);
        }
    };
    if list.entries.is_empty() {
        let line = "no repositories found. You must add one before updating";
        return Err(HelmFailure::new(line, Problem::error(ProblemKind::RepositoriesNone, "", "")));
    }
    if let Some(unknown) = names.iter().find(|name| list.get(name).is_none()) {
        let line = format!("no repositories found matching '{unknown}'.  Nothing will be updated");
        return Err(HelmFailure::new(line, unknown_repository(unknown, &list)));
    }
    let chosen =
        list.entries.iter().filter(|entry| names.is_empty() || names.contains(&entry.name));
    let updates = chosen.map(|entry| async move {
        let mut warnings = Vec::new();
        let outcome = download(entry, access, &files.cache, &mut warnings).await;
        let failure = outcome.err().map(|refusal| (refusal.line, refusal.problem));
        let updated = RepoUpdated { name: entry.name.clone(), url: entry.url.clone(), failure };
        (updated, warnings)
    });
    let mut outcomes = Vec::new();
    for (one, own) in join_all(updates).await {
        outcomes.push(one);
        warnings.extend(own);
    }
    Ok(outcomes)
}

/// An alias that is not configured: perhaps a chart's name behind one that is.
pub(crate) fn unknown_repository(name: &str, list: &RepositoriesFile) -> Problem {
    let known = || {
        let names: Vec<&str> = list.entries.iter().map(|entry| entry.name.as_str()).collect();
        names.join(", ")
    };
    match name.split_once('/') {
        Some((alias, _)) if list.get(alias).is_some() => {
            Problem::error(ProblemKind::RepositoryNamesChart, name, alias)
        }
        _ if list.entries.is_empty() => Problem::error(ProblemKind::RepositoriesNone, "", ""),
        _ => Problem::error(ProblemKind::RepositoryUnknown, name, known()),
    }
}

/// Removes repositories, one after another, with their cached files. What was removed before a failure stays so.
pub fn repo_remove(names: &[String], files: &HelmFiles) -> Result<String, HelmFailure> {
    let mut said = String::new();
    for name in names {
        if repo_list(files).is_empty() {
            let problem = Problem::error(ProblemKind::RepositoriesNone, "", "");
            return Err(HelmFailure::new("no repositories configured", problem).after(said));
        }
        let _lock = RepositoriesFile::lock(&files.repositories)
            .map_err(|error| file_failure(&error).after(said.clone()))?;
        let mut list = RepositoriesFile::read(&files.repositories)
            .map_err(|error| file_failure(&error).after(said.clone()))?;
        let Some(entry) = list.get(name).cloned() else {
            let problem = unknown_repository(name, &list);
            return Err(
                HelmFailure::new(format!("no repo named {name:?} found"), problem).after(said)
            );
        };
        list.remove(name);
        list.write(&files.repositories)
            .map_err(|error| file_failure(&error).after(said.clone()))?;
        for path in [entry.charts_path(&files.cache), entry.index_path(&files.cache)] {
            match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(io_failure("remove", &path, &error).after(said));
                }
                _ => {}
            }
        }
        let _ = writeln!(said, "{name:?} has been removed from your repositories");
    }
    Ok(said)
}
