//! `-v`: what the crates below tell about their work, on stderr.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::console::Console;
use crate::output::LogFormat;

/// Our own crates. Others are not listened to below warnings: what an HTTP library tells about a request may hold what
/// must not be printed.
const CRATES: [&str; 8] = [
    "bundle",
    "chart_repository",
    "ferry_cli",
    "helm",
    "ops",
    "registry_client",
    "registry_server",
    "relocate",
];

/// Starts listening when `-v` was given; without it nothing is set up at all.
pub(crate) fn start(console: &Console) {
    let level = match console.verbosity {
        0 => return,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let filter = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_targets(CRATES.map(|name| (name, level)));
    let registry = tracing_subscriber::registry().with(filter);
    let lines =
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(console.has_color);
    // A second start in one process (tests) keeps the first.
    let _ = match console.log {
        LogFormat::Text => registry.with(lines.without_time()).try_init(),
        LogFormat::Json => registry.with(lines.json()).try_init(),
    };
}
