//! Where images and charts go.

use ops::{
    ChartTarget, ChartTargetKind, ProblemKind, RegistryKind, RegistryTarget, RelocationRules,
};

use super::address::{RegistryAddress, RepoUrl};
use super::credentials::Service;
use super::load_image::{Auth, mistake_of_kind};
use super::sync::{Resolver, is_local, scheme_of};
use crate::commands::sync::{RegistryKindArg, RepoKindArg};
use crate::say;

/// The rules and where they lead.
struct Naming {
    rules: RelocationRules,
    address: Option<RegistryAddress>,
}

impl Resolver<'_> {
    /// The registry and the rules by which images are named in it.
    pub(super) fn registry_target(
        &mut self,
        charts: Option<&ChartTarget>,
        is_optional: bool,
    ) -> (RelocationRules, Option<RegistryTarget>) {
        let before = self.errors();
        let Naming { rules, address } = self.naming();
        let is_told = self.errors() > before;
        let credentials = self.credentials(Service::Registry);
        let Some(address) = address else {
            if !is_optional && !is_told {
                let key = "target.containerRegistry";
                self.lacking(ProblemKind::NoRelocationRule, key, &say!("", ""));
            }
            return (rules, None);
        };
        let beside = charts.filter(|charts| !is_local(charts));
        let is_named_plain = self.args.network.plain_http_hosts.contains(&address.host);
        let scheme = match (address.scheme, beside) {
            (None, Some(charts)) if !is_named_plain => scheme_of(&charts.url, &address.host),
            (scheme, _) => scheme,
        };
        let target = RegistryTarget {
            kind: self.registry_kind(&address.host, beside),
            host: address.host,
            scheme,
            credentials,
        };
        (rules, Some(target))
    }

    /// The kind that was given; a registry beside a Harbor's chart repository is Harbor's.
    fn registry_kind(&self, host: &str, charts: Option<&ChartTarget>) -> RegistryKind {
        match self.args.target.registry_kind {
            Some(RegistryKindArg::Plain) => return RegistryKind::Plain,
            Some(RegistryKindArg::Harbor) => return RegistryKind::Harbor,
            Some(RegistryKindArg::Jfrog) => return RegistryKind::Jfrog,
            None => {}
        }
        if self.config.registry_kind != RegistryKind::Plain {
            return self.config.registry_kind;
        }
        let is_at =
            |charts: &&ChartTarget| RepoUrl::parse(&charts.url).is_ok_and(|url| url.is_at(host));
        match charts.filter(is_at).map(|charts| charts.kind) {
            Some(ChartTargetKind::Harbor) => RegistryKind::Harbor,
            Some(ChartTargetKind::Jfrog) => RegistryKind::Jfrog,
            _ => RegistryKind::Plain,
        }
    }

    fn naming(&mut self) -> Naming {
        let flags = &self.args.target;
        let named = flags.to_registry.clone().and_then(|text| self.address("--to-registry", &text));
        let prefix =
            flags.prefix_registry.clone().and_then(|text| self.address("--prefix-registry", &text));
        let path = self.path_of(named.as_ref());
        let prefix = prefix.or_else(|| {
            // A registry in the command line takes the place of the file's, whichever rule the file uses.
            let of_file = self.config.prefix_registry.clone()?;
            Some(named.clone().unwrap_or(of_file))
        });
        let registry = named.or_else(|| self.config.registry.clone());
        let rules = RelocationRules {
            registry: registry.as_ref().map(|address| address.host.clone()),
            repository: path.or_else(|| self.config.repository.clone()),
            prefix_registry: prefix.as_ref().map(|address| address.host.clone()),
            prefix_repository: flags
                .prefix_repository
                .clone()
                .or_else(|| self.config.prefix_repository.clone()),
            append_origin_registry: flags.append_origin_registry
                || self.config.append_origin_registry,
            ..RelocationRules::default()
        };
        Naming { rules, address: prefix.or(registry) }
    }

    /// `--registry-path`, or what stands behind the host in `--to-registry`.
    fn path_of(&mut self, named: Option<&RegistryAddress>) -> Option<String> {
        let behind = named.and_then(|address| address.path.clone());
        let path = self.args.target.registry_path.clone();
        if behind.is_some() && path.is_some() {
            let detail = say!("`--to-registry` has a path already", "`--to-registry` 中已带有路径");
            self.error(ProblemKind::Usage, "--registry-path", &detail);
        }
        path.or(behind)
    }

    fn address(&mut self, flag: &str, text: &str) -> Option<RegistryAddress> {
        match RegistryAddress::parse(text) {
            Ok(address) if address.path.is_some() && flag == "--prefix-registry" => {
                let detail = say!("write the host alone", "请只写主机");
                self.error(ProblemKind::Usage, flag, &detail);
                None
            }
            Ok(address) => Some(address),
            Err(detail) => {
                self.error(ProblemKind::Usage, flag, &detail);
                None
            }
        }
    }

    /// The chart repository, from flags or file.
    pub(super) fn chart_target(&mut self) -> Option<ChartTarget> {
        let Some((kind, url)) = self.place_of_charts() else {
            // Credentials of a repository that cannot be used are looked at all the same.
            if self.config.repo_auth != Auth::default() {
                self.credentials(Service::ChartRepository);
            }
            return None;
        };
        if kind == ChartTargetKind::Local && self.args.target.to_repo.is_some() && is_address(&url)
        {
            let detail = say!(
                "`{url}` looks like an address: write `http://…`, `https://…` or `oci://…`, or `./{url}` for a directory",
                "`{url}` 看起来是地址而不是目录：请写 `http://…`、`https://…` 或 `oci://…`，目录请写 `./{url}`"
            );
            self.error(ProblemKind::Usage, "--to-repo", &detail);
            return None;
        }
        if kind == ChartTargetKind::Local {
            return Some(ChartTarget { kind, url, credentials: None });
        }
        let mistake = match RepoUrl::parse(&url) {
            Ok(url) => mistake_of_kind(&url, kind),
            Err(mistake) => Some(mistake),
        };
        let credentials = self.credentials(Service::ChartRepository);
        if let Some(mistake) = mistake {
            self.error(ProblemKind::Usage, "--to-repo", &mistake);
            return None;
        }
        Some(ChartTarget { kind, url, credentials })
    }

    /// Kind and address of the chart repository.
    fn place_of_charts(&mut self) -> Option<(ChartTargetKind, String)> {
        let flags = &self.args.target;
        let kind = flags.to_repo_kind.map(kind_of_flag);
        let (url, repo) = match (flags.to_repo.clone(), self.config.repo.clone()) {
            (Some(url), repo) => (url, repo),
            (None, repo) => return repo.map(|repo| (kind.unwrap_or(repo.kind), repo.url)),
        };
        let of_file = repo.map(|repo| repo.kind).filter(|kind| *kind != ChartTargetKind::Local);
        let Some(kind) = kind.or_else(|| kind_of_url(&url)).or(of_file) else {
            let detail = say!(
                "the URL does not say of which kind it is: add `--to-repo-kind`",
                "无法从 URL 判断类别：请加 `--to-repo-kind`"
            );
            self.error(ProblemKind::Usage, "--to-repo", &detail);
            return None;
        };
        Some((kind, url))
    }
}

/// Whether a text without a scheme begins with a host rather than a directory.
fn is_address(text: &str) -> bool {
    let first = text.split('/').next().unwrap_or(text);
    let has_port = first.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let is_ip = first.parse::<std::net::IpAddr>().is_ok();
    (has_port || is_ip || first == "localhost") && !std::path::Path::new(text).exists()
}

fn kind_of_flag(kind: RepoKindArg) -> ChartTargetKind {
    match kind {
        RepoKindArg::Harbor => ChartTargetKind::Harbor,
        RepoKindArg::ChartMuseum => ChartTargetKind::ChartMuseum,
        RepoKindArg::Oci => ChartTargetKind::Oci,
        RepoKindArg::Jfrog => ChartTargetKind::Jfrog,
        RepoKindArg::Local => ChartTargetKind::Local,
    }
}

/// The kind that a URL or path can only be of.
fn kind_of_url(url: &str) -> Option<ChartTargetKind> {
    if url.starts_with("oci://") {
        Some(ChartTargetKind::Oci)
    } else if !url.contains("://") {
        Some(ChartTargetKind::Local)
    } else if url.contains("/chartrepo/") {
        Some(ChartTargetKind::Harbor)
    } else if url.contains("/artifactory/") {
        Some(ChartTargetKind::Jfrog)
    } else {
        None
    }
}
