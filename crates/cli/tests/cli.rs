//! The command line as its users meet it: one process per test, an environment with nothing else in it.

#[path = "cli/behaviour.rs"]
mod behaviour;
#[path = "cli/chart_diff.rs"]
mod chart_diff;
#[path = "cli/config_check.rs"]
mod config_check;
#[path = "cli/helm_charts.rs"]
mod helm_charts;
#[path = "cli/helm_repo_differential.rs"]
mod helm_repo_differential;
#[path = "cli/helm_repositories.rs"]
mod helm_repositories;
#[path = "cli/helm_web.rs"]
mod helm_web;
#[path = "cli/images.rs"]
mod images;
#[path = "cli/package.rs"]
mod package;
#[path = "cli/reference.rs"]
mod reference;
#[path = "cli/secrets.rs"]
mod secrets;
#[path = "cli/sync.rs"]
mod sync;

use std::net::TcpListener;

use testkit::{Arch, Kairship, Output, Running, TestEnv, Version};

const HARBOR: &str = include_str!("fixtures/load-image-harbor.yaml");
const LOCAL: &str = include_str!("fixtures/load-image-local.yaml");

fn environment() -> TestEnv {
    TestEnv::new(env!("CARGO_BIN_EXE_ferry"))
}

fn chinese() -> TestEnv {
    environment().variable("LANG", "zh_CN.UTF-8")
}

/// Writes the look-alike's download into the working directory and returns its name.
fn package(env: &TestEnv) -> String {
    let path = Kairship::new(Version::V0_21_0, Arch::Amd64).write_package(&env.work());
    path.file_name().expect("a package has a name").to_string_lossy().into_owned()
}

/// `ferry serve` over a directory of its own, and where it listens.
struct Served {
    running: Running,
    host: String,
}

impl Served {
    fn start(env: &TestEnv, arguments: &[&str]) -> Self {
        let line = ["serve", "registry", "--listen", "127.0.0.1:0"];
        let mut running = env.start(line.iter().chain(arguments));
        let told = running.wait_for("://");
        let (_, rest) = told.split_once("://").expect("it was waited for");
        let host = rest.split(['"', ' ']).next().unwrap_or(rest).to_owned();
        Self { running, host }
    }

    fn stop(self) -> Output {
        self.running.terminate();
        self.running.wait()
    }
}

/// The runbook's file with the address of a test.
fn harbor_file(host: &str) -> String {
    HARBOR.replace("10.16.10.111", host)
}

/// An address that nobody listens on.
fn closed_port() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound").to_string()
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_str(output.stdout()).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[test]
fn no_test_file_is_forgotten() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli");
    let this = include_str!("cli.rs");
    for entry in std::fs::read_dir(directory).expect("the directory is there") {
        let name = entry.expect("it can be read").file_name().into_string().expect("it is text");
        assert!(this.contains(&format!("cli/{name}")), "{name} is not in tests/cli.rs");
    }
}
