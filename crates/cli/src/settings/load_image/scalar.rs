//! Scalars: text, switches, names of kinds; numbers and switches where text is meant.

use goyaml::{Kind, Node, Value, resolve_plain};
use ops::{ChartTargetKind, ProblemKind, RegistryKind, Secret};

use super::edit::Edit;
use super::reader::{Field, Reader};
use crate::say;

/// Passwords that stand in public manuals.
const DEFAULT_PASSWORDS: [&str; 2] = ["Harbor12345", "rootpass123"];
/// What `config check` writes in place of a password.
const MASK: &str = "***";
/// The kinds by number, as the original's decoder takes them.
const KINDS: [&str; 7] = ["UNKNOWN", "HELM", "CHARTMUSEUM", "HARBOR", "OCI", "LOCAL", "JFROG"];

impl<'a> Reader<'a> {
    /// A password. Its place is kept so that it can be masked.
    pub(super) fn secret(&mut self, field: &Field<'a>) -> Option<Secret> {
        if field.value.span.end > field.value.span.start {
            self.secrets.push(field.value.span.clone());
        }
        let text = self.written_text(field)?;
        self.tell_cut(field);
        if DEFAULT_PASSWORDS.contains(&text.as_str()) {
            let detail = say!(
                "change it, or give another one by environment variable",
                "请修改密码，或用环境变量传入其他密码"
            );
            self.warning(ProblemKind::ConfigDefaultPassword, field.value, &field.path, detail);
        }
        if text == MASK {
            let detail = say!(
                "`***` is the mask of `ferry config check`, not a password",
                "`***` 是 `ferry config check` 的掩码，不是密码"
            );
            self.error(ProblemKind::CredentialsInvalid, field.value, &field.path, detail);
            return None;
        }
        Some(Secret::from(text))
    }

    /// `true` or `false`.
    pub(super) fn switch(&mut self, field: &Field<'a>) -> Option<bool> {
        let node = field.value.resolved();
        if let Kind::Scalar { text, .. } = &node.kind {
            match resolve_plain(text) {
                Value::Bool(value) => {
                    if text != "true" && text != "false" || field.value.span.len() != text.len() {
                        let detail = say!("read as `{value}`", "按 `{value}` 读取");
                        let edit = Edit::replace(node.span.clone(), value.to_string());
                        self.note(ProblemKind::ConfigType, field, detail, vec![edit]);
                    }
                    return Some(value);
                }
                Value::Null => return None,
                _ => {}
            }
        }
        let detail = say!("`true` or `false` is needed here", "此处需要 `true` 或 `false`");
        self.error(ProblemKind::ConfigType, field.value, &field.path, detail);
        None
    }

    /// A kind of service by name (in any case) or number.
    fn kind_name(&mut self, field: &Field<'a>) -> Option<&'static str> {
        let node = field.value.resolved();
        let (Kind::Scalar { text, .. }, false) = (&node.kind, node.is_null()) else {
            return self.text(field).and(None);
        };
        let written = self.meant(field, text);
        let written = written.as_str();
        let by_number = written.parse::<usize>().ok().and_then(|number| KINDS.get(number));
        let by_name = KINDS.iter().find(|kind| kind.eq_ignore_ascii_case(written));
        let Some(kind) = by_number.or(by_name).copied() else {
            let near = super::reader::nearest(written, &KINDS[1..]);
            let kinds = KINDS[2..].join(", ");
            let detail = near.map_or_else(
                || say!("one of: {kinds}", "可选值：{kinds}"),
                |near| say!("did you mean `{near}`?", "您是否想写 `{near}`？"),
            );
            let edits = near.map(|near| Edit::replace(node.span.clone(), near));
            self.error(ProblemKind::ConfigValue, field.value, &field.path, detail);
            if let Some(finding) = self.findings.last_mut() {
                finding.edits.extend(edits);
            }
            return None;
        };
        if kind != written {
            let detail = say!("read as `{kind}`", "按 `{kind}` 读取");
            let edit = Edit::replace(node.span.clone(), kind);
            self.note(ProblemKind::ConfigValue, field, detail, vec![edit]);
        }
        Some(kind)
    }

    /// `target.repo.kind`.
    pub(super) fn repo_kind(&mut self, field: &Field<'a>) -> Option<ChartTargetKind> {
        match self.kind_name(field)? {
            "HARBOR" => Some(ChartTargetKind::Harbor),
            "CHARTMUSEUM" => Some(ChartTargetKind::ChartMuseum),
            "OCI" => Some(ChartTargetKind::Oci),
            "JFROG" => Some(ChartTargetKind::Jfrog),
            "LOCAL" => Some(ChartTargetKind::Local),
            "HELM" => {
                let detail = say!("charts cannot be uploaded to it", "无法向其上传 chart");
                self.error(ProblemKind::ChartRepositoryReadOnly, field.value, &field.path, detail);
                None
            }
            _ => {
                let kinds = KINDS[2..].join(", ");
                let detail = say!("one of: {kinds}", "可选值：{kinds}");
                self.error(ProblemKind::ConfigValue, field.value, &field.path, detail);
                None
            }
        }
    }

    /// `target.containers.kind`.
    pub(super) fn registry_kind(&mut self, field: &Field<'a>) -> Option<RegistryKind> {
        match self.kind_name(field)? {
            "HARBOR" => Some(RegistryKind::Harbor),
            "JFROG" => Some(RegistryKind::Jfrog),
            other => {
                if other != "UNKNOWN" {
                    let detail = say!(
                        "only HARBOR and JFROG have projects to create",
                        "只有 HARBOR 和 JFROG 支持创建项目"
                    );
                    self.ignored(field, detail);
                }
                Some(RegistryKind::Plain)
            }
        }
    }

    /// The texts of a list; a single text is taken as a list of one.
    pub(super) fn texts(&mut self, field: &Field<'a>) -> Vec<(String, &'a Node)> {
        let node = field.value.resolved();
        match &node.kind {
            Kind::Sequence { items, .. } => items
                .iter()
                .filter_map(|item| {
                    let one = Field { value: item, ..field.clone() };
                    Some((self.text(&one)?, item.as_ref()))
                })
                .collect(),
            Kind::Scalar { .. } if !node.is_null() => {
                let Some(text) = self.text(field) else { return Vec::new() };
                let detail = say!("read as a list of one", "按只有一项的列表读取");
                let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
                let source = &self.text[node.span.clone()];
                let is_safe = text.chars().all(is_word) || source.starts_with(['"', '\'']);
                let item = if is_safe { source.to_owned() } else { format!("{text:?}") };
                let edit = Edit::replace(node.span.clone(), format!("[{item}]"));
                self.note(ProblemKind::ConfigType, field, detail, vec![edit]);
                vec![(text, field.value)]
            }
            Kind::Scalar { .. } => Vec::new(),
            _ => {
                let detail = say!("a list is needed here", "此处需要列表");
                self.error(ProblemKind::ConfigType, field.value, &field.path, detail);
                Vec::new()
            }
        }
    }
}
