//! What no single key shows: keys that exclude each other, credentials that look swapped, passwords in the clear.

use goyaml::Node;
use ops::{ChartTargetKind, ProblemKind, Severity};

use super::reader::Reader;
use crate::say;

/// The user of the chart repository that DaoCloud's installer sets up.
const CHARTMUSEUM_USER: &str = "rootuser";

impl Reader<'_> {
    /// Looks at the whole once everything is read.
    pub(super) fn check(&mut self, root: &Node) {
        if let (Some(_), Some(skip)) = (root.get("charts"), root.find("skipCharts"))
            && !self.config.charts.is_empty()
            && !self.config.skip_charts.is_empty()
        {
            let detail =
                say!("`charts` names the others already", "`charts` 已经列出要处理的 chart");
            self.error(ProblemKind::ConfigConflict, &skip.entry.key, "skipCharts", detail);
        }
        if self.config.append_origin_registry && self.config.prefix_registry.is_none() {
            self.warn_at(
                root,
                &["target", "appendOriginRegistry"],
                ProblemKind::ConfigIgnored,
                say!("it needs `containerPrefixRegistry`", "需要与 `containerPrefixRegistry` 同用"),
            );
        }
        self.check_credentials(root);
    }

    fn check_credentials(&mut self, root: &Node) {
        let Some(repo) = self.config.repo.clone() else { return };
        let (registry, charts) = (self.config.registry_auth.clone(), self.config.repo_auth.clone());
        let is_same = charts.username == registry.username && charts.password == registry.password;
        // Who filled in the file by its comments gave each service the other one's.
        if charts.password.is_some() && registry.password.is_some() && !is_same {
            let kind = ProblemKind::ConfigCommentSwapped;
            let swapped = self.findings.iter_mut();
            swapped
                .filter(|finding| finding.kind == kind && finding.key.ends_with("auth"))
                .for_each(|finding| finding.severity = Severity::Warning);
        }
        let is_user = |name: &Option<String>| name.as_deref() == Some(CHARTMUSEUM_USER);
        if is_user(&registry.username) && !is_user(&charts.username) {
            self.warn_at(
                root,
                &["target", "containers", "auth"],
                ProblemKind::ConfigValue,
                say!(
                    "`rootuser` is the user of the installer's chart repository: are the two pairs swapped?",
                    "`rootuser` 是安装器内置 Helm 仓库的用户：两组凭证是否写反了？"
                ),
            );
        }
        let is_clear = repo.kind != ChartTargetKind::Local && repo.url.starts_with("http://");
        if is_clear && charts.password.is_some() {
            self.tell_clear_text(root);
        }
    }

    fn tell_clear_text(&mut self, root: &Node) {
        let detail = say!(
            "with http:// the password travels unencrypted; use https:// where the service has it",
            "使用 http:// 时密码以明文传输；如果服务支持，请改用 https://"
        );
        let kind = ProblemKind::ConfigValue;
        self.warn_at(root, &["target", "repo", "url"], kind, detail);
        if let Some(finding) = self.findings.last_mut() {
            finding.severity = Severity::Info;
        }
    }

    /// A warning at the deepest node of a path that is written as such in the file.
    fn warn_at(
        &mut self,
        root: &Node,
        path: &[&str],
        kind: ProblemKind,
        detail: crate::language::Sentence,
    ) {
        let mut node = root;
        for key in path {
            if let Some(next) = node.get(key) {
                node = next;
            }
        }
        self.warning(kind, node, &path.join("."), detail);
    }
}
