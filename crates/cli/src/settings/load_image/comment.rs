//! Comments of the runbook that describe the other key.

use std::ops::Range;

use ops::{ProblemKind, Severity};

use super::edit::Edit;
use super::finding::Finding;
use super::reader::{Field, Reader};
use crate::say;

/// Who a comment at credentials speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Service {
    Registry,
    ChartRepository,
}

impl<'a> Reader<'a> {
    /// The comment behind a value on its line, from `#` on.
    fn comment(&self, field: &Field<'a>) -> Option<Range<usize>> {
        let from = field.span().end;
        let line = self.text[from..self.lines().end(from)].trim_end();
        let at = line.find('#').filter(|at| line[..*at].trim().is_empty())?;
        Some(from + at..from + line.len())
    }

    /// Comments at `username` and `password` that name the other service: one finding for both lines.
    pub(super) fn swapped_comments(&mut self, fields: &[Field<'a>]) {
        let mut found: Option<Finding> = None;
        for field in fields {
            let own = if field.path.contains("containers") {
                Service::Registry
            } else {
                Service::ChartRepository
            };
            let Some(range) = self.comment(field) else { continue };
            let comment = &self.text[range.clone()];
            if service_in(comment).is_none_or(|named| named == own) {
                continue;
            }
            let edit = Edit::replace(range, renamed(comment, own));
            if let Some(finding) = &mut found {
                finding.edits.push(edit);
                continue;
            }
            let detail = match own {
                Service::Registry => say!(
                    "these are the credentials of the registry, not of the chart repository",
                    "这是镜像仓库的凭证，不是 Helm 仓库的"
                ),
                Service::ChartRepository => say!(
                    "these are the credentials of the chart repository, not of the registry",
                    "这是 Helm 仓库的凭证，不是镜像仓库的"
                ),
            };
            let kind = ProblemKind::ConfigCommentSwapped;
            let path = field.path.rsplit_once('.').map_or("", |(path, _)| path);
            let finding = Finding::at(Severity::Info, kind, field.key, path, detail);
            found = Some(finding.with(vec![edit]));
        }
        self.findings.extend(found);
    }

    /// The comment that takes the package's directory for that of `load-image.yaml`.
    pub(super) fn path_comment(&mut self, field: &Field<'a>) {
        let Some(range) = self.comment(field) else { return };
        if !self.text[range.clone()].contains("load-image.yaml") {
            return;
        }
        let edit = Edit::replace(range, "# 离线包或其所在目录，相对于执行命令的目录");
        let detail = say!(
            "it is the package or its directory, seen from where the command runs",
            "这里是离线包或其所在目录，相对于执行命令的目录"
        );
        let kind = ProblemKind::ConfigCommentSwapped;
        let finding = Finding::at(Severity::Info, kind, field.key, &field.path, detail);
        self.findings.push(finding.with(vec![edit]));
    }
}

fn service_in(comment: &str) -> Option<Service> {
    let text = comment.to_ascii_lowercase();
    let names_charts = text.contains("helm") || text.contains("chart");
    let names_registry = text.contains("镜像") || text.contains("registry");
    match (names_registry, names_charts) {
        (true, false) => Some(Service::Registry),
        (false, true) => Some(Service::ChartRepository),
        _ => None,
    }
}

/// The comment with the name of the right service.
fn renamed(comment: &str, own: Service) -> String {
    let names: &[(&str, &str)] = match own {
        Service::ChartRepository => &[
            ("镜像仓库", "Helm 仓库"),
            ("container registry", "chart repository"),
            ("registry", "chart repository"),
        ],
        Service::Registry => &[
            ("Helm 仓库", "镜像仓库"),
            ("helm 仓库", "镜像仓库"),
            ("Chart 仓库", "镜像仓库"),
            ("chart 仓库", "镜像仓库"),
            ("Helm repository", "registry"),
            ("chart repository", "registry"),
            ("Helm repo", "registry"),
        ],
    };
    let replaced = names.iter().find(|(from, _)| comment.contains(from));
    match (replaced, own) {
        (Some((from, to)), _) => comment.replace(from, to),
        (None, Service::Registry) => "# 镜像仓库凭证".into(),
        (None, Service::ChartRepository) => "# Helm 仓库凭证".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_name_one_service_or_none() {
        assert_eq!(service_in("# 镜像仓库用户名"), Some(Service::Registry));
        assert_eq!(service_in("# Helm 仓库密码"), Some(Service::ChartRepository));
        assert_eq!(service_in("# 密码"), None);
        assert_eq!(service_in("# 镜像仓库和 Helm 仓库"), None);
    }

    #[test]
    fn only_the_name_in_a_comment_changes() {
        assert_eq!(renamed("# 镜像仓库用户名", Service::ChartRepository), "# Helm 仓库用户名");
        assert_eq!(renamed("# Helm 仓库密码", Service::Registry), "# 镜像仓库密码");
        assert_eq!(service_in(&renamed("# HELM user", Service::Registry)), Some(Service::Registry));
    }
}
