//! `target`: registry, naming rules, chart repository.

use ops::{ChartTargetKind, ProblemKind};

use super::edit::Edit;
use super::reader::{Field, Reader};
use super::{Auth, Repo};
use crate::say;
use crate::settings::address::{RegistryAddress, RepoUrl};

/// The keys below `target`.
pub(super) const KEYS: [&str; 9] = [
    "repo",
    "intermediateBundlesPath",
    "containerRegistry",
    "containerRepository",
    "containerPrefixRegistry",
    "containerPrefixRepository",
    "appendOriginRegistry",
    "repoName",
    "containers",
];
const REPO: [&str; 7] =
    ["kind", "url", "path", "auth", "chartsIndex", "disableChartsIndex", "useChartsIndex"];

impl<'a> Reader<'a> {
    pub(super) fn target(&mut self, fields: &[Field<'a>]) {
        let repository = fields.iter().find(|field| field.name == "containerRepository").cloned();
        let has_prefix = fields.iter().any(|field| field.name == "containerPrefixRepository");
        for field in fields {
            match field.name.as_str() {
                "repo" => (self.config.repo, self.config.repo_auth) = self.repo(field),
                "intermediateBundlesPath" => {
                    self.text(field);
                    let detail = say!(
                        "writing bundles comes with `ferry pack`",
                        "生成 bundle 的功能随 `ferry pack` 提供"
                    );
                    self.unsupported(field, detail);
                }
                "containerRegistry" => self.registry(field, repository.as_ref(), has_prefix),
                "containerPrefixRegistry" => self.prefix_registry(field),
                "containerRepository" => {
                    self.config.repository = self.repository_path(field);
                }
                "containerPrefixRepository" => {
                    self.config.prefix_repository = self.repository_path(field);
                }
                "appendOriginRegistry" => {
                    self.config.append_origin_registry = self.switch(field).unwrap_or(false);
                }
                "repoName" => {
                    self.text(field);
                    let detail = say!(
                        "charts-syncer uses it for README files only",
                        "charts-syncer 仅用它改写 README"
                    );
                    self.ignored(field, detail);
                }
                "containers" => self.containers(field),
                _ => self.unknown(field, &KEYS),
            }
        }
    }

    /// `containerRegistry`. A scheme decides how to speak to it; a path is one of the other keys.
    fn registry(&mut self, field: &Field<'a>, repository: Option<&Field<'a>>, has_prefix: bool) {
        let Some(mut address) = self.address(field) else { return };
        let Some(path) = address.path.take() else {
            if address.scheme.is_some() {
                let host = &address.host;
                let detail = say!(
                    "write the host alone: `{host}`; the scheme is used as given",
                    "请只写主机：`{host}`；协议按所写的使用"
                );
                let edit = Edit::replace(field.value.span.clone(), quoted(host));
                self.note(ProblemKind::ConfigValue, field, detail, vec![edit]);
            }
            self.config.registry = Some(address);
            return;
        };
        let repeats = |text: &str| text == path || text.starts_with(&format!("{path}/"));
        let is_repeated = repository.and_then(|field| field.value.text()).is_some_and(repeats);
        if is_repeated {
            let host = quoted(&address.host);
            let detail = say!(
                "write the host alone: `{host}`; `containerRepository` has the path already",
                "请只写主机：`{host}`；路径已在 `containerRepository` 中"
            );
            let edit = Edit::replace(field.value.span.clone(), host);
            self.note(ProblemKind::ConfigValue, field, detail, vec![edit]);
        } else if repository.is_some() || has_prefix {
            let detail = say!(
                "whether `{path}` comes in addition to the path given beside it is not clear: write the host alone",
                "无法判断 `{path}` 是否要叠加在旁边给出的路径之上：请只写主机"
            );
            self.error(ProblemKind::ConfigValue, field.value, &field.path, detail);
            return;
        } else {
            self.split_off_prefix(field, &address, &path);
            self.config.prefix_repository = Some(path);
        }
        self.config.registry = Some(address);
    }

    /// Tells that a path behind the registry is read as a prefix of the images' own paths, which is what it does.
    fn split_off_prefix(&mut self, field: &Field<'a>, address: &RegistryAddress, path: &str) {
        let host = quoted(&address.host);
        let line = self.lines().around(&field.span());
        let mut edits = Vec::new();
        if self.has_own_lines(field) && self.text[line.clone()].ends_with('\n') {
            let indentation = &self.text[line.start..field.key.start];
            let text = format!("{indentation}containerPrefixRepository: {path}\n");
            edits.push(Edit::replace(field.value.span.clone(), host.clone()));
            edits.push(Edit::insert(line.end, text));
        }
        let detail = say!(
            "read as `containerRegistry: {host}` and `containerPrefixRepository: {path}`",
            "按 `containerRegistry: {host}` 和 `containerPrefixRepository: {path}` 读取"
        );
        self.note(ProblemKind::ConfigValue, field, detail, edits);
    }

    fn prefix_registry(&mut self, field: &Field<'a>) {
        let Some(address) = self.address(field) else { return };
        if address.path.is_some() {
            let host = &address.host;
            let detail = say!("write the host alone: `{host}`", "请只写主机：`{host}`");
            self.error(ProblemKind::ConfigValue, field.value, &field.path, detail);
            return;
        }
        if address.scheme.is_some() {
            let host = &address.host;
            let detail = say!("write the host alone: `{host}`", "请只写主机：`{host}`");
            let edit = Edit::replace(field.value.span.clone(), quoted(host));
            self.note(ProblemKind::ConfigValue, field, detail, vec![edit]);
        }
        self.config.prefix_registry = Some(address);
    }

    fn address(&mut self, field: &Field<'a>) -> Option<RegistryAddress> {
        let text = self.text(field)?;
        match RegistryAddress::parse(&text) {
            Ok(address) => Some(address),
            Err(detail) => {
                self.error(ProblemKind::ConfigValue, field.value, &field.path, detail);
                None
            }
        }
    }

    /// A path of repositories, without slashes around it.
    fn repository_path(&mut self, field: &Field<'a>) -> Option<String> {
        let text = self.text(field)?;
        let path = text.trim_matches('/');
        if path.is_empty() {
            return None;
        }
        if ops::Reference::new("registry", path, None, None).is_err() {
            let detail = say!(
                "a path of lower-case letters, digits and single separators (. _ __ - /) is needed",
                "需要由小写字母、数字和单个分隔符（. _ __ - /）组成的路径"
            );
            self.error(ProblemKind::ConfigValue, field.value, &field.path, detail);
            return None;
        }
        Some(path.to_owned())
    }

    fn containers(&mut self, field: &Field<'a>) {
        let mut fields = self.fields(&field.path, field.value);
        self.config.registry_auth = self.take_auth(field.value, &mut fields);
        for field in &fields {
            match field.name.as_str() {
                "kind" => self.config.registry_kind = self.registry_kind(field).unwrap_or_default(),
                "url" => {
                    let detail = say!(
                        "a key of charts-syncer 2; here it is `target.containerRegistry` and `target.containerRepository`",
                        "charts-syncer 2 的键；此处请用 `target.containerRegistry` 和 `target.containerRepository`"
                    );
                    self.error(ProblemKind::ConfigUnknownKey, field.key, &field.path, detail);
                }
                _ => self.unknown(field, &["auth", "kind"]),
            }
        }
    }

    /// `repo`, the same for source and target.
    pub(super) fn repo(&mut self, field: &Field<'a>) -> (Option<Repo>, Auth) {
        let mut fields = self.fields(&field.path, field.value);
        let auth = self.take_auth(field.value, &mut fields);
        (self.place(field, &fields), auth)
    }

    /// Kind and address of a repository.
    fn place(&mut self, field: &Field<'a>, fields: &[Field<'a>]) -> Option<Repo> {
        let find = |name: &str| fields.iter().find(|field| field.name == name);
        let (url, path) = (find("url").cloned(), find("path").cloned());
        let before = self.findings.len();
        let kind = match find("kind").cloned() {
            Some(kind) => self.repo_kind(&kind),
            None => self.guessed_kind(field, url.as_ref(), path.as_ref()),
        };
        for field in fields {
            self.repo_key(field, kind);
        }
        let Some(kind) = kind else {
            let was_told =
                self.findings[before..].iter().any(|one| one.severity == ops::Severity::Error);
            if !was_told {
                let detail = say!("`kind` is missing", "缺少 `kind`");
                self.error(ProblemKind::ConfigMissing, field.key, &field.path, detail);
            }
            return None;
        };
        let url = if kind == ChartTargetKind::Local {
            self.local_path(field, path.as_ref())?
        } else {
            self.repo_url(field, url.as_ref(), kind)?
        };
        Some(Repo { kind, url })
    }

    fn repo_key(&mut self, field: &Field<'a>, kind: Option<ChartTargetKind>) {
        let is_local = kind == Some(ChartTargetKind::Local);
        match field.name.as_str() {
            "url" if is_local => {
                let detail = say!("LOCAL takes `path`", "LOCAL 使用 `path`");
                self.ignored(field, detail);
            }
            "path" if kind.is_some() && !is_local => {
                let detail = say!("only LOCAL takes `path`", "只有 LOCAL 使用 `path`");
                self.ignored(field, detail);
            }
            "kind" | "url" | "path" => {}
            "chartsIndex" => {
                if let Some(text) = self.text(field)
                    && let Err(error) = text.parse::<ops::Reference>()
                {
                    let detail = say!("{error}", "{error}");
                    self.error(ProblemKind::ConfigValue, field.value, &field.path, detail);
                }
                let detail = say!(
                    "indexes of charts come with `ferry pack`",
                    "chart 索引功能随 `ferry pack` 提供"
                );
                self.unsupported(field, detail);
            }
            "disableChartsIndex" | "useChartsIndex" => {
                self.switch(field);
                let detail = say!("no index of charts is read", "不会读取 chart 索引");
                self.ignored(field, detail);
            }
            _ => self.unknown(field, &REPO),
        }
    }

    /// The kind of a repository that does not say it, when there is only one answer.
    fn guessed_kind(
        &mut self,
        repo: &Field<'a>,
        url: Option<&Field<'a>>,
        path: Option<&Field<'a>>,
    ) -> Option<ChartTargetKind> {
        let text = |field: Option<&Field<'a>>| {
            field.and_then(|field| field.value.text().map(str::to_owned))
        };
        let (kind, name, beside) = match (text(url), text(path)) {
            (None, Some(_)) => (ChartTargetKind::Local, "LOCAL", path),
            (Some(url_text), None) if url_text.contains("/chartrepo/") => {
                (ChartTargetKind::Harbor, "HARBOR", url)
            }
            (Some(url_text), None) if url_text.starts_with("oci://") => {
                (ChartTargetKind::Oci, "OCI", url)
            }
            _ => return None,
        };
        let beside = beside?;
        let mut edits = Vec::new();
        if self.has_own_lines(beside) {
            let start = self.lines().start(beside.key.start);
            let indentation = &self.text[start..beside.key.start];
            edits.push(Edit::insert(start, format!("{indentation}kind: {name}\n")));
        }
        let detail = say!("`kind` is missing; read as {name}", "缺少 `kind`；按 {name} 读取");
        let field =
            Field { path: format!("{}.kind", repo.path), value: beside.key, ..beside.clone() };
        self.note(ProblemKind::ConfigMissing, &field, detail, edits);
        Some(kind)
    }

    fn local_path(&mut self, repo: &Field<'a>, path: Option<&Field<'a>>) -> Option<String> {
        let text = path.and_then(|path| self.text(path));
        if text.is_none() {
            let detail = say!("LOCAL needs `path`", "LOCAL 需要 `path`");
            let path = format!("{}.path", repo.path);
            self.error(ProblemKind::ConfigMissing, repo.key, &path, detail);
        }
        text
    }

    fn repo_url(
        &mut self,
        repo: &Field<'a>,
        url: Option<&Field<'a>>,
        kind: ChartTargetKind,
    ) -> Option<String> {
        let Some((field, text)) = url.and_then(|url| Some((url, self.text(url)?))) else {
            let detail = say!("this kind needs `url`", "该类别需要 `url`");
            let path = format!("{}.url", repo.path);
            self.error(ProblemKind::ConfigMissing, repo.key, &path, detail);
            return None;
        };
        let mistake = match RepoUrl::parse(&text) {
            Err(mistake) => Some(mistake),
            Ok(url) => mistake_of_kind(&url, kind),
        };
        match mistake {
            None => Some(text),
            Some(detail) => {
                self.error(ProblemKind::ConfigValue, field.value, &field.path, detail);
                None
            }
        }
    }
}

/// What is wrong with a URL for this kind of repository.
pub(crate) fn mistake_of_kind(
    url: &RepoUrl,
    kind: ChartTargetKind,
) -> Option<crate::language::Sentence> {
    let project = url.path.split_once("/chartrepo/").map(|(_, project)| project.trim_matches('/'));
    match kind {
        ChartTargetKind::Harbor if project.is_none_or(str::is_empty) => Some(say!(
            "HARBOR needs http(s)://HOST/chartrepo/PROJECT; for a Harbor from 2.8 on use kind OCI with https://HOST/PROJECT",
            "HARBOR 需要 http(s)://HOST/chartrepo/PROJECT；Harbor 2.8 及以上请用 OCI 和 https://HOST/PROJECT"
        )),
        ChartTargetKind::Oci if url.path.trim_matches('/').is_empty() => Some(say!(
            "OCI needs a project behind the host: https://HOST/PROJECT",
            "OCI 需要在主机之后写项目：https://HOST/PROJECT"
        )),
        ChartTargetKind::Oci => None,
        _ if url.is_oci => Some(say!(
            "only kind OCI takes oci://; write http:// or https://",
            "只有 OCI 可以使用 oci://；请写 http:// 或 https://"
        )),
        _ => None,
    }
}

/// A host as a YAML scalar.
fn quoted(host: &str) -> String {
    if host.starts_with('[') { format!("\"{host}\"") } else { host.to_owned() }
}
