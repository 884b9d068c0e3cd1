//! Progress on stderr: bars on a terminal, plain lines elsewhere, JSON lines for programs.

mod bars;
mod json;
mod lines;
mod stage;
mod tally;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ops::{Event, Problem, ProblemKind};

use crate::console::Console;
use crate::language::Language;
use crate::output::LogFormat;
use tally::Tally;

pub(crate) use json::timestamp;
pub(crate) use stage::Stage;

/// Something that shows events.
trait Display: Send {
    /// Shows one.
    fn show(&mut self, event: &Event);
    /// Says that it is done.
    fn finish(&mut self) {}
    /// Cleans up the terminal.
    fn stop(&mut self) {}
}

/// Progress of one operation. Dropping it leaves the terminal clean.
pub(crate) struct Shown {
    display: Arc<Mutex<Box<dyn Display>>>,
    is_quiet: bool,
    language: Language,
    tally: Arc<Mutex<Tally>>,
    told: Arc<Mutex<Vec<Problem>>>,
}

/// Starts showing progress in the way the console asks for.
pub(crate) fn start(console: &Console) -> Shown {
    let display: Box<dyn Display> = if console.log == LogFormat::Json {
        Box::new(json::JsonLines::new(console.language))
    } else if console.has_bars && console.has_progress {
        Box::new(bars::Bars::new(console.language))
    } else {
        Box::new(lines::Lines::new(console.language))
    };
    let is_quiet = !console.has_progress;
    Shown {
        display: Arc::new(Mutex::new(display)),
        is_quiet,
        language: console.language,
        tally: Arc::default(),
        told: Arc::default(),
    }
}

impl Shown {
    /// What operations tell their events to. Without progress only notes are shown.
    pub(crate) fn listener(&self) -> ops::Progress {
        let (display, told, tally) =
            (Arc::clone(&self.display), Arc::clone(&self.told), Arc::clone(&self.tally));
        let is_quiet = self.is_quiet;
        ops::Progress::new(move |event| {
            lock(&tally).count(&event);
            if let Event::Note(note) = &event {
                lock(&told).push(note.clone());
                if note.kind == ProblemKind::ChecksumAbsent {
                    // The report has a line for it.
                    return;
                }
            } else if is_quiet {
                return;
            }
            lock(&display).show(&event);
        })
    }

    /// Where the operation is.
    pub(crate) fn stage(&self) -> Stage {
        Stage::of(&lock(&self.tally), self.language)
    }

    /// The notes of a report that were not told while it was made.
    pub(crate) fn untold(&self, notes: &[Problem]) -> Vec<Problem> {
        let told = lock(&self.told);
        notes.iter().filter(|note| !told.contains(note)).cloned().collect()
    }

    /// Ends the display of an operation that succeeded, before its report is printed.
    pub(crate) fn finish(&self) {
        let mut display = lock(&self.display);
        if !self.is_quiet {
            display.finish();
        }
        display.stop();
    }
}

/// A listener that panicked has left nothing half-done that matters here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Shown {
    fn drop(&mut self) {
        lock(&self.display).stop();
    }
}

/// What a phase is called.
fn phase_name(phase: ops::Phase) -> crate::language::Text {
    use crate::text;
    match phase {
        ops::Phase::Configure => text!("checking the configuration", "检查配置"),
        ops::Phase::Read => text!("reading the package", "读取离线包"),
        ops::Phase::Plan => text!("planning, nothing is written yet", "制定计划，尚未写入任何内容"),
        ops::Phase::Push => text!("pushing images", "推送镜像"),
        ops::Phase::Publish => text!("publishing charts", "发布 chart"),
        ops::Phase::Check => text!("checking what arrived", "核对已到达的内容"),
        ops::Phase::Serve => text!("serving", "提供服务"),
    }
}
