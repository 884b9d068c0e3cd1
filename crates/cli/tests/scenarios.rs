//! The whole program against real parts: registries, helm, skopeo, crane. Every test makes its own packages, starts
//! its own registry on loopback and stops it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "scenarios/arrive.rs"]
mod arrive;
#[path = "scenarios/damage.rs"]
mod damage;
#[path = "scenarios/docker.rs"]
mod docker;
#[path = "scenarios/faults.rs"]
mod faults;
#[path = "scenarios/hostile.rs"]
mod hostile;
#[path = "scenarios/kill.rs"]
mod kill;
#[path = "scenarios/repeat.rs"]
mod repeat;
#[path = "scenarios/repositories.rs"]
mod repositories;
#[path = "scenarios/serve.rs"]
mod serve;
#[path = "scenarios/site.rs"]
mod site;
#[path = "scenarios/tls.rs"]
mod tls;
#[path = "scenarios/tools.rs"]
mod tools;
