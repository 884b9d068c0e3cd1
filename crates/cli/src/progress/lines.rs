//! Plain lines, few of them: where it is, and every now and then how far. What a log file wants.

use std::io::Write as _;
use std::time::{Duration, Instant};

use ops::Event;

use super::tally::Tally;
use super::{Display, phase_name};
use crate::language::Language;
use crate::message::in_language;
use crate::output::{count, printable, size};
use crate::{report, say};

/// How far it is is told at least this often while anything moves.
const LONGEST: Duration = Duration::from_secs(15);
/// And at most this often, each time another tenth is done.
const SHORTEST: Duration = Duration::from_secs(1);

pub(super) struct Lines {
    language: Language,
    tally: Tally,
    start: Instant,
    /// When it was last told how far it is, and how many tenths that were.
    told: (Instant, u64),
}

impl Lines {
    pub(super) fn new(language: Language) -> Self {
        let start = Instant::now();
        Self { language, tally: Tally::default(), start, told: (start, 0) }
    }

    /// The line for an event at some time, when it deserves one.
    fn line(&mut self, event: &Event, now: Instant) -> Option<String> {
        self.tally.count(event);
        match event {
            Event::Phase(phase) => Some(phase_name(*phase).get(self.language).to_owned()),
            Event::Planned { images, blobs, bytes } => {
                self.told = (now, 0);
                let bytes = size(*bytes);
                let (some_images, some_blobs) = (count(*images, "image"), count(*blobs, "blob"));
                let line = say!(
                    "plan: {some_images}, {some_blobs}, {bytes}",
                    "计划：{images} 个镜像，{blobs} 个数据层，{bytes}"
                );
                Some(line.get(self.language).to_owned())
            }
            Event::BlobDone { .. } | Event::BlobProgress { .. } => self.how_far(now),
            other => self.other_line(other),
        }
    }

    /// How far it is, when that was not told for long enough.
    fn how_far(&mut self, now: Instant) -> Option<String> {
        let (last, told) = self.told;
        let tenths = (self.tally.bytes_done * 10).checked_div(self.tally.bytes)?;
        let since = now.saturating_duration_since(last);
        let is_due = since >= LONGEST || (tenths > told && since >= SHORTEST);
        is_due.then(|| {
            self.told = (now, tenths);
            self.totals()
        })
    }

    fn other_line(&self, event: &Event) -> Option<String> {
        match event {
            Event::Retry { subject, attempt, wait, reason } => {
                let subject = printable(subject);
                let reason = printable(&in_language(reason, self.language));
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
        let percent = (tally.bytes_done * 100).checked_div(tally.bytes).unwrap_or(100);
        let (blobs_done, blobs) = (tally.blobs_done, tally.blobs);
        let line = say!(
            "{percent}%: {done} of {all}, {blobs_done} of {blobs} blobs",
            "{percent}%：{done}/{all}，{blobs_done}/{blobs} 个数据层"
        );
        line.get(self.language).to_owned()
    }

    fn end(&self, now: Instant) -> String {
        let seconds = now.saturating_duration_since(self.start).as_secs_f32();
        let line = say!("done in {seconds:.1} s", "完成，用时 {seconds:.1} 秒");
        line.get(self.language).to_owned()
    }
}

impl Display for Lines {
    fn show(&mut self, event: &Event) {
        if let Some(line) = self.line(event, Instant::now()) {
            let _ = writeln!(std::io::stderr().lock(), "{line}");
        }
    }

    fn finish(&mut self) {
        let _ = writeln!(std::io::stderr().lock(), "{}", self.end(Instant::now()));
    }
}

#[cfg(test)]
mod tests {
    use ops::{BlobOutcome, Digest, Phase};

    use super::*;

    /// A run over `blobs` blobs of a megabyte, one after `pause` each, and its lines.
    fn run(blobs: usize, pause: Duration) -> Vec<String> {
        let mut lines = Lines::new(Language::En);
        let mut now = lines.start;
        let bytes = 1_000_000 * blobs as u64;
        let mut told = Vec::new();
        told.extend(lines.line(&Event::Phase(Phase::Push), now));
        told.extend(lines.line(&Event::Planned { images: 2, blobs, bytes }, now));
        for at in 0..blobs {
            now += pause;
            let digest: Digest = format!("sha256:{at:064x}").parse().unwrap();
            let member = "images.tar!0.tar.gz".to_owned();
            let size = 1_000_000;
            for event in [
                Event::BlobStarted { digest: digest.clone(), size, member },
                Event::BlobProgress { digest: digest.clone(), bytes: size / 2 },
                Event::BlobDone { digest, outcome: BlobOutcome::Sent },
                Event::ImageDone { target: "reg.io/a:1".into() },
            ] {
                told.extend(lines.line(&event, now));
            }
        }
        told.push(lines.end(now));
        told
    }

    #[test]
    fn a_run_has_few_lines_however_many_blobs_it_has() {
        let short = run(500, Duration::from_millis(1));
        assert_eq!(short, ["pushing images", "plan: 2 images, 500 blobs, 500 MB", "done in 0.5 s"]);
        let usual = run(500, Duration::from_millis(200));
        assert_eq!(usual.len(), 3 + 10, "{usual:?}");
        assert_eq!(usual[2], "10%: 50.0 MB of 500 MB, 50 of 500 blobs");
        let slow = run(100, Duration::from_secs(10));
        assert!((33..=3 + 1000 / 15).contains(&slow.len()), "{slow:?}");
    }

    #[test]
    fn retries_and_notes_are_told() {
        let mut lines = Lines::new(Language::En);
        let retry = Event::Retry {
            subject: "reg.io\u{1b}".into(),
            attempt: 2,
            wait: Duration::from_millis(300),
            reason: "gone".into(),
        };
        let line = lines.line(&retry, lines.start).unwrap();
        assert_eq!(line, "retry 2 in 0.3 s: reg.io\\u{1b}: gone");
    }
}
