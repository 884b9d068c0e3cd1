//! Plain lines: one for each blob and image that is done, with totals. What a log file wants.

use std::io::Write as _;
use std::time::{Duration, Instant};

use ops::{BlobOutcome, Event};

use super::tally::{Blob, Tally};
use super::{Display, phase_name};
use crate::language::Language;
use crate::output::{count, printable, size};
use crate::{report, say};

/// A big blob says how far it is this often.
const PULSE: Duration = Duration::from_secs(10);

pub(super) struct Lines {
    language: Language,
    tally: Tally,
    last_pulse: Instant,
}

impl Lines {
    pub(super) fn new(language: Language) -> Self {
        Self { language, tally: Tally::default(), last_pulse: Instant::now() }
    }

    /// The line for an event, when it deserves one.
    fn line(&mut self, event: &Event) -> Option<String> {
        let ended = self.tally.count(event);
        match event {
            Event::Phase(phase) => Some(phase_name(*phase).get(self.language).to_owned()),
            Event::Planned { images, blobs, bytes } => {
                let bytes = size(*bytes);
                let (some_images, some_blobs) = (count(*images, "image"), count(*blobs, "blob"));
                let line = say!(
                    "plan: {some_images}, {some_blobs}, {bytes}",
                    "计划：{images} 个镜像，{blobs} 个数据层，{bytes}"
                );
                Some(line.get(self.language).to_owned())
            }
            Event::BlobDone { outcome, .. } => self.blob_line(&ended?, *outcome),
            Event::BlobProgress { digest, .. } if self.last_pulse.elapsed() >= PULSE => {
                self.last_pulse = Instant::now();
                let blob = self.tally.blob(digest)?;
                let member = printable(&blob.member);
                Some(format!("{} {member} {}/{}", self.totals(), size(blob.done), size(blob.size)))
            }
            other => self.other_line(other),
        }
    }

    fn blob_line(&self, blob: &Blob, outcome: BlobOutcome) -> Option<String> {
        let word = outcome_name(outcome)?.get(self.language);
        let (member, bytes) = (printable(&blob.member), size(blob.size));
        Some(format!("{} {word} {member} ({bytes})", self.totals()))
    }

    fn other_line(&self, event: &Event) -> Option<String> {
        match event {
            Event::ImageDone { target } => {
                let (done, all, target) =
                    (self.tally.images_done, self.tally.images, printable(target));
                let line = say!("[image {done}/{all}] {target}", "[镜像 {done}/{all}] {target}");
                Some(line.get(self.language).to_owned())
            }
            Event::ChartDone { url } => {
                let url = printable(url);
                Some(say!("[chart] {url}", "[chart] {url}").get(self.language).to_owned())
            }
            Event::Retry { subject, attempt, wait, reason } => {
                let (subject, reason) = (printable(subject), printable(reason));
                let seconds = wait.as_secs_f32();
                let line = say!(
                    "retry {attempt} in {seconds:.1} s: {subject}: {reason}",
                    "{seconds:.1} 秒后第 {attempt} 次重试：{subject}：{reason}"
                );
                Some(line.get(self.language).to_owned())
            }
            Event::Note(problem) => {
                let note = std::slice::from_ref(problem);
                let text = report::notes(note, self.language, report::Paint::None);
                Some(text.trim_end().to_owned())
            }
            _ => None,
        }
    }

    fn totals(&self) -> String {
        let tally = &self.tally;
        let (done, all) = (size(tally.bytes_done), size(tally.bytes));
        format!("[{}/{} {done}/{all}]", tally.blobs_done, tally.blobs)
    }
}

/// What happened to a blob; nothing for blobs that were there.
fn outcome_name(outcome: BlobOutcome) -> Option<crate::language::Text> {
    use crate::text;
    match outcome {
        BlobOutcome::Present | BlobOutcome::Verified => None,
        BlobOutcome::Mounted => Some(text!("mounted", "已挂载")),
        BlobOutcome::Sent => Some(text!("sent", "已发送")),
        BlobOutcome::Continued => Some(text!("continued", "已续传")),
        BlobOutcome::Damaged => Some(text!("damaged", "已损坏")),
    }
}

impl Display for Lines {
    fn show(&mut self, event: &Event) {
        if let Some(line) = self.line(event) {
            let _ = writeln!(std::io::stderr().lock(), "{line}");
        }
    }
}

#[cfg(test)]
mod tests {
    use ops::{Digest, Phase};

    use super::*;

    #[test]
    fn one_line_for_what_was_done_with_totals() {
        let digest: Digest = format!("sha256:{}", "0".repeat(64)).parse().unwrap();
        let mut lines = Lines::new(Language::En);
        let mut line = |event: Event| lines.line(&event);
        assert_eq!(line(Event::Phase(Phase::Push)).unwrap(), "pushing images");
        line(Event::Planned { images: 2, blobs: 3, bytes: 3_000_000 });
        let member = "images.tar!0.tar.gz".to_owned();
        assert!(
            line(Event::BlobStarted { digest: digest.clone(), size: 1_000_000, member }).is_none()
        );
        assert_eq!(
            line(Event::BlobDone { digest: digest.clone(), outcome: BlobOutcome::Sent }).unwrap(),
            "[1/3 1.00 MB/3.00 MB] sent images.tar!0.tar.gz (1.00 MB)"
        );
        assert!(line(Event::BlobDone { digest, outcome: BlobOutcome::Present }).is_none());
        assert_eq!(
            line(Event::ImageDone { target: "reg.io/a:1\u{1b}".into() }).unwrap(),
            "[image 1/2] reg.io/a:1\\u{1b}"
        );
    }
}
