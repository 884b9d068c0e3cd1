//! Times, zones, layouts and durations as in Go's `time`.

mod civil;
mod duration;
mod duration_function;
mod format;
mod function;
mod layout;
mod parse;
mod time;
mod zone;

pub(crate) use duration::Duration;
pub(crate) use function::functions;
pub(crate) use time::Time;
pub use zone::Zone;

/// The time that `text` is in a layout, in `zone` where it has none of its own.
pub(crate) fn read(layout: &str, text: &str, zone: &Zone, local: &Zone) -> Option<Time> {
    let time = parse::parse(layout.as_bytes(), text.as_bytes(), zone).ok()?;
    Some(Time { local: local.clone(), ..time })
}
