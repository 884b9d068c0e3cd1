//! Flags that commands with helm's names share: where helm's files are, and how servers are reached.

use std::io::Read as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use ops::{
    HelmAccess, HelmFailure, HelmFiles, NetworkOptions, Problem, ProblemKind, RetryPolicy, Secret,
};

use crate::environment::Environment;
use crate::settings::proxies;

/// Where helm's files are.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct HelmFileArgs {
    /// File with the names and addresses of repositories
    #[arg(long, value_name = "FILE")]
    repository_config: Option<PathBuf>,
    /// Directory of cached indexes
    #[arg(long, value_name = "DIR")]
    repository_cache: Option<PathBuf>,
    /// File with the credentials of registries
    #[arg(long, value_name = "FILE")]
    registry_config: Option<PathBuf>,
    /// Accepted as helm has it, without effect
    #[arg(long, value_name = "DIR", hide = true)]
    content_cache: Option<PathBuf>,
    /// Accepted as helm has it, without effect
    #[arg(long, hide = true)]
    debug: bool,
    /// Accepted as helm has it, without effect: no cluster is asked
    #[arg(short, long, value_name = "NAME", hide = true)]
    namespace: Option<String>,
    /// Accepted as helm has it, without effect: no cluster is asked
    #[arg(long, value_name = "FILE", hide = true)]
    kubeconfig: Option<PathBuf>,
    /// Accepted as helm has it, without effect: no cluster is asked
    #[arg(long, value_name = "NAME", hide = true)]
    kube_context: Option<String>,
}

/// The Chinese help of a command with [`HelmFileArgs`].
macro_rules! with_helm_files {
    ($($id:literal => $text:literal),* $(,)?) => {
        &[
            $(($id, $text),)*
            ("repository_config", "保存仓库名称和地址的文件"),
            ("repository_cache", "缓存仓库索引的目录"),
            ("registry_config", "保存镜像仓库凭据的文件"),
            ("content_cache", "与 helm 相同的选项，不起作用"),
            ("debug", "与 helm 相同的选项，不起作用"),
            ("namespace", "与 helm 相同的选项，不起作用：不访问集群"),
            ("kubeconfig", "与 helm 相同的选项，不起作用：不访问集群"),
            ("kube_context", "与 helm 相同的选项，不起作用：不访问集群"),
        ]
    };
}
pub(crate) use with_helm_files;

impl HelmFileArgs {
    /// The files: flags, then helm's variables, then where helm has them by itself.
    pub(crate) fn files(&self, environment: &Environment) -> HelmFiles {
        let home = |variable: &str, xdg: &str, below: &str| {
            let of_user = || Some(environment.home()?.join(below).join("helm"));
            environment
                .path(variable)
                .or_else(|| Some(environment.path(xdg)?.join("helm")))
                .or_else(of_user)
                .unwrap_or_else(|| PathBuf::from(below).join("helm"))
        };
        let configuration = home("HELM_CONFIG_HOME", "XDG_CONFIG_HOME", ".config");
        let cache = home("HELM_CACHE_HOME", "XDG_CACHE_HOME", ".cache");
        let choose = |flag: &Option<PathBuf>, variable: &str, otherwise: PathBuf| {
            flag.clone().or_else(|| environment.path(variable)).unwrap_or(otherwise)
        };
        let docker = environment
            .path("DOCKER_CONFIG")
            .or_else(|| environment.home().map(|home| home.join(".docker")));
        HelmFiles {
            repositories: choose(
                &self.repository_config,
                "HELM_REPOSITORY_CONFIG",
                configuration.join("repositories.yaml"),
            ),
            cache: choose(
                &self.repository_cache,
                "HELM_REPOSITORY_CACHE",
                cache.join("repository"),
            ),
            registry: choose(
                &self.registry_config,
                "HELM_REGISTRY_CONFIG",
                configuration.join("registry/config.json"),
            ),
            docker: docker.map(|directory| directory.join("config.json")),
        }
    }
}

/// The connection as the environment has it, with few repetitions: somebody is waiting.
pub(crate) fn access(environment: &Environment) -> HelmAccess {
    let network = NetworkOptions {
        ca_files: environment.path("FERRY_CA_FILE").into_iter().collect(),
        proxy: proxies(environment),
        retry: RetryPolicy {
            attempts: 3,
            first_delay: Duration::from_millis(100),
            max_delay: Duration::from_secs(1),
            max_retry_after: Duration::from_secs(5),
        },
        ..NetworkOptions::default()
    };
    HelmAccess { network, ..HelmAccess::default() }
}

/// The same with a limit on waiting, in Go's form: `2m0s`.
pub(crate) fn limited(
    mut access: HelmAccess,
    timeout: Option<&str>,
) -> Result<HelmAccess, HelmFailure> {
    let Some(text) = timeout else { return Ok(access) };
    let limit = humantime::parse_duration(text).map_err(|error| {
        HelmFailure::new(
            format!(
                "invalid argument {text:?} for \"--timeout\" flag: time: invalid duration {text:?}"
            ),
            Problem::error(ProblemKind::Usage, "--timeout", error.to_string()),
        )
    })?;
    let limit = limit.max(Duration::from_millis(1));
    let timeouts = &mut access.network.timeouts;
    timeouts.connect = timeouts.connect.min(limit);
    timeouts.idle = limit;
    timeouts.answer = limit;
    Ok(access)
}

/// Reads a password from standard input, without the line break at its end.
pub(crate) fn password_from_stdin() -> Result<Secret, HelmFailure> {
    let mut text = String::new();
    let read = std::io::stdin().lock().take(1 << 20).read_to_string(&mut text);
    read.map_err(|error| {
        let problem =
            Problem::error(ProblemKind::CredentialsInvalid, "--password-stdin", error.to_string());
        HelmFailure::new(error.to_string(), problem)
    })?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Secret::from(text.strip_suffix('\r').unwrap_or(text)))
}

/// helm would ask now. Nobody may be there to answer, so this does not.
pub(crate) fn credentials_missing(what: &str) -> HelmFailure {
    HelmFailure::new(
        format!("{what} is missing"),
        Problem::error(ProblemKind::CredentialsMissing, what, ""),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helms_files_are_where_helm_has_them() {
        let args = HelmFileArgs::default();
        let files = args.files(&Environment::fixed(&[("HOME", "/h")]));
        assert_eq!(files.repositories, PathBuf::from("/h/.config/helm/repositories.yaml"));
        assert_eq!(files.cache, PathBuf::from("/h/.cache/helm/repository"));
        assert_eq!(files.registry, PathBuf::from("/h/.config/helm/registry/config.json"));
        let variables = [
            ("HOME", "/h"),
            ("XDG_CACHE_HOME", "/x"),
            ("HELM_CONFIG_HOME", "/k"),
            ("HELM_REGISTRY_CONFIG", "/r.json"),
        ];
        let files = args.files(&Environment::fixed(&variables));
        assert_eq!(files.repositories, PathBuf::from("/k/repositories.yaml"));
        assert_eq!(files.cache, PathBuf::from("/x/helm/repository"));
        assert_eq!(files.registry, PathBuf::from("/r.json"));
    }
}
