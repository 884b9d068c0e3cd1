//! The report of `verify` in words.

use ops::{ChecksumOutcome, Severity, VerifyReport};

use crate::language::{Language, Sentence};
use crate::output::{count, printable, size};
use crate::{say, text};

/// What was read and what came of it. The faults themselves are told on stderr.
pub(crate) fn verify_table(report: &VerifyReport, language: Language) -> String {
    let (path, charts, images, blobs) =
        (printable(&report.path), report.charts, report.images, report.blobs);
    let bytes = size(report.bytes);
    let (some_charts, some_images, some_blobs) =
        (count(charts, "chart"), count(images, "image"), count(blobs, "blob"));
    let checksum = checksum(report);
    let checksum = checksum.get(language);
    let errors = report.problems.iter().filter(|one| one.severity == Severity::Error).count();
    let faults = count(errors, "fault");
    let read = say!(
        "{path}: {some_charts}, {some_images}, {some_blobs} ({bytes}) read; {checksum}\n",
        "{path}：已读取 {charts} 个 chart、{images} 个镜像、{blobs} 个数据层（{bytes}）；{checksum}\n"
    );
    let verdict = if errors == 0 {
        say!("{path}: good\n", "{path}：完好\n")
    } else {
        say!("{path}: {faults}\n", "{path}：{errors} 处问题\n")
    };
    format!("{}{}", read.get(language), verdict.get(language))
}

/// What the checksum files say, and what they do not cover.
fn checksum(report: &VerifyReport) -> Sentence {
    let verdict: Sentence = match report.checksum {
        ChecksumOutcome::Absent => {
            return text!(
                "no checksum file, so charts and hints are not checked byte by byte",
                "没有校验文件，chart 和镜像模板未逐字节核对"
            )
            .into();
        }
        ChecksumOutcome::Matches => text!("the checksum matches", "校验值一致").into(),
        ChecksumOutcome::Differs => text!("the checksum does not match", "校验值不一致").into(),
    };
    let Sentence { mut en, mut zh } = verdict;
    let list = |names: &[String]| printable(&names.join(", "));
    if !report.checked_unpacked.is_empty() {
        let names = list(&report.checked_unpacked);
        let note = say!(" (of the unpacked {names})", "（按解压后的 {names} 计算）");
        en.push_str(&note.en);
        zh.push_str(&note.zh);
    }
    if !report.unchecked.is_empty() {
        let names = list(&report.unchecked);
        let note = say!(
            "; no checksum file beside {names}, so its charts and hints are not checked byte by byte",
            "；{names} 没有校验文件，其 chart 和镜像模板未逐字节核对"
        );
        en.push_str(&note.en);
        zh.push_str(&note.zh);
    }
    Sentence { en, zh }
}

#[cfg(test)]
mod tests {
    use ops::{Problem, ProblemKind};

    use super::*;

    #[test]
    fn the_verdict_counts_errors_only() {
        let mut report = VerifyReport {
            path: "x.tar".into(),
            charts: 1,
            images: 2,
            blobs: 3,
            bytes: 4000,
            checksum: ChecksumOutcome::Matches,
            checked_unpacked: Vec::new(),
            unchecked: Vec::new(),
            problems: vec![Problem::warning(ProblemKind::ChecksumNamesOther, "x", "")],
        };
        assert!(verify_table(&report, Language::En).ends_with("x.tar: good\n"));
        report.problems.push(Problem::error(ProblemKind::BlobDigestMismatch, "y", ""));
        assert!(verify_table(&report, Language::Zh).ends_with("x.tar：1 处问题\n"));
    }

    #[test]
    fn says_what_no_checksum_covers_and_what_the_sum_is_of() {
        let report = VerifyReport {
            path: "d".into(),
            charts: 2,
            images: 2,
            blobs: 3,
            bytes: 4000,
            checksum: ChecksumOutcome::Matches,
            checked_unpacked: vec!["a.tar".into()],
            unchecked: vec!["d/c.tar".into()],
            problems: Vec::new(),
        };
        let en = verify_table(&report, Language::En);
        assert!(
            en.contains(
                "the checksum matches (of the unpacked a.tar); no checksum file beside d/c.tar, so"
            ),
            "{en}"
        );
    }
}
