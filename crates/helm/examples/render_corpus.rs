//! Renders every chart of a directory in one process; prints how many, how many failed, and the seconds it took.
//! `cargo xtask bench render` runs it.
//!
//! The directory has one folder per chart, with its `.tgz` and, optionally, values files in `values/`. Archives are read
//! and unpacked every time, as a process of its own would.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fs};

use helm::{
    Capabilities, Chart, Environment, Inputs, Lookups, Outcome, Overlay, Release, RenderOptions,
    ValuesFile, Zone, on_render_stack, render,
};

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let corpus = PathBuf::from(env::args_os().nth(1).expect("give the directory of charts"));
    let cases = cases(&corpus);
    let all = || {
        let start = Instant::now();
        let failed = cases.iter().filter(|case| !renders(&case.0, case.1.as_deref())).count();
        (start.elapsed(), failed)
    };
    let (time, failed) = on_render_stack(&RenderOptions::default(), all).expect("a thread");
    println!("{} {failed} {:.3}", cases.len(), time.as_secs_f64());
}

/// Every chart alone, and with each of its values files.
fn cases(corpus: &Path) -> Vec<(PathBuf, Option<PathBuf>)> {
    let mut cases = Vec::new();
    for folder in sorted(corpus) {
        let Some(chart) = sorted(&folder).into_iter().find(|path| is(path, "tgz")) else {
            continue;
        };
        cases.push((chart.clone(), None));
        let values = sorted(&folder.join("values"));
        cases.extend(values.into_iter().map(|values| (chart.clone(), Some(values))));
    }
    cases
}

fn sorted(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn is(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

fn renders(chart: &Path, values: Option<&Path>) -> bool {
    let archive = fs::read(chart).expect("the chart can be read");
    let Ok(chart) = Chart::from_archive(&archive) else { return false };
    let mut overlay = Overlay::default();
    overlay.files.extend(values.map(|path| ValuesFile {
        name: path.display().to_string(),
        text: fs::read(path).expect("the values can be read"),
    }));
    let user = overlay.resolve(&mut |_| unreachable!("no flag names a file")).expect("values");
    let release =
        Release { name: "rel".into(), namespace: "default".into(), revision: 1, is_upgrade: false };
    let environment =
        Environment { now: (1_700_000_000, 0), local_zone: Zone::utc(), seed: [1; 32] };
    let inputs = Inputs {
        values: &user,
        release: &release,
        capabilities: &Capabilities::default(),
        lookups: &Lookups::Offline,
        environment: &environment,
    };
    matches!(render(&chart, inputs, &RenderOptions::default()), Ok(Outcome::Done(_)))
}
