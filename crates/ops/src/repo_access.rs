//! How commands that bear helm's names reach repositories and registries, and what they say when they cannot.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use chart_repository::{
    IndexFault, IndexFile, IndexFileError, RepositoriesFile, RepositoriesFileError, RepositoryEntry,
};
use registry_client::{
    Client, Error, ErrorKind, HttpRequest, Method, NetworkOptions, RedactedUrl, Secret, Url,
};

use crate::network::request_problem;
use crate::problem::chain;
use crate::{HelmFailure, HelmWarning, Problem, ProblemKind};

/// The largest index that is read, in bytes.
pub(crate) const MAX_INDEX: usize = 256 << 20;
/// The largest chart that is read, in bytes.
pub(crate) const MAX_CHART: usize = 512 << 20;

/// Where helm keeps its files.
#[derive(Clone, Debug)]
pub struct HelmFiles {
    /// `repositories.yaml`.
    pub repositories: PathBuf,
    /// The directory of cached indexes.
    pub cache: PathBuf,
    /// The registries' credentials, in docker's form.
    pub registry: PathBuf,
    /// Docker's own file, which is read where `registry` has nothing; never written.
    pub docker: Option<PathBuf>,
}

/// What the flags say about a connection.
#[derive(Clone, Debug, Default)]
pub struct HelmAccess {
    /// `--username`; empty when it is not given.
    pub username: String,
    /// `--password`.
    pub password: Option<Secret>,
    /// `--ca-file`.
    pub ca_file: Option<PathBuf>,
    /// `--insecure-skip-tls-verify`.
    pub insecure: bool,
    /// `--pass-credentials`.
    pub pass_credentials: bool,
    /// `--plain-http`.
    pub plain_http: bool,
    /// Proxies and waiting; trust is added from the fields above.
    pub network: NetworkOptions,
}

impl HelmAccess {
    /// The same with what is configured for a repository.
    pub(crate) fn of_entry(&self, entry: &RepositoryEntry) -> Self {
        let mut access = self.clone();
        if !entry.username.is_empty() && entry.password.is_some() {
            access.username.clone_from(&entry.username);
            access.password.clone_from(&entry.password);
        }
        access.insecure |= entry.insecure_skip_tls_verify;
        access.pass_credentials |= entry.pass_credentials_all;
        if access.ca_file.is_none() && !entry.ca_file.is_empty() {
            access.ca_file = Some(PathBuf::from(&entry.ca_file));
        }
        access
    }

    /// A client that trusts what the flags say, for the host of `url`.
    pub(crate) fn client(&self, url: &Url) -> Result<Client, HelmFailure> {
        let mut network = self.network.clone();
        network.ca_files.extend(self.ca_file.clone());
        if self.insecure {
            let host = url.host_str().unwrap_or_default();
            let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
            network.insecure.extend(host.parse().ok());
        }
        Client::new(network).map_err(|error| {
            HelmFailure::new(
                format!("can't create TLS config for client: {}", chain(&error)),
                request_problem(url.host_str().unwrap_or_default(), &error),
            )
        })
    }

    /// Sends a GET and reads a 200; credentials go along only to the origin of `home`, unless all may have them.
    pub(crate) async fn get(
        &self,
        url: &Url,
        home: &Url,
        limit: usize,
    ) -> Result<Bytes, FetchError> {
        let failed = |error: Error| FetchError::Request(Box::new(error));
        let client = self.client(url).map_err(FetchError::Setup)?;
        let mut request = HttpRequest::new(Method::GET, url.clone());
        let is_home = url.origin() == home.origin();
        if let Some(password) = &self.password
            && !self.username.is_empty()
            && (is_home || self.pass_credentials)
        {
            request = request.basic(&self.username, password);
        }
        let withheld = !is_home && !self.pass_credentials && !self.username.is_empty();
        let response = client.send(request).await.map_err(failed)?;
        if response.status().as_u16() != 200 {
            let status = response.status();
            let error = response.into_error().await;
            return Err(FetchError::Status {
                url: url.clone(),
                status: format!(
                    "{} {}",
                    status.as_u16(),
                    status.canonical_reason().unwrap_or_default()
                ),
                withheld: withheld && matches!(status.as_u16(), 401 | 403),
                error: Box::new(error),
            });
        }
        response.bytes(limit).await.map_err(failed)
    }
}

/// Why something could not be fetched.
#[derive(Debug)]
pub(crate) enum FetchError {
    /// There is no answer.
    Request(Box<Error>),
    /// The answer is a refusal.
    Status { url: Url, status: String, withheld: bool, error: Box<Error> },
    /// The flags cannot be used.
    Setup(HelmFailure),
}

impl FetchError {
    /// helm's words.
    pub(crate) fn line(&self) -> String {
        match self {
            Self::Request(error) => go_words(error),
            Self::Status { url, status, .. } => {
                format!("failed to fetch {} : {status}", RedactedUrl::from(url))
            }
            Self::Setup(failure) => failure.line.clone(),
        }
    }

    pub(crate) fn problem(&self) -> Problem {
        match self {
            Self::Status { url, status, withheld: true, .. } => Problem::error(
                ProblemKind::ChartOnAnotherHost,
                RedactedUrl::from(url).to_string(),
                status.clone(),
            ),
            Self::Request(error) | Self::Status { error, .. } => {
                let subject = error.url().map(ToString::to_string).unwrap_or_default();
                request_problem(&subject, error)
            }
            Self::Setup(failure) => failure.problems.first().cloned().unwrap_or_else(|| {
                Problem::error(ProblemKind::Internal, "a failure without a problem", "")
            }),
        }
    }

    pub(crate) fn into_failure(self) -> HelmFailure {
        HelmFailure::new(self.line(), self.problem())
    }
}

/// A failed request in the form Go gives it: `Get "URL": cause`.
pub(crate) fn go_words(error: &Error) -> String {
    let Some(url) = error.url() else { return root_cause(error) };
    // Pages are asked for by a number that helm does not give.
    let url = url.to_string();
    let url = url.split("?n=").next().unwrap_or_default();
    let method = error.method().map_or("GET", |method| method.as_str());
    if let Some(status) = error.status() {
        let said = match (error.code(), error.message()) {
            (Some(code), Some(message)) => {
                format!("{}: {message}", code.to_lowercase().replace('_', " "))
            }
            _ => status.canonical_reason().unwrap_or_default().to_owned(),
        };
        return format!("{method} \"{url}\": response status code {}: {said}", status.as_u16());
    }
    let cause = match error.kind() {
        ErrorKind::SpeaksPlainHttp => "http: server gave HTTP response to HTTPS client".to_owned(),
        ErrorKind::Unreachable => {
            format!("dial tcp {}: connect: {}", authority(url), root_cause(error))
        }
        _ => root_cause(error),
    };
    let mut word = method.to_lowercase();
    word[..1].make_ascii_uppercase();
    format!("{word} \"{url}\": {cause}")
}

/// The same about a registry: without credentials a 401 means that some are missing.
pub(crate) fn registry_words(error: &Error, has_credential: bool) -> String {
    match (error.kind(), error.url(), error.method()) {
        (ErrorKind::Unauthorized, Some(url), Some(method)) if !has_credential => {
            let url = url.to_string();
            let url = url.split("?n=").next().unwrap_or_default();
            format!("{method} \"{url}\": basic credential not found")
        }
        _ => go_words(error),
    }
}

/// The innermost cause, without the number that Rust adds to the system's words.
fn root_cause(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let text = cause.to_string();
    match text.split_once(" (os error") {
        Some((words, _)) => words.to_lowercase(),
        None => text,
    }
}

/// `host:port` of a URL.
fn authority(url: &str) -> String {
    let parsed = url.parse::<Url>().ok();
    let host = parsed.as_ref().and_then(Url::host_str).unwrap_or_default();
    let port = parsed.as_ref().and_then(Url::port_or_known_default).unwrap_or_default();
    format!("{host}:{port}")
}

/// A repository's address with `index.yaml` at the end of its path; the query stays.
pub(crate) fn index_url(repository: &str) -> Result<Url, HelmFailure> {
    let mut url = repository_url(repository)?;
    let path = format!("{}/index.yaml", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Ok(url)
}

/// The address of a repository, if helm can use it.
pub(crate) fn repository_url(repository: &str) -> Result<Url, HelmFailure> {
    let is_oci = repository.starts_with("oci://");
    let url = repository.parse::<Url>().ok().filter(|_| repository.contains("://"));
    match url {
        Some(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(url),
        _ if is_oci => Err(HelmFailure::new(
            format!(
                "looks like {repository:?} is not a valid chart repository or cannot be reached: failed to perform \"FetchReference\" on source: invalid reference"
            ),
            Problem::error(ProblemKind::RepositoryIsRegistry, repository, ""),
        )),
        Some(url) => Err(HelmFailure::new(
            format!("could not find protocol handler for: {}", url.scheme()),
            Problem::error(ProblemKind::RepositoryAddress, repository, ""),
        )),
        // Go takes a path for an address without a scheme.
        None if !repository.split('/').next().unwrap_or_default().contains(':') => {
            Err(HelmFailure::new(
                "could not find protocol handler for: ",
                Problem::error(ProblemKind::RepositoryAddress, repository, ""),
            ))
        }
        None => Err(HelmFailure::new(
            format!("invalid chart URL format: {repository}"),
            Problem::error(ProblemKind::RepositoryAddress, repository, ""),
        )),
    }
}

/// An index was refused: helm's words are those of the error itself.
pub(crate) fn index_problem(subject: &str, error: &IndexFileError) -> Problem {
    let kind = match error.fault {
        IndexFault::Html => ProblemKind::RepositoryAnswersHtml,
        _ => ProblemKind::ChartIndexInvalid,
    };
    Problem::error(kind, subject, error.text.clone())
}

/// The configured repositories; none where there is no file.
pub(crate) fn read_repositories(path: &Path) -> Result<RepositoriesFile, HelmFailure> {
    RepositoriesFile::read_or_new(path).map_err(|error| file_failure(&error))
}

/// A file of helm's that cannot be used.
pub(crate) fn file_failure(error: &RepositoriesFileError) -> HelmFailure {
    let (subject, kind) = match error {
        RepositoriesFileError::Content { path, .. } => (path, ProblemKind::RepositoriesInvalid),
        RepositoriesFileError::File { path, source, .. } => (path, crate::problem::io_kind(source)),
        RepositoriesFileError::Locked(path) => (path, ProblemKind::Locked),
        RepositoriesFileError::Missing(path) => (path, ProblemKind::RepositoriesNone),
        _ => return HelmFailure::plain(chain(error)),
    };
    let line = match error {
        RepositoriesFileError::Content { source, .. } => {
            source.to_string().replace("map[string]interface {}", "repo.File")
        }
        other => chain(other),
    };
    HelmFailure::new(line, Problem::error(kind, subject.display().to_string(), chain(error)))
}

/// A failed file operation, in Go's form: `open PATH: cause`.
pub(crate) fn io_failure(action: &str, path: &Path, error: &std::io::Error) -> HelmFailure {
    let cause = go_cause(error);
    let kind = crate::problem::io_kind(error);
    let problem = Problem::error(kind, path.display().to_string(), error.to_string());
    HelmFailure::new(format!("{action} {}: {cause}", path.display()), problem)
}

fn go_cause(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::AlreadyExists => "file exists".to_owned(),
        _ => {
            let text = error.to_string();
            text.split(" (os error").next().unwrap_or_default().to_lowercase()
        }
    }
}

/// The cached index of a repository, as bytes; helm's words where there is none.
pub(crate) fn cached_index(entry: &RepositoryEntry, cache: &Path) -> Result<Vec<u8>, String> {
    let path = entry.index_path(cache);
    std::fs::read(&path).map_err(|error| format!("open {}: {}", path.display(), go_cause(&error)))
}

/// Warnings for what an index leaves out.
pub(crate) fn warn_of(index: &IndexFile<'_>, source: &str, warnings: &mut Vec<HelmWarning>) {
    let skipped = index.skipped.iter().cloned();
    warnings.extend(skipped.map(|entry| HelmWarning::Skipped { entry, source: source.to_owned() }));
}
