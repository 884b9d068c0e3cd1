//! How to reach hosts: trust, plain HTTP, proxies, docker's configuration.

use std::path::PathBuf;

use ops::{
    ChartTarget, HostPort, NetworkOptions, ProblemKind, ProxyOptions, RegistryTarget, Secret,
};

use super::address::RepoUrl;
use super::authority;
use super::sync::{Resolver, is_local};
use crate::environment::Environment;
use crate::say;

impl Resolver<'_> {
    /// Trust and proxies for both targets.
    pub(super) fn network(
        &mut self,
        registry: Option<&RegistryTarget>,
        charts: Option<&ChartTarget>,
    ) -> NetworkOptions {
        let flags = &self.args.network;
        let mut insecure = self.hosts("--insecure-registry", &flags.insecure_hosts);
        if !insecure.is_empty() {
            self.tell_unverified("--insecure-registry", &flags.insecure_hosts.join(", "));
        }
        if self.args.compatibility.insecure {
            insecure.extend(self.configured_hosts(registry, charts));
        }
        NetworkOptions {
            ca_files: self.authorities(),
            plain_http: self.hosts("--plain-http", &flags.plain_http_hosts),
            token_hosts: self.hosts("--token-host", &flags.token_hosts),
            insecure,
            proxy: proxies(self.environment),
            ..NetworkOptions::default()
        }
    }

    /// The files of the user's certificate authorities, each of them looked at.
    fn authorities(&mut self) -> Vec<PathBuf> {
        let flags = self.args.network.ca_files.iter().map(|path| ("--ca-file", path.clone()));
        let variable = "FERRY_CA_FILE";
        let of_environment = self.environment.path(variable).map(|path| (variable, path));
        let mut files = Vec::new();
        for (name, path) in flags.chain(of_environment) {
            let path = self.environment.absolute(&path);
            if let Some(detail) = authority::mistake(&path) {
                let subject = format!("{name} {}", path.display());
                self.error(ProblemKind::ConfigValue, &subject, &detail);
            }
            files.push(path);
        }
        files
    }

    fn hosts(&mut self, flag: &str, texts: &[String]) -> Vec<HostPort> {
        let mut hosts = Vec::new();
        for text in texts {
            match text.parse() {
                Ok(host) => hosts.push(host),
                Err(error) => {
                    let error: ops::HostPortError = error;
                    self.error(ProblemKind::Usage, flag, &say!("{error}", "{error}"));
                }
            }
        }
        hosts
    }

    /// The hosts that `--insecure` means.
    fn configured_hosts(
        &mut self,
        registry: Option<&RegistryTarget>,
        charts: Option<&ChartTarget>,
    ) -> Vec<HostPort> {
        let of_charts = charts
            .filter(|charts| !is_local(charts))
            .and_then(|charts| RepoUrl::parse(&charts.url).ok())
            .map(|url| url.host);
        let mut names: Vec<String> =
            registry.map(|registry| registry.host.clone()).into_iter().chain(of_charts).collect();
        names.dedup();
        self.tell_unverified("--insecure", &names.join(", "));
        names.iter().filter_map(|name| name.parse().ok()).collect()
    }

    fn tell_unverified(&mut self, flag: &str, hosts: &str) {
        let detail = say!("certificates of {hosts} are not verified", "不校验 {hosts} 的证书");
        self.tell(ProblemKind::ConfigValue, flag, &detail);
    }
}

/// `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capitals or not.
pub(crate) fn proxies(environment: &Environment) -> ProxyOptions {
    let variable = |name: &str| {
        environment.variable(name).or_else(|| environment.variable(&name.to_ascii_lowercase()))
    };
    let proxy = |name: &str| variable(name).or_else(|| variable("ALL_PROXY")).map(Secret::from);
    ProxyOptions {
        http: proxy("HTTP_PROXY"),
        https: proxy("HTTPS_PROXY"),
        no_proxy: variable("NO_PROXY"),
    }
}

/// Docker's `config.json`, where it is by docker's own rule.
pub(super) fn docker_config(environment: &Environment) -> Option<PathBuf> {
    let directory = environment
        .path("DOCKER_CONFIG")
        .or_else(|| environment.home().map(|home| home.join(".docker")))?;
    Some(directory.join("config.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_come_from_either_spelling() {
        let environment = Environment::fixed(&[
            ("http_proxy", "http://a:1"),
            ("ALL_PROXY", "http://b:2"),
            ("NO_PROXY", "10.0.0.0/8"),
        ]);
        let found = proxies(&environment);
        assert_eq!(found.http.unwrap().expose(), "http://a:1");
        assert_eq!(found.https.unwrap().expose(), "http://b:2");
        assert_eq!(found.no_proxy.as_deref(), Some("10.0.0.0/8"));
    }

    #[test]
    fn dockers_configuration_is_where_docker_has_it() {
        assert_eq!(docker_config(&Environment::fixed(&[])), None);
        let home = docker_config(&Environment::fixed(&[("HOME", "/h")])).unwrap();
        assert_eq!(home, PathBuf::from("/h/.docker/config.json"));
        let named = Environment::fixed(&[("HOME", "/h"), ("DOCKER_CONFIG", "/d")]);
        assert_eq!(docker_config(&named).unwrap(), PathBuf::from("/d/config.json"));
    }
}
