//! What can be wrong, as data: a kind, a subject, a technical detail. Words for people, in two languages, are the
//! command line's.

use std::fmt;

use serde::Serialize;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Worth looking into; the operation goes on.
    Warning,
    /// The operation cannot succeed.
    Error,
}

macro_rules! problem_kinds {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// What is wrong. The command line gives each a stable code and a text in both languages.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        pub enum ProblemKind {
            $($(#[$doc])* $name,)*
        }

        impl ProblemKind {
            /// Every kind, for tests that want to see them all explained.
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

problem_kinds! {
    // The package.
    /// There is no such file or directory.
    PackageNotFound,
    /// The operating system refuses to read it.
    PackageUnreadable,
    /// The content is of no layout Ferry knows.
    NotAPackage,
    /// The archive ends early.
    ArchiveTruncated,
    /// The archive's structure is damaged.
    ArchiveCorrupt,
    /// A member's name or type could write outside, or is a link or device.
    UnsafeMember,
    /// Two members of one name with different content.
    DuplicateMember,
    /// More entries, bytes or levels than any real package has.
    LimitExceeded,
    /// The package does not have the sha512 its checksum file states.
    ChecksumMismatch,
    /// The checksum file names another file (the sum itself decides).
    ChecksumNamesOther,
    /// A checksum file that cannot be understood.
    ChecksumUnreadable,
    /// No checksum file says what charts and hints have to be.
    ChecksumAbsent,
    /// A blob's bytes are not what its digest says.
    BlobDigestMismatch,
    /// A blob has another size than stated.
    BlobSizeMismatch,
    /// A blob that a manifest names is not in the package.
    BlobMissing,
    /// An image manifest, index or config that is not valid.
    ManifestInvalid,
    /// A hint names an image that the package does not hold.
    ImageMissing,
    /// An image that no hint names.
    ImageUnreferenced,
    /// An image for another platform than the package's name or the selection says.
    PlatformMismatch,
    /// Nothing to do: no chart, no image.
    NothingFound,
    /// The package has no images at all.
    ImagesAbsent,
    /// The package changed while it was being read.
    PackageChanged,
    /// A chart that cannot be loaded.
    ChartInvalid,
    /// A bundle without a chart.
    ChartMissing,
    /// The `Images.lock` of a `dt` wrap cannot be understood, or a wrap's images have no names.
    LockInvalid,
    /// A member of the package that was not looked at.
    MemberIgnored,

    // Hints and relocation.
    /// Images beside a chart without hints: nothing tells where the chart names them.
    HintsAbsent,
    /// A hint that cannot be parsed.
    HintInvalid,
    /// A hint whose values are missing or do not make a reference.
    HintUnrenderable,
    /// No rule says where images go.
    NoRelocationRule,
    /// The chart names an image by a digest that the package does not have.
    DigestUnavailable,
    /// Two different images would get the same name.
    Collision,
    /// Two hints want different values at one place.
    ConflictingWrites,
    /// A value that cannot be rewritten.
    ValueNotWritable,
    /// A value that no hint covers and that still names a registry the images came from.
    RegistryLeft,
    /// A value that is handled in a way that might surprise.
    ValueNotable,
    /// The rewritten chart would not name exactly what is pushed.
    RewriteMismatch,

    // Rendered charts.
    /// A chart that does not render.
    ChartNotRendered,
    /// An image that rendered objects name and the package does not have.
    RenderedMissing,
    /// An image of the hints that no rendered object names.
    HintNotRendered,
    /// The relocated chart renders another image than the one that is pushed.
    RenderedElsewhere,
    /// An image that rendered objects name, that is in the package, and that no hint names: it is not pushed.
    RenderedUnhinted,
    /// An image that is not in the registry it was looked for in.
    ImageNotThere,

    // What is there already.
    /// The tag holds another image.
    TagConflict,
    /// The chart version exists with other content.
    ChartConflict,

    // The registry.
    /// The host does not answer.
    RegistryUnreachable,
    /// The host name is unknown.
    HostUnknown,
    /// The certificate is not trusted.
    TlsUntrusted,
    /// TLS fails for another reason.
    TlsFailed,
    /// The port speaks TLS and `http://` was asked for.
    TlsExpected,
    /// The port speaks plain HTTP and nobody allowed that.
    PlainHttpRefused,
    /// Plain HTTP is spoken to a private address whose port knows no TLS.
    PlainHttpUsed,
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
    /// The project or repository does not exist and is not created by a push.
    ProjectMissing,
    /// 404 for something else.
    NotFound,
    /// 413.
    PayloadTooLarge,
    /// 429 until patience ended.
    TooManyRequests,
    /// 5xx until patience ended.
    ServerFailed,
    /// The server has no room left, or the project's quota is used up.
    StorageFull,
    /// HTML, or JSON of another shape: not the service it should be.
    UnexpectedAnswer,
    /// A redirect that would send credentials elsewhere or drop TLS.
    RedirectRefused,
    /// The connection broke until patience ended.
    ConnectionLost,
    /// No answer in time.
    TimedOut,
    /// The registry says the bytes are not what they should be.
    UploadRefused,
    /// What was pushed is not what is there.
    NotArrived,
    /// Any other refusal.
    RequestRefused,

    // The chart repository.
    /// The chart repository does not take charts (read-only kind).
    ChartRepositoryReadOnly,
    /// This Harbor has no chart repository any more; OCI is used.
    ChartRepositoryGone,
    /// Its index cannot be read.
    ChartIndexInvalid,
    /// It refuses the chart.
    ChartRefused,

    // Commands with helm's names: repositories.
    /// No repository is configured.
    RepositoriesNone,
    /// The list of repositories cannot be understood.
    RepositoriesInvalid,
    /// An alias that is not configured.
    RepositoryUnknown,
    /// `alias/chart` where an alias is wanted.
    RepositoryNamesChart,
    /// An alias that cannot be one.
    RepositoryName,
    /// The alias is taken by another address.
    RepositoryExists,
    /// An address that is none.
    RepositoryAddress,
    /// `oci://` where the address of a chart repository is wanted.
    RepositoryIsRegistry,
    /// A web page where an index should be.
    RepositoryAnswersHtml,
    /// A Harbor that has no chart repository any more.
    RepositoryMoved,
    /// No cached index.
    RepositoryNotCached,
    /// A reference that is none.
    ChartReference,
    /// No such chart in the repository.
    ChartUnknown,
    /// No version of it fits.
    ChartVersionUnknown,
    /// It has pre-releases only, and none was asked for.
    ChartOnlyPrereleases,
    /// Neither a version nor a constraint.
    VersionConstraint,
    /// The chart lies on another host, which got no credentials and refused.
    ChartOnAnotherHost,
    /// The archive has another checksum than the index states.
    ChartDigest,
    /// What was downloaded or is to be pushed is no chart archive.
    NotAChart,
    /// Something lies where the chart is to be unpacked to.
    UntarTargetExists,
    /// A regular expression that is none.
    SearchExpression,
    /// Nothing was found, and that was to be a failure.
    SearchNothingFound,
    /// Not the host of a registry.
    RegistryHost,
    /// User name or password is missing, and nobody is asked.
    CredentialsMissing,
    /// A credential helper that fails.
    CredentialHelper,
    /// Certificates of our own are not shown to servers.
    ClientCertificate,
    /// Provenance is not verified yet.
    ProvenanceUnsupported,

    // Configuration and usage.
    /// There is no such file.
    ConfigNotFound,
    /// It is not YAML.
    ConfigSyntax,
    /// A key nobody knows.
    ConfigUnknownKey,
    /// A key that stands twice.
    ConfigDuplicateKey,
    /// A value of the wrong type.
    ConfigType,
    /// A value that is not allowed.
    ConfigValue,
    /// A required key is missing.
    ConfigMissing,
    /// Keys that exclude each other.
    ConfigConflict,
    /// `auth:` with `username` beside it instead of below.
    ConfigAuthNotNested,
    /// Comments of the runbook that describe the other key.
    ConfigCommentSwapped,
    /// Keys that stand at the top instead of below `source` or `target`.
    ConfigNotNested,
    /// A well-known default password.
    ConfigDefaultPassword,
    /// A key that has no effect.
    ConfigIgnored,
    /// A feature that comes with another command.
    ConfigUnsupported,
    /// Credentials that are incomplete or cannot be read.
    CredentialsInvalid,
    /// The certificate or key to serve with cannot be used.
    ServerIdentityInvalid,
    /// Options that exclude each other or are missing.
    Usage,

    // Commands with helm's names: charts.
    /// There is no chart at this path.
    ChartNotFound,
    /// A name of a repository's chart where a local one is needed.
    ChartNotLocal,
    /// A chart that cannot be loaded.
    ChartUnloadable,
    /// A package with more than one chart.
    ChartAmbiguous,
    /// A library chart.
    ChartNotInstallable,
    /// A declared dependency is not in `charts/`.
    ChartDependencyMissing,
    /// A `--kube-version` that is none.
    KubeVersionInvalid,
    /// The chart is not for this version of Kubernetes.
    KubeVersionUnfit,
    /// A values file that cannot be read.
    ValuesUnreadable,
    /// Values that cannot be understood, or do not fit the chart.
    ValuesInvalid,
    /// Values that do not meet the chart's schema.
    ValuesAgainstSchema,
    /// A template that cannot be parsed.
    TemplateSyntax,
    /// A template that cannot be executed.
    TemplateFailed,
    /// A template that gives up by itself.
    TemplateComplaint,
    /// A rendered document that is no YAML.
    ManifestInvalidYaml,
    /// No template of that name made anything.
    TemplateNotFound,
    /// A name that no release can have.
    ReleaseNameInvalid,
    /// A flag of helm's that Ferry does not support.
    FlagUnsupported,
    /// Arguments that helm would not take.
    ChartUsage,
    /// A chart with mistakes.
    LintFailed,
    /// A chart that cannot be packed.
    PackagingFailed,
    /// A dependency that cannot be had.
    DependencyUnresolved,
    /// A lock file for other dependencies.
    LockOutdated,

    // This machine.
    /// No room left.
    DiskFull,
    /// Not allowed.
    PermissionDenied,
    /// A file of our own cannot be read or written.
    LocalIo,
    /// A directory of ours belongs to somebody else or can be written by everyone.
    StateUnsafe,
    /// Another run is at work on the same target.
    Locked,
    /// A directory that cannot be a registry's store.
    StoreUnusable,
    /// The address is taken or not ours.
    ListenFailed,
    /// Stopped by a signal.
    Interrupted,
    /// A bug.
    Internal,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How bad.
    pub severity: Severity,
    /// What.
    pub kind: ProblemKind,
    /// With what: a path, a member, a reference, a URL (redacted), `file:line:column`.
    pub subject: String,
    /// The technical chain of causes in English, outermost first, joined by `: `. May be empty.
    pub detail: String,
}

impl Problem {
    /// An error.
    pub fn error(kind: ProblemKind, subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Error, kind, subject: subject.into(), detail: detail.into() }
    }

    /// A warning.
    pub fn warning(
        kind: ProblemKind,
        subject: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Warning, ..Self::error(kind, subject, detail) }
    }

    /// Information.
    pub fn info(kind: ProblemKind, subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Info, ..Self::error(kind, subject, detail) }
    }
}

/// What an operation was doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Understanding the options.
    Configure,
    /// Opening and reading the package.
    Read,
    /// Deciding, looking at the targets, nothing written yet.
    Plan,
    /// Sending images.
    Push,
    /// Publishing charts.
    Publish,
    /// Reading back what was written.
    Check,
    /// Answering requests.
    Serve,
}

/// Why an operation failed: everything that is wrong, worst first, at least one of them an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Error {
    /// When.
    pub phase: Phase,
    /// What. The first one decides the exit code.
    pub problems: Vec<Problem>,
}

impl Error {
    /// One problem.
    pub fn new(phase: Phase, problem: Problem) -> Self {
        Self { phase, problems: vec![problem] }
    }

    /// The problem that decides the exit code.
    pub(crate) fn into_first(self) -> Problem {
        let none = || Problem::error(ProblemKind::Internal, "an error without a problem", "");
        self.problems.into_iter().next().unwrap_or_else(none)
    }

    /// Several problems, if one of them is an error.
    pub fn check(phase: Phase, problems: &[Problem]) -> Result<(), Self> {
        if problems.iter().all(|problem| problem.severity < Severity::Error) {
            return Ok(());
        }
        let mut problems = problems.to_vec();
        problems.sort_by_key(|problem| std::cmp::Reverse(problem.severity));
        Err(Self { phase, problems })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(first) = self.problems.first() else {
            return write!(f, "{:?} failed", self.phase);
        };
        write!(f, "{:?}: {}", first.kind, first.subject)?;
        if !first.detail.is_empty() {
            write!(f, ": {}", first.detail)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// The chain of an error's causes in one line.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

/// The kind of problem a failed file operation is.
pub(crate) fn io_kind(error: &std::io::Error) -> ProblemKind {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => ProblemKind::DiskFull,
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            ProblemKind::PermissionDenied
        }
        _ => ProblemKind::LocalIo,
    }
}
