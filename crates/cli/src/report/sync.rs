//! The report of `sync` as tables.

use std::fmt::Write as _;

use ops::{
    ChartAction, ChartReport, ImageAction, ImageReport, Problem, ProblemKind, SyncReport, Totals,
};
use serde::Serialize;

use crate::language::{Language, Text};
use crate::output::{Align, Table, count, printable, size};
use crate::{say, text};

/// Images, charts, sums and what to run next. Notes are told on stderr.
pub(crate) fn sync_table(report: &SyncReport, language: Language) -> String {
    let mut out = String::new();
    if report.dry_run {
        let line = text!("plan (nothing was written):\n\n", "计划（未写入任何内容）：\n\n");
        out.push_str(line.get(language));
    }
    if !report.images.is_empty() {
        out.push_str(&images(&report.images, report.dry_run, language));
        out.push('\n');
    }
    for chart in &report.charts {
        out.push_str(&chart_lines(chart, language));
    }
    if !report.charts.is_empty() {
        out.push('\n');
    }
    out.push_str(&totals(report, language));
    for note in without_checksum(report) {
        out.push_str(&unchecked_line(note, language));
    }
    if !report.next.is_empty() {
        out.push_str(text!("\nnext:\n", "\n下一步：\n").get(language));
        for command in &report.next {
            let _ = writeln!(out, "  {}", printable(command));
        }
    }
    out
}

/// The report for programs: what the notes say about checksums is a field of its own too.
#[derive(Serialize)]
pub(crate) struct SyncValue<'a> {
    #[serde(flatten)]
    report: &'a SyncReport,
    /// Packages with charts that no checksum file covers.
    without_checksum: Vec<&'a str>,
}

impl<'a> SyncValue<'a> {
    pub(crate) fn new(report: &'a SyncReport) -> Self {
        let packages = without_checksum(report).map(|note| note.subject.as_str());
        Self { report, without_checksum: packages.collect() }
    }
}

fn without_checksum(report: &SyncReport) -> impl Iterator<Item = &Problem> {
    report.notes.iter().filter(|note| note.kind == ProblemKind::ChecksumAbsent)
}

fn unchecked_line(note: &Problem, language: Language) -> String {
    let mut what = printable(&note.subject);
    if !note.detail.is_empty() {
        let detail = printable(&note.detail);
        what.push_str(say!(" ({detail})", "（{detail}）").get(language));
    }
    let line = say!(
        "no checksum file for {what}: charts and hints are not checked byte by byte, images are\n",
        "{what} 没有校验文件：chart 和镜像模板未逐字节核对，镜像会逐字节核对\n"
    );
    line.get(language).to_owned()
}

fn images(images: &[ImageReport], is_plan: bool, language: Language) -> String {
    let title = |text: Text| text.get(language);
    let mut columns = vec![
        (title(text!("IMAGE", "镜像")), Align::Left),
        (title(text!("TO", "目标")), Align::Left),
        (title(text!("DIGEST", "摘要")), Align::Left),
        (title(text!("PLATFORM", "平台")), Align::Left),
        (title(text!("ACTION", "操作")), Align::Left),
    ];
    if !is_plan {
        columns.push((title(text!("SENT", "已发送")), Align::Right));
        columns.push((title(text!("MOUNTED", "已挂载")), Align::Right));
        columns.push((title(text!("SKIPPED", "已跳过")), Align::Right));
    }
    let mut table = Table::new(&columns);
    for image in images {
        let platforms: Vec<String> = image.platforms.iter().map(ToString::to_string).collect();
        let mut cells = vec![
            image.source.to_string(),
            image.target.to_string(),
            image.digest.short().to_owned(),
            platforms.join(","),
            image_action(image.action).get(language).to_owned(),
        ];
        if !is_plan {
            cells.extend([size(image.sent), image.mounted.to_string(), image.present.to_string()]);
        }
        table.row(&cells);
    }
    table.render()
}

fn image_action(action: ImageAction) -> Text {
    match action {
        ImageAction::Push => text!("push", "推送"),
        ImageAction::Merge => text!("merge", "合并平台"),
        ImageAction::UpToDate => text!("up to date", "已是最新"),
        ImageAction::Overwrite => text!("overwrite", "覆盖"),
        ImageAction::Keep => text!("keep", "保留原有"),
    }
}

fn chart_lines(chart: &ChartReport, language: Language) -> String {
    let (name, version) = (printable(&chart.name), printable(&chart.version));
    let action = match chart.action {
        ChartAction::Publish => text!("publish", "发布"),
        ChartAction::UpToDate => text!("up to date", "已是最新"),
        ChartAction::Overwrite => text!("overwrite", "覆盖"),
        ChartAction::Keep => text!(
            "keep: another chart of this version stays",
            "保留原有：该版本的另一个 chart 不变"
        ),
        ChartAction::None => {
            text!("not published: no chart repository given", "未发布：没有指定 Helm 仓库")
        }
    };
    let (action, edits) = (action.get(language), chart.edits.len());
    let values = count(edits, "value");
    let line = match chart.action {
        ChartAction::Publish | ChartAction::Overwrite => say!(
            "chart {name} {version}: {action}, {values} rewritten\n",
            "chart {name} {version}：{action}，改写了 {edits} 个值\n"
        ),
        _ => say!("chart {name} {version}: {action}\n", "chart {name} {version}：{action}\n"),
    };
    let mut out = line.get(language).to_owned();
    if let Some(url) = &chart.url {
        let _ = writeln!(out, "  {}", printable(url));
    }
    out
}

fn totals(report: &SyncReport, language: Language) -> String {
    let Totals { blobs, blob_bytes, sent, sent_bytes, mounted, present } = report.totals;
    let (images, charts) = (report.images.len(), report.charts.len());
    let (bytes, sent_bytes) = (size(blob_bytes), size(sent_bytes));
    let (some_images, some_charts, some_blobs) =
        (count(images, "image"), count(charts, "chart"), count(blobs, "blob"));
    let line = if report.dry_run {
        say!(
            "{some_images}, {some_charts}, {some_blobs} ({bytes}) to send unless they are there\n",
            "{images} 个镜像，{charts} 个 chart，最多发送 {blobs} 个数据层（{bytes}）\n"
        )
    } else {
        say!(
            "{some_images}, {some_charts}, {some_blobs} ({bytes}): {sent} sent ({sent_bytes}), {mounted} mounted, {present} there already\n",
            "{images} 个镜像，{charts} 个 chart，{blobs} 个数据层（{bytes}）：发送 {sent} 个（{sent_bytes}），挂载 {mounted} 个，已存在 {present} 个\n"
        )
    };
    line.get(language).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> SyncReport {
        let digest: ops::Digest = format!("sha256:{}", "ab".repeat(32)).parse().unwrap();
        SyncReport {
            dry_run: false,
            images: vec![ImageReport {
                source: "release.daocloud.io/kairship/apiserver:v0.21.0".parse().unwrap(),
                target: "10.16.10.111/release.daocloud.io/kairship/apiserver:v0.21.0"
                    .parse()
                    .unwrap(),
                digest: digest.clone(),
                platforms: vec!["linux/amd64".parse().unwrap(), "linux/arm64".parse().unwrap()],
                action: ImageAction::Merge,
                sent: 1_500_000,
                mounted: 1,
                present: 2,
            }],
            charts: vec![ChartReport {
                name: "kairship\u{1b}[2J".into(),
                version: "0.21.0".into(),
                origin: "kairship.bundle.tar".into(),
                digest,
                url: Some(
                    "http://10.16.10.111/chartrepo/release.daocloud.io/charts/kairship-0.21.0.tgz"
                        .into(),
                ),
                action: ChartAction::Publish,
                edits: Vec::new(),
            }],
            totals: Totals {
                blobs: 5,
                blob_bytes: 2_000_000,
                sent: 2,
                sent_bytes: 1_500_000,
                mounted: 1,
                present: 2,
            },
            notes: Vec::new(),
            next: vec!["helm repo update kairship".into()],
        }
    }

    #[test]
    fn says_what_went_where_and_what_is_next() {
        let text = sync_table(&report(), Language::En);
        assert!(text.starts_with("IMAGE "), "{text}");
        assert!(
            text.contains("linux/amd64,linux/arm64  merge   1.50 MB        1        2\n"),
            "{text}"
        );
        assert!(text.contains(
            "chart kairship\\u{1b}[2J 0.21.0: publish, 0 values rewritten\n  http://10.16"
        ));
        assert!(text.contains("5 blobs (2.00 MB): 2 sent (1.50 MB), 1 mounted, 2 there already\n"));
        assert!(text.ends_with("\nnext:\n  helm repo update kairship\n"));
    }

    #[test]
    fn what_no_checksum_covers_is_said_once_and_is_a_field() {
        let note = Problem::info(ProblemKind::ChecksumAbsent, "kairship", "kairship/b.tar");
        let report = SyncReport { notes: vec![note], ..report() };
        let text = sync_table(&report, Language::En);
        assert!(text.contains("no checksum file for kairship (kairship/b.tar): charts"), "{text}");
        let value = serde_json::to_value(SyncValue::new(&report)).unwrap();
        assert_eq!(value["without_checksum"], serde_json::json!(["kairship"]));
        assert_eq!(value["dry_run"], false);
    }

    #[test]
    fn values_are_rewritten_only_in_a_chart_that_is_written() {
        for (action, line) in [
            (ChartAction::UpToDate, "0.21.0: up to date\n"),
            (ChartAction::Keep, "0.21.0: keep: another chart of this version stays\n"),
            (ChartAction::None, "0.21.0: not published: no chart repository given\n"),
            (ChartAction::Overwrite, "0.21.0: overwrite, 0 values rewritten\n"),
        ] {
            let mut report = report();
            report.charts[0].action = action;
            let text = sync_table(&report, Language::En);
            assert!(text.contains(line), "{text}");
        }
    }

    #[test]
    fn a_dry_run_says_so_first() {
        let text = sync_table(&SyncReport { dry_run: true, ..report() }, Language::Zh);
        assert!(text.starts_with("计划（未写入任何内容）：\n\n镜像"), "{text}");
        assert!(text.contains("最多发送 5 个数据层") && !text.contains("已发送"), "{text}");
    }
}
