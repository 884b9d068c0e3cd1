//! JSON lines: one object per event, for log collectors.

use std::io::Write as _;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ops::Event;
use serde_json::{Value, json};

use super::Display;
use super::tally::Tally;
use crate::language::Language;
use crate::output::{enriched, json_line};

/// Bytes under way are told this often.
const PULSE: Duration = Duration::from_secs(5);

pub(super) struct JsonLines {
    language: Language,
    tally: Tally,
    last_pulse: Instant,
}

impl JsonLines {
    pub(super) fn new(language: Language) -> Self {
        Self { language, tally: Tally::default(), last_pulse: Instant::now() }
    }

    fn value(&mut self, event: &Event) -> Option<Value> {
        let ended = self.tally.count(event);
        let mut value = match event {
            Event::Phase(phase) => json!({ "event": "phase", "phase": phase }),
            Event::Planned { images, blobs, bytes } => {
                json!({ "event": "planned", "images": images, "blobs": blobs, "bytes": bytes })
            }
            Event::BlobDone { digest, outcome } => {
                let (member, size) = ended.map(|blob| (blob.member, blob.size)).unzip();
                json!({ "event": "blob", "digest": digest, "outcome": outcome, "member": member, "size": size })
            }
            Event::BlobProgress { .. } => {
                if self.last_pulse.elapsed() < PULSE {
                    return None;
                }
                self.last_pulse = Instant::now();
                json!({ "event": "progress" })
            }
            Event::ImageDone { target } => json!({ "event": "image", "target": target }),
            Event::ChartDone { url } => json!({ "event": "chart", "url": url }),
            Event::Retry { subject, attempt, wait, reason } => json!({
                "event": "retry", "subject": subject, "attempt": attempt,
                "wait_seconds": wait.as_secs_f64(), "reason": reason,
            }),
            Event::Note(problem) => {
                json!({ "event": "problem", "problem": enriched(json!(problem), self.language) })
            }
            _ => return None,
        };
        value["time"] = timestamp().into();
        value["blobs_done"] = self.tally.blobs_done.into();
        value["bytes_done"] = self.tally.bytes_done.into();
        value["bytes"] = self.tally.bytes.into();
        Some(value)
    }
}

impl Display for JsonLines {
    fn show(&mut self, event: &Event) {
        if let Some(value) = self.value(event) {
            let _ = std::io::stderr().lock().write_all(json_line(&value).as_bytes());
        }
    }
}

/// Now, in RFC 3339 with milliseconds, in UTC.
pub(crate) fn timestamp() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    rfc3339(now)
}

fn rfc3339(since_epoch: Duration) -> String {
    humantime::format_rfc3339_millis(UNIX_EPOCH + since_epoch).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.250Z"),
            (951_782_399, "2000-02-28T23:59:59.250Z"),
            (951_782_400, "2000-02-29T00:00:00.250Z"),
            (1_735_689_599, "2024-12-31T23:59:59.250Z"),
            (4_107_542_400, "2100-03-01T00:00:00.250Z"),
        ] {
            assert_eq!(rfc3339(Duration::from_secs(seconds) + Duration::from_millis(250)), text);
        }
    }

    #[test]
    fn events_are_single_lines_with_sums() {
        let mut lines = JsonLines::new(Language::En);
        lines.value(&Event::Planned { images: 1, blobs: 1, bytes: 9 });
        let value = lines.value(&Event::ImageDone { target: "a\nb".into() }).unwrap();
        assert_eq!((&value["event"], &value["bytes"]), (&"image".into(), &9.into()));
        assert_eq!(json_line(&value).matches('\n').count(), 1);
    }
}
