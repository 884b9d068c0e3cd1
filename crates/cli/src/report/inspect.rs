//! The report of `inspect` as tables.

use std::fmt::Write as _;

use ops::{BundleReport, InspectReport};

use crate::language::{Language, Text};
use crate::output::{Align, Table, count, printable, size};
use crate::{say, text};

/// The package, its bundles with their charts and images, and sums. Problems are told on stderr.
pub(crate) fn inspect_table(report: &InspectReport, language: Language) -> String {
    let mut out = summary(report, language);
    for bundle in &report.bundles {
        out.push('\n');
        out.push_str(&bundle_lines(bundle, language));
    }
    out
}

fn summary(report: &InspectReport, language: Language) -> String {
    let title = |text: Text| text.get(language);
    let mut table = Table::pairs();
    table.row(&[title(text!("package", "离线包")), report.path.as_str()]);
    let mut bytes = size(report.size);
    if report.compressed {
        bytes.push_str(title(text!(", compressed", "，已压缩")));
    }
    table.row(&[title(text!("size", "大小")), &bytes]);
    if let Some(checksum) = &report.checksum {
        let mut file = checksum.file.clone();
        if !checksum.names_package {
            let names = &checksum.names;
            let note = say!(" (names {names})", "（其中写的是 {names}）");
            file.push_str(note.get(language));
        }
        table.row(&[title(text!("checksum", "校验文件")), &file]);
    }
    let totals = &report.totals;
    table.row(&[title(text!("images", "镜像")), &totals.images.to_string()]);
    let (blobs, some_blobs) = (totals.blobs, count(totals.blobs, "blob"));
    let (unique, counted) = (size(totals.unique_bytes), size(totals.counted_bytes));
    let content = say!(
        "{some_blobs}, {unique} ({counted} without sharing)",
        "{blobs} 个数据层，{unique}（不共享时为 {counted}）"
    );
    table.row(&[title(text!("content", "内容")), content.get(language)]);
    table.render()
}

fn bundle_lines(bundle: &BundleReport, language: Language) -> String {
    let mut out = String::new();
    let (origin, layout) = (printable(&bundle.origin), printable(&bundle.layout));
    let _ = match language {
        Language::En => writeln!(out, "{origin} ({layout})"),
        Language::Zh => writeln!(out, "{origin}（{layout}）"),
    };
    if let Some(chart) = &bundle.chart {
        let mut line = format!("chart {} {}", chart.name, chart.version);
        if let Some(version) = &chart.app_version {
            let _ = write!(line, " (app {version})");
        }
        if let Some(description) = &chart.description {
            let _ = write!(line, ": {description}");
        }
        let _ = writeln!(out, "{}", printable(&line));
    }
    if let Some(hints) = bundle.hints {
        out.push_str(say!("hints: {hints}\n", "镜像模板：{hints} 条\n").get(language));
    }
    if !bundle.images.is_empty() {
        out.push_str(&images(bundle, language));
    }
    out
}

fn images(bundle: &BundleReport, language: Language) -> String {
    let title = |text: Text| text.get(language);
    let mut table = Table::new(&[
        (title(text!("IMAGE", "镜像")), Align::Left),
        (title(text!("PLATFORM", "平台")), Align::Left),
        (title(text!("DIGEST", "摘要")), Align::Left),
        (title(text!("LAYERS", "层数")), Align::Right),
        (title(text!("SIZE", "大小")), Align::Right),
        (title(text!("SHARED", "共享")), Align::Right),
    ]);
    for image in &bundle.images {
        let name = image.names.first().map_or("-", String::as_str);
        let platform = image.platform.as_ref().map_or_else(|| "-".into(), ToString::to_string);
        let layers = image.layers.to_string();
        let (bytes, shared) = (size(image.size), size(image.shared));
        table.row(&[name, &platform, image.digest.short(), &layers, &bytes, &shared]);
        for other in image.names.iter().skip(1) {
            table.row(&[other, "", "", "", "", ""]);
        }
    }
    table.render()
}

#[cfg(test)]
mod tests {
    use ops::{ChartSummary, InspectTotals, InspectedImage};

    use super::*;

    fn report() -> InspectReport {
        let digest: ops::Digest = format!("sha256:{}", "ab".repeat(32)).parse().unwrap();
        InspectReport {
            path: "kairship_v0.21.0_amd64.tar".into(),
            size: 525_000_000,
            compressed: false,
            checksum: None,
            bundles: vec![BundleReport {
                origin: "kairship.bundle.tar".into(),
                layout: "bundle".into(),
                chart: Some(ChartSummary {
                    name: "kairship".into(),
                    version: "0.21.0".into(),
                    app_version: Some("v0.21.0".into()),
                    description: Some("多云编排\u{1b}]0;x\u{7}".into()),
                }),
                hints: Some(2),
                images: vec![InspectedImage {
                    names: vec!["a/b:1".into(), "a/b:latest".into()],
                    platform: Some("linux/amd64".parse().unwrap()),
                    digest: digest.clone(),
                    config: digest,
                    layers: 3,
                    size: 1000,
                    shared: 10,
                }],
            }],
            totals: InspectTotals { images: 1, blobs: 4, unique_bytes: 1000, counted_bytes: 2000 },
            problems: Vec::new(),
        }
    }

    #[test]
    fn shows_charts_images_and_sums_without_control_characters() {
        let text = inspect_table(&report(), Language::En);
        assert!(text.contains("4 blobs, 1.00 kB (2.00 kB without sharing)"), "{text}");
        assert!(
            text.contains("chart kairship 0.21.0 (app v0.21.0): 多云编排\\u{1b}]0;x\\u{7}\n"),
            "{text}"
        );
        assert!(text.contains("linux/amd64  ") && text.contains("\na/b:latest\n"), "{text}");
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
    }
}
