//! `cargo xtask bench NAME`: ferry beside its peers and the limit, in one run. Figures are shown, never asserted.

mod faults;
mod inputs;
mod lab;
pub(crate) mod limit;
mod local;
mod measure;
mod pushers;
mod render;
mod sync;
mod table;

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use testkit::BigBundle;

use crate::dist;
use crate::failure::{Attempt, Result};
use crate::package::Package;
use inputs::Inputs;
use lab::Lab;
use pushers::Bench;
use table::Page;

/// What `bench` is asked to do.
#[derive(Args)]
pub(crate) struct Options {
    /// Which comparison
    name: Name,
    /// Rounds of the timed runs
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// This binary instead of the one that `cargo xtask dist` builds
    #[arg(long)]
    ferry: Option<PathBuf>,
    /// This package instead of a generated one
    #[arg(long)]
    package: Option<PathBuf>,
    /// Generate packages this many times smaller: for trying the bench itself
    #[arg(long, default_value_t = 1)]
    divisor: u64,
}

/// The comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Name {
    /// A cold push by every tool
    Sync,
    /// The same push once more
    Again,
    /// Killed at half, run again
    Killed,
    /// One big blob, the connection cut at half
    Cut,
    /// `inspect` of 10 GB
    Inspect,
    /// Cold sync into `ferry serve`
    Serve,
    /// Pulling everything from `ferry serve PACKAGE`
    Pull,
    /// `ferry template` beside helm
    Render,
    /// The static binary
    Size,
    /// All of them
    All,
}

impl Name {
    const EACH: [Self; 9] = [
        Self::Size,
        Self::Inspect,
        Self::Render,
        Self::Sync,
        Self::Again,
        Self::Killed,
        Self::Cut,
        Self::Serve,
        Self::Pull,
    ];

    fn file(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

/// Runs the comparison, prints its tables and writes them to `target/bench/NAME.md`.
pub(crate) fn run(options: &Options) -> Result<()> {
    let names = if options.name == Name::All { &Name::EACH[..] } else { &[options.name] };
    if names == [Name::Size] {
        return local::size()?.publish("size");
    }
    let ferry = options.ferry.clone().map_or_else(dist::build, |ferry| {
        ferry.canonicalize().attempt(|| format!("no binary {}", ferry.display()))
    })?;
    let lab = Lab::new()?;
    for name in names {
        println!("==> bench {}", name.file());
        one(*name, options, &ferry, &lab)?.publish(&name.file())?;
    }
    Ok(())
}

fn one(name: Name, options: &Options, ferry: &Path, lab: &Lab) -> Result<Page> {
    let bench = || prepare(options, ferry, lab);
    match name {
        Name::Sync => sync::cold(&bench()?, lab, options.runs),
        Name::Again => sync::again(&bench()?, lab, options.runs),
        Name::Killed => faults::killed(&bench()?, lab),
        Name::Cut => faults::cut(&one_big_blob(options, ferry, lab)?, lab),
        Name::Inspect => local::inspect(ferry, &sparse(options, lab)?, lab, options.runs),
        Name::Serve => local::serve(&bench()?, lab, options.runs),
        Name::Pull => local::pull(&bench()?, lab, options.runs),
        Name::Render => render::render(ferry, options.runs),
        Name::Size | Name::All => local::size(),
    }
}

/// The bundle of all published figures and the same as a download, or the package that was named; unpacked.
fn prepare(options: &Options, ferry: &Path, lab: &Lab) -> Result<Bench> {
    let ready = lab.path("unpacked");
    let (bundle, download) = match &options.package {
        Some(path) => {
            (path.canonicalize().attempt(|| format!("no package {}", path.display()))?, None)
        }
        None => generated(&BigBundle::bench().scaled(options.divisor), lab)?,
    };
    let package = Package::open(&bundle)?;
    let inputs = if ready.exists() {
        Inputs::of(&package, &ready)
    } else {
        Inputs::unpack(&package, &ready)?
    };
    Ok(Bench { package, download, inputs: Some(inputs), ferry: ferry.to_path_buf() })
}

fn generated(shape: &BigBundle, lab: &Lab) -> Result<(PathBuf, Option<PathBuf>)> {
    let dir = lab.path("generated");
    let (bundle, download) = (dir.join("bundle"), dir.join("download"));
    if !dir.exists() {
        println!("  generating the package");
        fs::create_dir_all(&bundle)
            .and_then(|()| fs::create_dir_all(&download))
            .and_then(|()| shape.write_bundle(&bundle))
            .and_then(|_| shape.write_package(&download))
            .attempt(|| format!("cannot generate a package in {}", dir.display()))?;
    }
    Ok((archive_in(&bundle)?, Some(archive_in(&download)?)))
}

fn archive_in(dir: &Path) -> Result<PathBuf> {
    let entries = fs::read_dir(dir).attempt(|| format!("cannot list {}", dir.display()))?;
    let mut paths = entries.flatten().map(|entry| entry.path());
    paths
        .find(|path| path.extension().is_some_and(|extension| extension == "tar"))
        .attempt(|| format!("no archive in {}", dir.display()))
}

/// One image with one layer of a gigabyte.
fn one_big_blob(options: &Options, ferry: &Path, lab: &Lab) -> Result<Bench> {
    let shape = BigBundle {
        images: 1,
        bases: 0,
        own_layers: 1,
        base_size: 0,
        own_size: (1_000_000_000, 1_000_000_000),
        own_total: 1_000_000_000,
        seed: 1,
    };
    let dir = lab.path("one-big-blob");
    println!("  generating the package");
    let written = fs::create_dir_all(&dir)
        .and_then(|()| shape.scaled(options.divisor).write_bundle(&dir))
        .attempt(|| format!("cannot generate a package in {}", dir.display()))?;
    let package = Package::open(&written.path)?;
    let inputs = Inputs::unpack(&package, &dir.join("unpacked"))?;
    Ok(Bench { package, download: None, inputs: Some(inputs), ferry: ferry.to_path_buf() })
}

/// Ten gigabytes of holes in the usual shape.
fn sparse(options: &Options, lab: &Lab) -> Result<PathBuf> {
    let mut shape = BigBundle::bench();
    shape.own_size.1 = 1_000_000_000;
    shape.own_total = 9_760_000_000;
    let dir = lab.path("sparse");
    fs::create_dir_all(&dir)
        .and_then(|()| shape.scaled(options.divisor).write_sparse(&dir))
        .map(|written| written.path)
        .attempt(|| format!("cannot make a sparse package in {}", dir.display()))
}
