//! Measures reading and writing on a file: `cargo run --release -p ferry-goyaml --example speed -- FILE`.

use std::hint::black_box;
use std::io::{self, Write as _};
use std::time::Instant;

fn main() -> io::Result<()> {
    for file in std::env::args().skip(1) {
        let bytes = std::fs::read(&file)?;
        writeln!(io::stdout(), "{file}: {} KB", bytes.len() / 1000)?;
        let Ok(value) = goyaml::decode(&bytes) else { continue };
        let text = goyaml::to_yaml(&value).unwrap_or_default();
        let json = goyaml::to_json(&value).unwrap_or_default();
        measure("parse (tree)", bytes.len(), || drop(black_box(goyaml::parse_one(&bytes))))?;
        measure("decode", bytes.len(), || drop(black_box(goyaml::decode(&bytes))))?;
        measure("to_yaml", text.len(), || drop(black_box(goyaml::to_yaml(&value))))?;
        measure("to_yaml_pretty", text.len(), || drop(black_box(goyaml::to_yaml_pretty(&value))))?;
        measure("to_json", json.len(), || drop(black_box(goyaml::to_json(&value))))?;
        measure("from_json", json.len(), || drop(black_box(goyaml::from_json(json.as_bytes()))))?;
    }
    Ok(())
}

/// The best of 20 runs.
#[expect(clippy::cast_precision_loss, reason = "no file is that long")]
fn measure(what: &str, bytes: usize, run: impl Fn()) -> io::Result<()> {
    let best = (0..20)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .min()
        .unwrap_or_default();
    let speed = bytes as f64 / 1e6 / best.as_secs_f64();
    writeln!(io::stdout(), "  {what:15} {:8.3} ms {speed:7.0} MB/s", best.as_secs_f64() * 1e3)
}
