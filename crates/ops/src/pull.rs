//! `pull`: a chart from a repository, a URL or a registry into a file or a directory.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use chart_repository::{ChooseError, IndexFile, RepositoryEntry, write_atomically};
use registry_client::{RedactedUrl, Url};

use crate::pull_extract::extract;
use crate::pull_oci::{OciChart, PulledChart, pull_chart};
use crate::repo::{fetch_index, refuse_client_certificate, unknown_repository, unreadable};
use crate::repo_access::{
    HelmAccess, HelmFiles, MAX_CHART, cached_index, index_problem, io_failure, read_repositories,
    warn_of,
};
use crate::{HelmFailure, HelmWarning, Problem, ProblemKind};

/// What `pull` is told.
#[derive(Clone, Debug)]
pub struct PullOptions {
    /// `alias/chart`, a URL, or `oci://…`; with `repository` the name of a chart in it.
    pub chart: String,
    /// A version or a constraint; empty means the newest release.
    pub version: String,
    /// Pre-releases too, where no version is given.
    pub devel: bool,
    /// `--repo`: the address of a repository that need not be configured. Empty is none.
    pub repository: String,
    /// Where the file goes.
    pub destination: PathBuf,
    /// Unpacks the chart into this directory, below `destination` unless it is absolute, and keeps no file.
    pub untar: Option<PathBuf>,
    /// Fetches the provenance file too.
    pub provenance: bool,
    /// How servers are reached.
    pub access: HelmAccess,
    /// helm's files.
    pub files: HelmFiles,
}

/// What `pull` did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pulled {
    /// The file, or the directory the chart was unpacked to.
    pub path: PathBuf,
    /// Reference and digest, when it came from a registry.
    pub registry: Option<(String, String)>,
    /// Why there is no provenance file although one was wanted, in helm's words.
    pub without_provenance: Option<String>,
}

/// A chart that was downloaded.
struct Download {
    file_name: String,
    archive: Bytes,
    provenance: Option<Result<Bytes, String>>,
    registry: Option<(String, String)>,
}

/// Where a chart is, and how to get there.
struct Place {
    url: Url,
    /// Where credentials may go.
    home: Url,
    access: HelmAccess,
    /// The sha256 the index states, in hex; empty where there is none.
    digest: String,
}

/// Pulls one chart.
pub async fn pull(
    options: &PullOptions,
    warnings: &mut Vec<HelmWarning>,
) -> Result<Pulled, HelmFailure> {
    let version =
        if options.devel && options.version.is_empty() { ">0.0.0-0" } else { &options.version };
    let download = if options.chart.starts_with("oci://") {
        from_registry(options, version).await?
    } else {
        from_repository(options, version, warnings).await?
    };
    let without_provenance = match &download.provenance {
        Some(Err(line)) => Some(line.clone()),
        _ => None,
    };
    let path = settle(options, &download)?;
    Ok(Pulled { path, registry: download.registry, without_provenance })
}

/// What helm says on stdout about a chart from a registry.
pub fn pull_said(reference: &str, digest: &str) -> String {
    format!("Pulled: {reference}\nDigest: {digest}\n{}", underscore_note(reference))
}

/// What helm says where a version had to be written differently as a tag.
pub fn underscore_note(reference: &str) -> String {
    if !reference.contains('_') {
        return String::new();
    }
    format!(
        "{reference} contains an underscore.\n\n\
         OCI artifact references (e.g. tags) do not support the plus sign (+). To support\n\
         storing semantic versions, Helm adopts the convention of changing plus (+) to\n\
         an underscore (_) in chart version tags when pushing to a registry and back to\n\
         a plus (+) when pulling from a registry.\n"
    )
}

/// Writes the file, or unpacks it.
fn settle(options: &PullOptions, download: &Download) -> Result<PathBuf, HelmFailure> {
    let said = download
        .registry
        .as_ref()
        .map(|(reference, digest)| pull_said(reference, digest))
        .unwrap_or_default();
    if let Some(directory) = &options.untar {
        let directory = options.destination.join(directory);
        return extract(&download.archive, &options.chart, &directory, &download.file_name)
            .map_err(|failure| failure.after(said));
    }
    let path = options.destination.join(&download.file_name);
    let failed =
        |path: &Path, error: std::io::Error| io_failure("open", path, &error).after(said.clone());
    write_atomically(&path, &download.archive, 0o644).map_err(|error| failed(&path, error))?;
    if let Some(Ok(provenance)) = &download.provenance {
        let path = options.destination.join(format!("{}.prov", download.file_name));
        write_atomically(&path, provenance, 0o644).map_err(|error| failed(&path, error))?;
    }
    Ok(path)
}

async fn from_registry(options: &PullOptions, version: &str) -> Result<Download, HelmFailure> {
    let chart = OciChart::parse(&options.chart)?;
    let pulled = pull_chart(&chart, version, &options.access, &options.files).await?;
    let PulledChart { reference, digest, archive, provenance, version } = pulled;
    check_gzip(&archive, &reference)?;
    let missing = "manifest does not contain a layer with mediatype application/vnd.cncf.helm.chart.provenance.v1.prov";
    Ok(Download {
        file_name: match &chart.digest {
            Some(digest) => {
                format!("{}@{}.tgz", chart.chart(), digest.to_string().replace(':', "-"))
            }
            None => format!("{}-{version}.tgz", chart.chart()),
        },
        archive,
        provenance: options.provenance.then(|| provenance.ok_or_else(|| missing.to_owned())),
        registry: Some((reference, digest.to_string())),
    })
}

async fn from_repository(
    options: &PullOptions,
    version: &str,
    warnings: &mut Vec<HelmWarning>,
) -> Result<Download, HelmFailure> {
    let place = if options.repository.is_empty() {
        locate(options, version, warnings)?
    } else {
        locate_in(options, version, warnings).await?
    };
    let archive = place.access.get(&place.url, &place.home, MAX_CHART).await;
    let archive = archive.map_err(crate::repo_access::FetchError::into_failure)?;
    let shown = RedactedUrl::from(&place.url).to_string();
    check_gzip(&archive, &shown)?;
    check_digest(&archive, &place.digest, &shown)?;
    let provenance = if options.provenance {
        let mut url = place.url.clone();
        url.set_path(&format!("{}.prov", url.path()));
        let fetched = place.access.get(&url, &place.home, MAX_CHART).await;
        Some(fetched.map_err(|error| error.line()))
    } else {
        None
    };
    Ok(Download { file_name: file_name(&place.url)?, archive, provenance, registry: None })
}

/// The last part of a URL's path.
fn file_name(url: &Url) -> Result<String, HelmFailure> {
    let name = url.path().rsplit('/').next().unwrap_or_default();
    let name = percent_decoded(name);
    if name.is_empty() || name.contains(['/', '\0']) || matches!(name.as_str(), "." | "..") {
        let shown = RedactedUrl::from(url).to_string();
        let problem = Problem::error(ProblemKind::ChartReference, &shown, "");
        return Err(HelmFailure::new(format!("invalid chart URL format: {shown}"), problem));
    }
    Ok(name)
}

fn percent_decoded(text: &str) -> String {
    let digits =
        |at: usize| text.get(at + 1..at + 3).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    let mut bytes = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.as_bytes().get(at) {
        let escaped = digits(at).filter(|_| *byte == b'%');
        bytes.push(escaped.unwrap_or(*byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The chart that `alias/chart` or a URL means.
fn locate(
    options: &PullOptions,
    version: &str,
    warnings: &mut Vec<HelmWarning>,
) -> Result<Place, HelmFailure> {
    let reference = &options.chart;
    let list = read_repositories(&options.files.repositories)?;
    if reference.contains("://") {
        let url = url_of(reference)?;
        let entry = list.entries.iter().find(|entry| lists(entry, &options.files, &url));
        let access =
            entry.map_or_else(|| options.access.clone(), |entry| options.access.of_entry(entry));
        return Ok(Place { home: url.clone(), url, access, digest: String::new() });
    }
    let Some((alias, chart)) = reference.split_once('/') else {
        return Err(HelmFailure::new(
            format!(
                "non-absolute URLs should be in form of repo_name/path_to_chart, got: {reference}"
            ),
            Problem::error(ProblemKind::ChartReference, reference, ""),
        ));
    };
    let Some(entry) = list.get(alias) else {
        let line = format!("repo {alias} not found");
        return Err(HelmFailure::new(line, unknown_repository(alias, &list)));
    };
    refuse_client_certificate(entry)?;
    let bytes = cached_index(entry, &options.files.cache).map_err(|error| {
        HelmFailure::new(
            format!("no cached repo found. (try 'helm repo update'): {error}"),
            Problem::error(ProblemKind::RepositoryNotCached, alias, error),
        )
    })?;
    let index = IndexFile::parse(&bytes).map_err(|error| {
        let path = entry.index_path(&options.files.cache);
        let line = format!(
            "no cached repo found. (try 'helm repo update'): error loading {}: {}",
            path.display(),
            error.text
        );
        HelmFailure::new(line, index_problem(alias, &error))
    })?;
    warn_of(&index, &entry.index_path(&options.files.cache).display().to_string(), warnings);
    let found = index.choose(chart, version).map_err(|error| {
        let text = format!(
            "chart {chart:?} matching {version} not found in {alias} index. (try 'helm repo update'): {error}"
        );
        HelmFailure::new(text, choose_problem(&format!("{alias}/{chart}"), version, &error))
    })?;
    let listed = found.urls.first().ok_or_else(|| without_url(reference))?;
    let access = options.access.of_entry(entry);
    place(&entry.url, listed, &found.digest, access)
}

fn without_url(reference: &str) -> HelmFailure {
    let line = format!("chart {reference:?} has no downloadable URLs");
    HelmFailure::new(line, Problem::error(ProblemKind::ChartIndexInvalid, reference, "urls: []"))
}

fn url_of(reference: &str) -> Result<Url, HelmFailure> {
    let scheme = reference.split("://").next().unwrap_or_default();
    if !matches!(scheme, "http" | "https") {
        let problem = Problem::error(ProblemKind::RepositoryAddress, reference, "");
        return Err(HelmFailure::new(format!("scheme {scheme:?} not supported"), problem));
    }
    crate::repo_access::repository_url(reference)
}

/// Whether the cached index of a repository lists this URL: then it is reached like the repository.
fn lists(entry: &RepositoryEntry, files: &HelmFiles, url: &Url) -> bool {
    let Ok(bytes) = cached_index(entry, &files.cache) else { return false };
    let Ok(index) = IndexFile::parse(&bytes) else { return false };
    index.has_url(url.as_str())
}

/// The chart `options.chart` in the repository at `options.repository`.
async fn locate_in(
    options: &PullOptions,
    version: &str,
    warnings: &mut Vec<HelmWarning>,
) -> Result<Place, HelmFailure> {
    let (repository, chart) = (&options.repository, &options.chart);
    let fetched = fetch_index(repository, &options.access).await;
    let bytes = fetched.map_err(|refusal| refusal.into_failure(repository))?;
    let index = match IndexFile::parse(&bytes) {
        Ok(index) => index,
        Err(error) => {
            let refusal = unreadable(repository, &options.access, error).await;
            return Err(refusal.into_failure(repository));
        }
    };
    warn_of(&index, repository, warnings);
    let found = index.choose(chart, version).map_err(|error| {
        let asked =
            if version.is_empty() { String::new() } else { format!(" version {version:?}") };
        let line = format!("chart {chart:?}{asked} not found in {repository} repository");
        HelmFailure::new(line, choose_problem(chart, version, &error))
    })?;
    let listed = found.urls.first().ok_or_else(|| without_url(chart))?;
    place(repository, listed, &found.digest, options.access.clone())
}

fn place(
    repository: &str,
    listed: &str,
    digest: &str,
    access: HelmAccess,
) -> Result<Place, HelmFailure> {
    let home = crate::repo_access::repository_url(repository)?;
    let url = resolved(repository, listed).ok_or_else(|| {
        let problem = Problem::error(ProblemKind::ChartIndexInvalid, listed, "");
        HelmFailure::new(format!("invalid chart URL format: {listed}"), problem)
    })?;
    let digest = digest.strip_prefix("sha256:").unwrap_or(digest).to_owned();
    Ok(Place { url, home, access, digest })
}

/// Where an entry's URL leads: relative ones start at the repository, whose query they get too.
fn resolved(repository: &str, listed: &str) -> Option<Url> {
    if let Ok(url) = listed.parse::<Url>() {
        return matches!(url.scheme(), "http" | "https").then_some(url);
    }
    let mut base = repository.parse::<Url>().ok()?;
    let query = base.query().map(str::to_owned);
    base.set_path(&format!("{}/", base.path().trim_end_matches('/')));
    let mut url = base.join(listed).ok()?;
    url.set_query(query.as_deref());
    Some(url)
}

fn choose_problem(subject: &str, version: &str, error: &ChooseError) -> Problem {
    match error {
        ChooseError::Chart => Problem::error(ProblemKind::ChartUnknown, subject, ""),
        ChooseError::Version { newest_prerelease: Some(newest), .. } => {
            Problem::error(ProblemKind::ChartOnlyPrereleases, subject, newest.clone())
        }
        ChooseError::Constraint(fault) => {
            Problem::error(ProblemKind::VersionConstraint, version, fault.clone())
        }
        _ => {
            let subject = format!("{subject} {version}");
            Problem::error(ProblemKind::ChartVersionUnknown, subject.trim_end(), "")
        }
    }
}

/// A portal's page or an error document must not become a file that is called a chart.
fn check_gzip(archive: &Bytes, shown: &str) -> Result<(), HelmFailure> {
    if archive.starts_with(&[0x1f, 0x8b]) {
        return Ok(());
    }
    let start: String = String::from_utf8_lossy(&archive[..archive.len().min(80)])
        .chars()
        .filter(|c| !c.is_control())
        .collect();
    let problem = Problem::error(ProblemKind::NotAChart, shown, start);
    Err(HelmFailure::new(format!("{shown} does not appear to be a gzipped archive"), problem))
}

/// That the archive is the one the index means. helm takes any other too; one that was replaced since the index was read
/// is not what the user has seen.
fn check_digest(archive: &Bytes, expected: &str, shown: &str) -> Result<(), HelmFailure> {
    if let Some(fault) = hex_fault(expected) {
        let problem =
            Problem::error(ProblemKind::ChartDigest, shown, format!("digest: {expected}"));
        return Err(HelmFailure::new(fault, problem));
    }
    let found = oci::Digest::of(archive);
    if expected.is_empty() || found.hex().eq_ignore_ascii_case(expected) {
        return Ok(());
    }
    let detail = format!("{expected} != {}", found.hex());
    Err(HelmFailure::new(
        format!("sha256 sum does not match for {shown}: {expected:?} != {:?}", found.hex()),
        Problem::error(ProblemKind::ChartDigest, shown, detail),
    ))
}

/// What Go says about a text that is not the hex of a sha256. An empty one is none.
fn hex_fault(text: &str) -> Option<String> {
    if let Some(byte) = text.bytes().find(|byte| !byte.is_ascii_hexdigit()) {
        let shown =
            if byte.is_ascii_graphic() { char::from(byte).to_string() } else { String::new() };
        return Some(format!("encoding/hex: invalid byte: U+{byte:04X} '{shown}'"));
    }
    match text.len() {
        0 | 64 => None,
        odd if odd % 2 == 1 => Some("encoding/hex: odd length hex string".to_owned()),
        even => Some(format!("invalid digest length: {}", even / 2)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines helm 4.3.1 prints.
    #[test]
    fn a_digest_that_is_none_is_told_in_gos_words() {
        assert_eq!(hex_fault(""), None);
        assert_eq!(hex_fault(&"0".repeat(64)), None);
        assert_eq!(hex_fault("sha").unwrap(), "encoding/hex: invalid byte: U+0073 's'");
        assert_eq!(hex_fault("abc").unwrap(), "encoding/hex: odd length hex string");
        assert_eq!(hex_fault(&"0".repeat(68)).unwrap(), "invalid digest length: 34");
    }

    #[test]
    fn listed_urls_start_at_the_repository() {
        let url = |listed: &str| resolved("http://h/a/b?x=1", listed).unwrap().to_string();
        assert_eq!(url("c-1.tgz"), "http://h/a/b/c-1.tgz?x=1");
        assert_eq!(url("/c.tgz"), "http://h/c.tgz?x=1");
        assert_eq!(url("https://other/c.tgz"), "https://other/c.tgz");
        assert_eq!(resolved("http://h", "file:///etc/passwd"), None);
    }

    #[test]
    fn file_names_stay_in_their_directory() {
        let name = |url: &str| file_name(&url.parse().unwrap());
        assert_eq!(name("http://h/a/other-1.2.3%2Bbuild.tgz").unwrap(), "other-1.2.3+build.tgz");
        assert!(name("http://h/a/%2e%2e").is_err());
        assert!(name("http://h/a/..%2Fx.tgz").is_err());
        assert!(name("http://h/").is_err());
    }
}
