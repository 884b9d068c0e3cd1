//! `cargo xtask peers`: the real parts, by name and version.

mod catalogue;
mod install;

use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::{Attempt, Failure, Result};
use crate::workspace;

use catalogue::Origin;
pub(crate) use catalogue::{PEERS, Peer, directory};

/// More would only compete for the same two cores.
const AT_ONCE: usize = 2;

/// What became of one part.
pub(crate) struct Outcome {
    /// The part.
    pub(crate) peer: Peer,
    /// How it is now.
    pub(crate) state: State,
}

/// How a part is after an installation.
pub(crate) enum State {
    /// It was there before.
    Present,
    /// It was installed, in this time.
    Installed(Duration),
    /// It is not there; why.
    Missing(String),
}

/// Makes the named parts (all, when none is named) available and says what became of each.
///
/// `system` allows system packages; `CI=true` does too.
pub(crate) fn provide(names: &[String], system: bool) -> Result<Vec<Outcome>> {
    for name in names {
        if !PEERS.iter().any(|peer| peer.is_called(name)) {
            return Err(Failure::new(format!("there is no part called {name}; {}", known())));
        }
    }
    let wanted: Vec<Peer> = PEERS
        .iter()
        .filter(|peer| names.is_empty() || names.iter().any(|name| peer.is_called(name)))
        .copied()
        .collect();
    fs::create_dir_all(directory())
        .attempt(|| format!("cannot create {}", directory().display()))?;
    let lock = directory().join(".lock");
    let lock = File::create(&lock).attempt(|| format!("cannot create {}", lock.display()))?;
    lock.lock().attempt(|| "cannot lock the parts".into())?;

    let mut outcomes = system_packages(&wanted, system || workspace::is_ci());
    outcomes.extend(built(&wanted));
    Ok(outcomes)
}

/// The executable of a part, by name: the newest version that is there.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    testkit::find_peer(name).ok().map(|peer| peer.path)
}

/// Prints what became of each part; under `CI=true` a missing one is a failure.
pub(crate) fn report(outcomes: &[Outcome]) -> Result<()> {
    for Outcome { peer, state } in outcomes {
        let label = peer.label();
        let other = peer.other_version().map(|other| format!(", as {other}")).unwrap_or_default();
        match state {
            State::Present => println!("  {label:<24} present{other}"),
            State::Installed(time) => println!("  {label:<24} installed in {time:.0?}{other}"),
            State::Missing(why) => println!("  {label:<24} SKIPPED: {why}"),
        }
    }
    let missing = missing(outcomes);
    if workspace::is_ci() && !missing.is_empty() {
        return Err(Failure::new(format!(
            "under CI=true no part may be missing: {}",
            missing.join(", ")
        )));
    }
    Ok(())
}

/// The names of the parts that are not there.
pub(crate) fn missing(outcomes: &[Outcome]) -> Vec<String> {
    let is_missing = |outcome: &&Outcome| matches!(outcome.state, State::Missing(_));
    outcomes.iter().filter(is_missing).map(|outcome| outcome.peer.label()).collect()
}

fn known() -> String {
    format!("known are {}", PEERS.iter().map(Peer::label).collect::<Vec<_>>().join(", "))
}

fn system_packages(wanted: &[Peer], allowed: bool) -> Vec<Outcome> {
    let packages: Vec<(Peer, &str)> = wanted
        .iter()
        .filter_map(|peer| match peer.origin {
            Origin::Debian(package) => Some((*peer, package)),
            Origin::Go(_) | Origin::Wheel(..) => None,
        })
        .collect();
    let absent: Vec<&str> = packages
        .iter()
        .filter(|(peer, _)| peer.executable().is_none())
        .map(|(_, package)| *package)
        .collect();
    let started = Instant::now();
    let attempted = if absent.is_empty() {
        Ok(())
    } else if allowed {
        println!("  installing {}", absent.join(", "));
        install::install_debian(&absent)
    } else {
        Err(Failure::new("not installed"))
    };
    let outcome = |(peer, package): (Peer, &str)| {
        let state = match (&attempted, peer.executable()) {
            (_, Some(_)) if !absent.contains(&package) => State::Present,
            (_, Some(_)) => State::Installed(started.elapsed()),
            (Err(failure), None) => State::Missing(format!("{failure}; {}", peer.how_to_get())),
            (Ok(()), None) => State::Missing(format!("{package} brought no {}", peer.name)),
        };
        Outcome { peer, state }
    };
    packages.into_iter().map(outcome).collect()
}

fn built(wanted: &[Peer]) -> Vec<Outcome> {
    let is_ours = |peer: &&Peer| !matches!(peer.origin, Origin::Debian(_));
    let queue = Mutex::new(wanted.iter().filter(is_ours).copied());
    let outcomes = Mutex::new(Vec::new());
    let next = || queue.lock().expect("no worker panics with the lock").next();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(peer) = next() {
                    let state = provide_one(&peer);
                    let outcome = Outcome { peer, state };
                    outcomes.lock().expect("no worker panics with the lock").push(outcome);
                }
            });
        }
    });
    outcomes.into_inner().expect("no worker panicked")
}

fn provide_one(peer: &Peer) -> State {
    if peer.executable().is_some() {
        return State::Present;
    }
    if let Some(tool) = install::missing_tool(peer) {
        return State::Missing(format!("this machine has no {tool}; {}", peer.how_to_get()));
    }
    println!("  installing {}", peer.label());
    let started = Instant::now();
    match install::install(peer) {
        Ok(()) => State::Installed(started.elapsed()),
        Err(failure) => State::Missing(failure.to_string()),
    }
}
