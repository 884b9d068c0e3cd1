//! Ferry's operations. Each goes through the same four stages, and data goes one way:
//!
//! ```text
//! options -> read everything -> plan (a value) -> execute (the same value) -> report (a value)
//! ```
//!
//! Nothing here prints, reads the environment, parses flags or exits.

mod chart;
mod chart_diff;
mod checksum;
mod dependency;
mod event;
mod images;
mod inspect;
mod lint;
mod network;
mod open;
mod package;
mod problem;
mod pull;
mod pull_extract;
mod pull_oci;
mod push;
mod registry_login;
mod render;
mod repo;
mod repo_access;
mod repo_failure;
mod repo_index;
mod search;
mod secret;
mod serve;
mod show;
mod sync;
mod verify;

pub use chart::{ChartValues, Invocation, Refusal, StandardInput, TemplateView};
pub use chart_diff::{
    ChartDiffOptions, ChartDiffReport, ChartSide, CrdChange, DefaultChange, FieldChange,
    ImageChange, ObjectChange, Renaming, Setting, UnknownKey, ValuesChange, WhatHappened,
    chart_diff,
};
pub use dependency::{
    DependencyOptions, build_dependencies, list_dependencies, update_dependencies,
};
pub use event::{BlobOutcome, Event, Progress};
pub use helm::{Environment as RenderEnvironment, Flag, OutputFile, TemplateOptions, Zone};
pub use images::{
    ChartImages, CheckTarget, ImagePlace, ImagesOptions, ImagesReport, RenderArguments,
    RenderedImage, TemplateLine, images,
};
pub use inspect::{
    BundleReport, ChartSummary, ChecksumReport, InspectReport, InspectTotals, InspectedImage,
    inspect,
};
pub use lint::{LintOptions, LintReport, lint};
pub use oci::{
    Compat, Digest, Platform, PlatformError, Reference, Relocation, RelocationError,
    RelocationRules,
};
pub use package::{PackageOptions, package};
pub use problem::{Error, Phase, Problem, ProblemKind, Severity};
pub use pull::{PullOptions, Pulled, pull, pull_said, underscore_note};
pub use push::{PushOptions, Pushed, push};
pub use registry_client::{
    HostPort, HostPortError, NetworkOptions, ProxyOptions, RetryPolicy, Scheme,
};
pub use registry_login::{registry_login, registry_logout};
pub use render::{ReleaseName, RenderOptions, RenderReport, render, show_only};
pub use repo::{
    RepoAddOptions, RepoAdded, RepoUpdated, client_certificate_failure, repo_add, repo_list,
    repo_remove, repo_update,
};
pub use repo_access::{HelmAccess, HelmFiles};
pub use repo_failure::{HelmFailure, HelmWarning};
pub use repo_index::{RepoIndexOptions, repo_index};
pub use search::{FoundChart, SearchOptions, search_registry, search_repositories};
pub use secret::{Credentials, Secret};
pub use serve::{ServeOptions, ServedAt, TlsFiles, serve};
pub use show::{Shown, show};
pub use sync::options::{
    ChartFilter, ChartTarget, ChartTargetKind, ConflictPolicy, RegistryKind, RegistryTarget,
    Selection, SyncOptions,
};
pub use sync::report::{
    ChartAction, ChartReport, ImageAction, ImageReport, SyncReport, Totals, ValueEdit,
};
pub use sync::sync;
pub use verify::{ChecksumOutcome, VerifyReport, verify};
