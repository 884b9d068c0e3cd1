//! `charts`: which of a package are meant.

use goyaml::{Kind, Layout, Node};
use ops::{ChartFilter, ProblemKind};

use super::edit::Edit;
use super::reader::{Field, Reader};
use crate::say;

const KEYS: [&str; 3] = ["name", "versions", "skipImages"];

impl<'a> Reader<'a> {
    pub(super) fn charts(&mut self, field: &Field<'a>) {
        let (items, layout) = match &field.value.resolved().kind {
            Kind::Sequence { items, layout } => (items, *layout),
            _ if field.value.is_null() => return,
            _ => {
                let detail = say!("a list is needed here", "此处需要列表");
                self.error(ProblemKind::ConfigType, field.value, &field.path, detail);
                return;
            }
        };
        for (at, item) in items.iter().enumerate() {
            let path = format!("charts[{at}]");
            let one = Field { path, value: item, ..field.clone() };
            let chart =
                if item.is_mapping() { self.chart(&one) } else { self.chart_by_name(&one, layout) };
            self.config.charts.extend(chart);
        }
    }

    fn chart(&mut self, item: &Field<'a>) -> Option<ChartFilter> {
        let mut chart =
            ChartFilter { name: String::new(), versions: Vec::new(), skip_images: false };
        for field in self.fields(&item.path, item.value) {
            match field.name.as_str() {
                "name" => chart.name = self.text(&field).unwrap_or_default(),
                "versions" => chart.versions.extend(self.versions(&field)),
                "version" => {
                    let detail = say!("the key is `versions`", "正确的键是 `versions`");
                    let edit = Edit::replace(field.key.span.clone(), "versions");
                    let versions = self.texts(&field);
                    self.note(ProblemKind::ConfigUnknownKey, &field, detail, vec![edit]);
                    chart.versions.extend(versions.into_iter().map(|(text, _)| text));
                }
                "skipImages" => chart.skip_images = self.switch(&field).unwrap_or(false),
                _ => self.unknown(&field, &KEYS),
            }
        }
        if chart.name.is_empty() {
            let detail = say!("`name` is missing", "缺少 `name`");
            self.error(ProblemKind::ConfigMissing, item.value, &item.path, detail);
            return None;
        }
        self.is_name(&chart.name, item.value, &item.path).then_some(chart)
    }

    /// `- redis`, as charts-syncer's README writes it.
    fn chart_by_name(&mut self, item: &Field<'a>, layout: Layout) -> Option<ChartFilter> {
        let name = self.text(item)?;
        if !self.is_name(&name, item.value, &item.path) {
            return None;
        }
        let source = &self.text[item.value.span.clone()];
        let text = match layout {
            Layout::Block => format!("name: {source}"),
            Layout::Flow => format!("{{name: {source}}}"),
        };
        let edit = Edit::replace(item.value.span.clone(), text);
        let detail = say!("read as `name: {name}`", "按 `name: {name}` 读取");
        self.note(ProblemKind::ConfigType, item, detail, vec![edit]);
        Some(ChartFilter { name, versions: Vec::new(), skip_images: false })
    }

    fn versions(&mut self, field: &Field<'a>) -> Vec<String> {
        self.texts(field).into_iter().map(|(text, _)| text).collect()
    }

    /// A chart's name is one part of a path and of a URL.
    fn is_name(&mut self, name: &str, node: &Node, path: &str) -> bool {
        let is_name = name.len() <= 250
            && name.starts_with(|c: char| c.is_ascii_alphanumeric())
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+'));
        if !is_name {
            let detail = say!(
                "a chart's name has letters, digits, `-`, `_` and `.` only",
                "chart 名称只能包含字母、数字、`-`、`_` 和 `.`"
            );
            self.error(ProblemKind::ConfigValue, node, path, detail);
        }
        is_name
    }
}
