//! The top of the file and `source`.

use goyaml::Node;
use ops::{ProblemKind, Severity};

use super::edit::Edit;
use super::finding::Finding;
use super::reader::{Field, Reader};
use crate::say;

const TOP: [&str; 7] = [
    "source",
    "target",
    "charts",
    "skipCharts",
    "relocateContainerImages",
    "skipImages",
    "containerPlatforms",
];
const SOURCE: [&str; 3] = ["repo", "intermediateBundlesPath", "containers"];

impl<'a> Reader<'a> {
    /// What editors of Windows put in front of a text.
    pub(super) fn byte_order_mark(&mut self) {
        const MARK: &str = "\u{feff}";
        if self.text.starts_with(MARK) {
            let detail = say!(
                "a byte order mark (U+FEFF) that cannot be seen; it is passed over",
                "看不见的字节顺序标记（BOM，U+FEFF），会被跳过"
            );
            self.findings.push(Finding {
                severity: Severity::Info,
                kind: ProblemKind::ConfigIgnored,
                line: 1,
                column: 1,
                key: String::new(),
                detail,
                edits: vec![Edit::replace(0..MARK.len(), "")],
            });
        }
    }

    /// The whole file.
    pub(super) fn file(&mut self, root: &'a Node) {
        let (mut source, mut target) = (Vec::new(), Vec::new());
        // The section whose keys may stand at the top because nothing is below it.
        let mut open: Option<&str> = None;
        for field in self.fields("", root) {
            match (field.name.as_str(), open) {
                ("source", _) => {
                    open = field.value.is_null().then_some("source");
                    source = self.fields("source", field.value);
                }
                ("target", _) => {
                    open = field.value.is_null().then_some("target");
                    target = self.fields("target", field.value);
                }
                (name, Some("source")) if SOURCE.contains(&name) => {
                    self.misplaced(&field, "source");
                    source.push(below("source", field));
                }
                (name, Some("target")) if super::target::KEYS.contains(&name) => {
                    self.misplaced(&field, "target");
                    target.push(below("target", field));
                }
                _ => self.top(&field),
            }
        }
        self.source(source);
        self.target(&target);
        self.check(root);
    }

    fn top(&mut self, field: &Field<'a>) {
        match field.name.as_str() {
            "charts" => self.charts(field),
            "skipCharts" => {
                let names = self.texts(field);
                self.config.skip_charts = names.into_iter().map(|(name, _)| name).collect();
            }
            "relocateContainerImages" => {
                if self.switch(field) == Some(false) {
                    let detail = say!(
                        "images of a package are always relocated",
                        "离线包中的镜像总是会改写目标地址"
                    );
                    self.ignored(field, detail);
                }
            }
            "skipImages" => self.config.skip_images = self.switch(field).unwrap_or(false),
            "containerPlatforms" => self.platforms(field),
            "skipArtifacts" | "preserveDigest" => {
                let detail = say!("a key of charts-syncer 2", "charts-syncer 2 的键");
                self.ignored(field, detail);
            }
            name if SOURCE.contains(&name) || super::target::KEYS.contains(&name) => {
                let section = if super::target::KEYS.contains(&name) { "target" } else { "source" };
                let detail = say!("it belongs below `{section}`", "它应缩进到 `{section}` 之下");
                self.error(ProblemKind::ConfigNotNested, field.key, &field.path, detail);
            }
            _ => self.unknown(field, &TOP),
        }
    }

    /// charts-syncer 2 takes several platforms; we take one or all.
    fn platforms(&mut self, field: &Field<'a>) {
        let texts = self.texts(field);
        match &texts[..] {
            [] => {}
            [(text, node)] => match text.parse() {
                Ok(platform) => self.config.platform = Some(platform),
                Err(error) => {
                    let error: ops::PlatformError = error;
                    let detail = say!("{error}", "{error}");
                    self.error(ProblemKind::ConfigValue, node, &field.path, detail);
                }
            },
            _ => {
                let detail = say!(
                    "name one platform, or none for all that a package has",
                    "请只写一个平台；不写表示离线包中的所有平台"
                );
                self.error(ProblemKind::ConfigValue, field.value, &field.path, detail);
            }
        }
    }

    fn source(&mut self, fields: Vec<Field<'a>>) {
        let has_path = fields.iter().any(|field| field.name == "intermediateBundlesPath");
        for field in fields {
            match field.name.as_str() {
                "intermediateBundlesPath" => {
                    self.path_comment(&field);
                    self.config.bundles_path = self.text(&field);
                }
                "repo" if has_path => {
                    let detail = say!(
                        "`intermediateBundlesPath` is given too and wins",
                        "同时给出了 `intermediateBundlesPath`，以后者为准"
                    );
                    self.warning(ProblemKind::ConfigIgnored, field.key, &field.path, detail);
                }
                "repo" => self.source_repo(&field),
                "containers" => {
                    let mut fields = self.fields(&field.path, field.value);
                    self.take_auth(field.value, &mut fields);
                    for unknown in fields.iter().filter(|field| field.name != "kind") {
                        self.unknown(unknown, &["auth", "kind"]);
                    }
                    let detail = say!(
                        "the images are in the package, nothing is pulled",
                        "镜像都在离线包中，不需要拉取"
                    );
                    self.ignored(&field, detail);
                }
                _ => self.unknown(&field, &SOURCE),
            }
        }
    }

    /// Checked like a target, then refused: reading chart repositories is the other side's work.
    fn source_repo(&mut self, field: &Field<'a>) {
        let before = self.findings.len();
        self.repo(field);
        let is_sound = self.findings[before..].iter().all(|one| one.severity < Severity::Error);
        if is_sound {
            let detail = say!(
                "charts are read from packages only; it comes with `ferry pack`",
                "目前只能从离线包读取 chart；此功能随 `ferry pack` 提供"
            );
            self.unsupported(field, detail);
        }
    }
}

fn below<'a>(section: &str, field: Field<'a>) -> Field<'a> {
    Field { path: format!("{section}.{}", field.path), ..field }
}
