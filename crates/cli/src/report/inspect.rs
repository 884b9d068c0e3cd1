//! The report of `inspect` as tables.

use std::fmt::Write as _;

use ops::{BundleReport, ChecksumReport, InspectReport};

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
    let mut heading = title(text!("checksum", "校验文件"));
    for line in checksum_lines(report, language) {
        table.row(&[heading, &line]);
        heading = "";
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

/// One for each archive; its name is in it when it is not the package itself.
fn checksum_lines(report: &InspectReport, language: Language) -> Vec<String> {
    let none = text!("none", "无").get(language);
    let of = |archive: &str, text: &str| {
        if archive == report.path {
            return text.to_owned();
        }
        say!("{archive}: {text}", "{archive}：{text}").get(language).to_owned()
    };
    let mut lines: Vec<String> = report
        .checksums
        .iter()
        .map(|checksum| of(&checksum.of, &checksum_text(checksum, language)))
        .collect();
    lines.extend(report.unchecked.iter().map(|archive| of(archive, none)));
    if lines.is_empty() {
        lines.push(none.to_owned());
    }
    lines
}

fn checksum_text(checksum: &ChecksumReport, language: Language) -> String {
    let mut text = checksum.file.clone();
    if let Some(tar) = &checksum.of_unpacked {
        let note = say!(", of the unpacked {tar}", "，是解压后的 {tar} 的校验值");
        text.push_str(note.get(language));
    }
    if !checksum.names_package {
        let names = &checksum.names;
        let note = say!(" (names {names})", "（其中写的是 {names}）");
        text.push_str(note.get(language));
    }
    text
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
            checksums: Vec::new(),
            unchecked: vec!["kairship_v0.21.0_amd64.tar".into()],
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

    fn checksum(of: &str, file: &str) -> ChecksumReport {
        ChecksumReport {
            of: of.into(),
            of_unpacked: None,
            file: file.into(),
            names: "other.tar".into(),
            names_package: true,
        }
    }

    #[test]
    fn every_archive_has_a_line_about_its_checksum() {
        let alone = inspect_table(&report(), Language::En);
        assert!(alone.contains("\nchecksum  none\n"), "{alone}");
        let checksums = vec![
            ChecksumReport { names_package: false, ..checksum("d/a.tar", "d/a.sha512sum") },
            ChecksumReport {
                of_unpacked: Some("b.tar".into()),
                ..checksum("d/b.tar.gz", "d/b.tar.sha512sum")
            },
        ];
        let unchecked = vec!["d/c.tar".into()];
        let report = InspectReport { path: "d".into(), checksums, unchecked, ..report() };
        let text = inspect_table(&report, Language::En);
        for line in [
            "checksum  d/a.tar: d/a.sha512sum (names other.tar)\n",
            "          d/b.tar.gz: d/b.tar.sha512sum, of the unpacked b.tar\n",
            "          d/c.tar: none\n",
        ] {
            assert!(text.contains(line), "{text}");
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
