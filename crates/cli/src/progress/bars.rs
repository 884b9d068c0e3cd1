//! Bars on a terminal: one for everything, one for each blob under way.

use std::collections::HashMap;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use ops::{Digest, Event};

use super::tally::Tally;
use super::{Display, phase_name};
use crate::language::Language;
use crate::message::in_language;
use crate::output::{printable, size};
use crate::{report, say};

/// More bars than this help nobody.
const MOST_BARS: usize = 8;

pub(super) struct Bars {
    language: Language,
    tally: Tally,
    screen: MultiProgress,
    total: ProgressBar,
    blobs: HashMap<Digest, ProgressBar>,
}

impl Bars {
    pub(super) fn new(language: Language) -> Self {
        let screen = MultiProgress::new();
        let total = screen.add(ProgressBar::new_spinner());
        Self { language, tally: Tally::default(), screen, total, blobs: HashMap::new() }
    }

    fn plan(&self, bytes: u64) {
        let style = ProgressStyle::with_template(
            "{msg} [{bar:30}] {decimal_bytes}/{decimal_total_bytes} {decimal_bytes_per_sec} {eta}",
        );
        self.total.set_style(style.expect("the template is a constant that a test renders"));
        self.total.set_length(bytes);
    }

    fn start_blob(&mut self, digest: &Digest, bytes: u64, member: &str) {
        if self.blobs.len() >= MOST_BARS {
            return;
        }
        let bar = self.screen.add(ProgressBar::new(bytes));
        let style = ProgressStyle::with_template("  [{bar:20}] {percent:>3}% {wide_msg}");
        bar.set_style(style.expect("the template is a constant that a test renders"));
        bar.set_message(format!("{} {}", size(bytes), printable(member)));
        self.blobs.insert(digest.clone(), bar);
    }

    fn refresh(&self) {
        let (done, all) = (self.tally.images_done, self.tally.images);
        let message = say!("images {done}/{all}", "镜像 {done}/{all}");
        self.total.set_message(message.get(self.language).to_owned());
        self.total.set_position(self.tally.bytes_done);
    }

    fn print(&self, line: &str) {
        let _ = self.screen.println(line.trim_end());
    }
}

impl Display for Bars {
    fn show(&mut self, event: &Event) {
        self.tally.count(event);
        match event {
            Event::Phase(phase) => self.total.set_message(phase_name(*phase).get(self.language)),
            Event::Planned { bytes, .. } => self.plan(*bytes),
            Event::BlobStarted { digest, size, member } => self.start_blob(digest, *size, member),
            Event::BlobProgress { digest, .. } => {
                if let (Some(bar), Some(blob)) = (self.blobs.get(digest), self.tally.blob(digest)) {
                    bar.set_position(blob.done);
                }
                self.refresh();
            }
            Event::BlobDone { digest, .. } => {
                if let Some(bar) = self.blobs.remove(digest) {
                    bar.finish_and_clear();
                    self.screen.remove(&bar);
                }
                self.refresh();
            }
            Event::ImageDone { target } => {
                self.print(&format!("✓ {}", printable(target)));
                self.refresh();
            }
            Event::ChartDone { url } => self.print(&format!("✓ {}", printable(url))),
            Event::Retry { subject, attempt, reason, .. } => {
                let subject = printable(subject);
                let reason = printable(&in_language(reason, self.language));
                let line = say!(
                    "retry {attempt}: {subject}: {reason}",
                    "第 {attempt} 次重试：{subject}：{reason}"
                );
                self.print(line.get(self.language));
            }
            Event::Note(problem) => {
                let note = std::slice::from_ref(problem);
                self.print(&report::notes(note, self.language, report::Paint::None));
            }
            _ => {}
        }
    }

    fn stop(&mut self) {
        for (_, bar) in self.blobs.drain() {
            bar.finish_and_clear();
        }
        self.total.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_can_be_shown() {
        let digest: Digest = format!("sha256:{}", "0".repeat(64)).parse().unwrap();
        let mut bars = Bars::new(Language::Zh);
        bars.screen.set_draw_target(indicatif::ProgressDrawTarget::hidden());
        bars.show(&Event::Phase(ops::Phase::Push));
        bars.show(&Event::Planned { images: 1, blobs: 1, bytes: 10 });
        bars.show(&Event::BlobStarted { digest: digest.clone(), size: 10, member: "m".into() });
        bars.show(&Event::BlobProgress { digest: digest.clone(), bytes: 4 });
        assert_eq!((bars.total.position(), bars.blobs[&digest].position()), (4, 4));
        bars.show(&Event::BlobDone { digest, outcome: ops::BlobOutcome::Sent });
        assert_eq!((bars.total.position(), bars.blobs.len()), (10, 0));
        bars.stop();
    }
}
