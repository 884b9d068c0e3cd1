//! Progress on stderr: bars on a terminal, plain lines elsewhere, JSON lines for programs.

mod bars;
mod json;
mod lines;
mod tally;

use std::sync::{Arc, Mutex, PoisonError};

use ops::Event;

use crate::console::Console;
use crate::output::LogFormat;

pub(crate) use json::{json_line, timestamp};

/// Something that shows events.
trait Display: Send {
    /// Shows one.
    fn show(&mut self, event: &Event);
    /// Cleans up the terminal.
    fn stop(&mut self) {}
}

/// Progress of one operation. Dropping it leaves the terminal clean.
pub(crate) struct Shown(Arc<Mutex<Box<dyn Display>>>);

struct Nothing;

impl Display for Nothing {
    fn show(&mut self, _: &Event) {}
}

/// Starts showing progress in the way the console asks for.
pub(crate) fn start(console: &Console) -> Shown {
    let display: Box<dyn Display> = if !console.has_progress {
        Box::new(Nothing)
    } else if console.log == LogFormat::Json {
        Box::new(json::JsonLines::default())
    } else if console.has_bars {
        Box::new(bars::Bars::new(console.language))
    } else {
        Box::new(lines::Lines::new(console.language))
    };
    Shown(Arc::new(Mutex::new(display)))
}

impl Shown {
    /// What operations tell their events to.
    pub(crate) fn listener(&self) -> ops::Progress {
        let display = Arc::clone(&self.0);
        ops::Progress::new(move |event| {
            display.lock().unwrap_or_else(PoisonError::into_inner).show(&event);
        })
    }

    /// Ends the display before something else is printed.
    pub(crate) fn stop(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).stop();
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.stop();
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
