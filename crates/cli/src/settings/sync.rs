//! The options of `sync`: flags, environment and file put together, with every mistake told at once.

use std::path::PathBuf;

use ops::{
    ChartTarget, ChartTargetKind, Compat, Credentials, Error, Phase, Problem, ProblemKind,
    RegistryTarget, Relocation, Scheme, Selection, Severity, SyncOptions,
};

use super::address::RepoUrl;
use super::credentials::{self, AuthFlags, InFile, Service};
use super::load_image::{Finding, LoadImage, Reading};
use super::locate::{self, ConfigFile};
use super::network;
use crate::commands::sync::{CompatArg, SyncArgs};
use crate::environment::Environment;
use crate::failure::Failure;
use crate::language::{Language, Sentence};
use crate::say;

/// What a run is asked to do, and what is worth telling before it starts.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The options.
    pub(crate) options: SyncOptions,
    /// What was understood although it is written otherwise, what has no effect.
    pub(crate) notes: Vec<Problem>,
}

/// Everything that decides, and what was found wrong so far.
pub(super) struct Resolver<'a> {
    pub(super) args: &'a SyncArgs,
    pub(super) environment: &'a Environment,
    pub(super) language: Language,
    pub(super) config: LoadImage,
    pub(super) problems: Vec<Problem>,
    file: Option<ConfigFile>,
    /// Whether the file, if there is one, has no error: what it lacks is told then.
    is_sound: bool,
}

/// Puts the options together.
pub(crate) fn resolve(
    args: &SyncArgs,
    environment: &Environment,
    language: Language,
) -> Result<Settings, Failure> {
    let mut resolver = Resolver::new(args, environment, language);
    if let Some(file) = config_file(args, environment, language)? {
        resolver.take(&file, file.read(), is_told);
    }
    let options = resolver.options();
    let problems = resolver.problems;
    Error::check(Phase::Configure, &problems)?;
    Ok(Settings { options, notes: problems })
}

/// Whether a run tells what was found in the file: mistakes, and what was understood in spite of one.
fn is_told(finding: &Finding) -> bool {
    let is_understood =
        !finding.edits.is_empty() && finding.kind != ProblemKind::ConfigCommentSwapped;
    finding.severity >= Severity::Warning || is_understood
}

/// The configuration file, where one is wanted: named, or looked for when no package is named.
fn config_file(
    args: &SyncArgs,
    environment: &Environment,
    language: Language,
) -> Result<Option<ConfigFile>, Failure> {
    let named = args.config.clone().or_else(|| environment.path("FERRY_CONFIG"));
    if named.is_none() && !args.packages.is_empty() {
        return Ok(None);
    }
    match locate::find(named.as_deref(), environment, language) {
        Ok(file) => Ok(Some(file)),
        // With targets in the command line, a package is what is missing, not a file.
        Err(_) if named.is_none() && args.target.to_registry.is_some() => Ok(None),
        Err(failure) => Err(failure),
    }
}

impl<'a> Resolver<'a> {
    pub(super) fn new(
        args: &'a SyncArgs,
        environment: &'a Environment,
        language: Language,
    ) -> Self {
        Self {
            args,
            environment,
            language,
            config: LoadImage::default(),
            problems: Vec::new(),
            file: None,
            is_sound: true,
        }
    }

    /// Takes what a file says, and what is told about it.
    pub(super) fn take(
        &mut self,
        file: &ConfigFile,
        reading: Reading,
        is_told: impl Fn(&Finding) -> bool,
    ) {
        self.is_sound = reading.is_accepted();
        let told = reading.findings.iter().filter(|finding| is_told(finding));
        self.problems.extend(told.map(|finding| finding.problem(&file.name, self.language)));
        self.config = reading.config;
        self.file = Some(file.clone());
    }

    /// Puts the options together. They are worth something when no problem is an error.
    pub(super) fn options(&mut self) -> SyncOptions {
        let packages = self.packages();
        let skip_images = self.args.skip_images || self.config.skip_images;
        let is_list = self.args.compatibility.print_images;
        let charts = if is_list { None } else { self.wanted_chart_target(skip_images) };
        let (rules, registry) = self.registry_target(charts.as_ref(), skip_images || is_list);
        let (registry, charts) = share_credentials(registry, charts);
        self.compatibility();
        let network = self.network(registry.as_ref(), charts.as_ref());
        let compat = self.args.compat;
        let rules = ops::RelocationRules {
            compat: compat.map_or(Compat::Ferry, |CompatArg::ChartsSyncer| Compat::ChartsSyncer),
            ..rules
        };
        let relocation = Relocation::new(rules).unwrap_or_else(|error| {
            self.error(ProblemKind::ConfigValue, "target", &say!("{error}", "{error}"));
            Relocation::default()
        });
        SyncOptions {
            packages,
            registry,
            charts,
            relocation,
            selection: Selection {
                charts: std::mem::take(&mut self.config.charts),
                skip_charts: std::mem::take(&mut self.config.skip_charts),
                latest_only: self.args.latest_version_only,
            },
            platform: self.args.platform.clone().or_else(|| self.config.platform.take()),
            skip_images,
            on_conflict: self.args.on_conflict.into(),
            dry_run: self.args.dry_run || self.args.compatibility.verify,
            deep: self.args.deep,
            create_projects: self.args.create_projects,
            concurrency: self.args.concurrency.into(),
            state_directory: state_directory(self.args.workdir.as_ref(), self.environment),
            docker_config: network::docker_config(self.environment),
            network,
        }
    }

    /// The chart repository. A file has to name one, and so has a run that does nothing else.
    fn wanted_chart_target(&mut self, skip_images: bool) -> Option<ChartTarget> {
        let before = self.errors();
        let charts = self.chart_target();
        let is_told = self.errors() > before;
        if charts.is_none() && !is_told && (self.file.is_some() || skip_images) {
            self.missing("target.repo", &say!("or `--to-repo`", "或 `--to-repo`"));
        }
        charts
    }

    fn packages(&mut self) -> Vec<PathBuf> {
        if !self.args.packages.is_empty() {
            return self.args.packages.clone();
        }
        let Some(path) = self.config.bundles_path.clone() else {
            let detail = say!("or PACKAGE", "或 PACKAGE 参数");
            self.missing("source.intermediateBundlesPath", &detail);
            return Vec::new();
        };
        let file = self.file.as_ref().map(|file| file.path.clone()).unwrap_or_default();
        if let Some(found) = locate::bundles(&path, &file, self.environment) {
            return vec![found];
        }
        let here = self.environment.directory.display();
        let beside = file.parent().unwrap_or(&file).display();
        let detail = say!(
            "source.intermediateBundlesPath, looked for in {here} and {beside}",
            "source.intermediateBundlesPath，已在 {here} 和 {beside} 中查找"
        );
        self.error(ProblemKind::PackageNotFound, &path, &detail);
        Vec::new()
    }

    /// Credentials for one service.
    pub(super) fn credentials(&mut self, service: Service) -> Option<Credentials> {
        let flags = &self.args.target;
        let (flags, auth) = match service {
            Service::Registry => (
                AuthFlags {
                    username: flags.registry_username.as_deref(),
                    password_file: flags.registry_password_file.as_deref(),
                    password_from_stdin: flags.registry_password_stdin,
                    has_password: flags.registry_password.is_some(),
                },
                &self.config.registry_auth,
            ),
            Service::ChartRepository => (
                AuthFlags {
                    username: flags.repo_username.as_deref(),
                    password_file: flags.repo_password_file.as_deref(),
                    password_from_stdin: flags.repo_password_stdin,
                    has_password: flags.repo_password.is_some(),
                },
                &self.config.repo_auth,
            ),
        };
        let name = self.file.as_ref().map(|file| file.name.as_str());
        let file = InFile { name, auth };
        match credentials::resolve(service, &flags, file, self.environment, self.language) {
            Ok(credentials) => credentials,
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }

    /// Flags that only charts-syncer's users know.
    fn compatibility(&mut self) {
        let flags = &self.args.compatibility;
        if flags.generate_config.is_some() {
            let detail = say!("it comes with `ferry pack`", "随 `ferry pack` 提供");
            self.error(ProblemKind::ConfigUnsupported, "--generate-config", &detail);
        }
        if flags.verify {
            let detail = say!(
                "packages, charts and images are checked and nothing is written, as with --dry-run",
                "检查离线包、chart 和镜像，不写入任何内容，等同于 --dry-run"
            );
            self.tell(ProblemKind::ConfigIgnored, "--verify", &detail);
        }
        if flags.skip_dependencies {
            let detail = say!("a package has its dependencies in it", "离线包已包含依赖");
            self.tell(ProblemKind::ConfigIgnored, "--skip-dependencies", &detail);
        }
        if let Some(date) = &flags.from_date {
            if is_date(date) {
                let detail =
                    say!("packages do not say when they were made", "离线包不记录制作日期");
                self.tell(ProblemKind::ConfigIgnored, "--from-date", &detail);
            } else {
                let detail = say!("write YYYY-MM-DD", "请写成 YYYY-MM-DD");
                self.error(ProblemKind::Usage, "--from-date", &detail);
            }
        }
    }

    pub(super) fn error(&mut self, kind: ProblemKind, subject: &str, detail: &Sentence) {
        self.problems.push(Problem::error(kind, subject, detail.get(self.language)));
    }

    pub(super) fn tell(&mut self, kind: ProblemKind, subject: &str, detail: &Sentence) {
        self.problems.push(Problem::info(kind, subject, detail.get(self.language)));
    }

    /// How many errors there are so far.
    pub(super) fn errors(&self) -> usize {
        self.problems.iter().filter(|one| one.severity == Severity::Error).count()
    }

    /// A key that is needed. A file with errors has it perhaps; its own mistakes come first.
    fn missing(&mut self, key: &str, detail: &Sentence) {
        self.lacking(ProblemKind::ConfigMissing, key, detail);
    }

    /// Something that the file lacks, when there is one and it could be read.
    pub(super) fn lacking(&mut self, kind: ProblemKind, key: &str, detail: &Sentence) {
        if !self.is_sound {
            return;
        }
        let subject = match &self.file {
            Some(file) => format!("{}: {key}", file.name),
            None => key.to_owned(),
        };
        self.error(kind, &subject, detail);
    }
}

/// Where journals are kept: `--workdir`, `FERRY_WORKDIR`, then the XDG state directory.
fn state_directory(workdir: Option<&PathBuf>, environment: &Environment) -> PathBuf {
    let named = workdir.cloned().or_else(|| environment.path("FERRY_WORKDIR"));
    let xdg = || environment.path("XDG_STATE_HOME").filter(|path| path.is_absolute());
    let home = || environment.home().map(|home| home.join(".local/state"));
    match named {
        Some(path) => environment.absolute(&path),
        None => xdg().or_else(home).unwrap_or_else(std::env::temp_dir).join("ferry"),
    }
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let number = |text: &str, length: usize| {
        (text.len() == length).then(|| text.parse::<u16>().ok()).flatten()
    };
    number(year, 4).is_some()
        && number(month, 2).is_some_and(|month| (1..=12).contains(&month))
        && number(day, 2).is_some_and(|day| (1..=31).contains(&day))
}

/// The scheme a URL of the chart repository gives a registry at the same place.
pub(super) fn scheme_of(url: &str, host: &str) -> Option<Scheme> {
    let url = RepoUrl::parse(url).ok()?;
    if url.is_at(host) { url.scheme } else { None }
}

/// Credentials for one service that has them and another that has none, where both are one: Harbor, or a registry that
/// holds charts too.
fn share_credentials(
    mut registry: Option<RegistryTarget>,
    mut charts: Option<ChartTarget>,
) -> (Option<RegistryTarget>, Option<ChartTarget>) {
    if let (Some(registry), Some(charts)) = (&mut registry, &mut charts)
        && matches!(charts.kind, ChartTargetKind::Harbor | ChartTargetKind::Oci)
        && RepoUrl::parse(&charts.url).is_ok_and(|url| url.is_at(&registry.host))
    {
        let shared = registry.credentials.clone().or_else(|| charts.credentials.clone());
        registry.credentials = registry.credentials.take().or_else(|| shared.clone());
        charts.credentials = charts.credentials.take().or(shared);
    }
    (registry, charts)
}

/// Whether a chart repository is a directory of this machine.
pub(super) fn is_local(target: &ops::ChartTarget) -> bool {
    target.kind == ChartTargetKind::Local
}

#[cfg(test)]
#[path = "sync_tests.rs"]
mod tests;
