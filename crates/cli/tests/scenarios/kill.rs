//! kill -9 at any moment: the next run ends in the same registry.

use std::time::{Duration, Instant};

use testkit::fault_proxy::{Action, Rule};
use testkit::registry::RegistryKind;
use testkit::{BigBundle, FaultProxy, Random};

use crate::site::{PATH, Site, kairship, sync_to};

/// Kills at `kills` random moments, then lets one run finish, and compares with an undisturbed one.
fn killed_again_and_again(kind: RegistryKind, kills: u64, seed: u64) {
    let Some(undisturbed) = Site::new(kind) else { return };
    let (package, path) = kairship(&undisturbed.env);
    let started = Instant::now();
    let _ = undisturbed.sync(&path, &[]).success();
    let whole = started.elapsed();
    let expected = undisturbed.state();

    let Some(site) = Site::new(kind) else { return };
    let mut random = Random::new(seed);
    for _ in 0..kills {
        let mut command = site.env.command();
        command.arg("sync").arg(&path).args([
            "--to-registry",
            &format!("{}/{PATH}", site.registry.host()),
            "--to-repo",
            "charts",
        ]);
        let running = site.env.start_command(command);
        let span = u64::try_from(whole.as_micros()).unwrap();
        std::thread::sleep(Duration::from_micros(random.below(span)));
        let _ = running.kill();
    }
    let _ = site.sync(&path, &[]).success();
    site.assert_has(&package);
    assert_eq!(site.state(), expected);
    assert!(site.env.work().join("charts/kairship-0.21.0.tgz").is_file());
}

#[test]
fn the_next_run_ends_in_the_same_state() {
    for kind in RegistryKind::ALL {
        killed_again_and_again(kind, 6, 1);
    }
}

#[test]
#[ignore = "long: a hundred kills for each registry; part of `cargo xtask conformance`"]
fn a_hundred_kills_end_in_the_same_state() {
    for kind in RegistryKind::ALL {
        for seed in 0..10 {
            killed_again_and_again(kind, 10, seed);
        }
    }
}

#[test]
fn an_upload_that_was_killed_goes_on_where_it_was() {
    let Some(site) = Site::new(RegistryKind::Distribution) else { return };
    let written = BigBundle::bench().scaled(40).write_bundle(&site.env.work()).unwrap();
    let unique = written.unique_bytes();
    // Slow enough to be killed in the middle: every upload waits a little before it starts.
    let slow = Rule::on("PATCH", "*", Action::Delay(Duration::from_millis(150)));
    let proxy = FaultProxy::start(site.registry.address(), [slow]).unwrap();
    let mut command = site.env.command();
    command
        .arg("sync")
        .arg(&written.path)
        .args(["--to-registry", &format!("{}/{PATH}", proxy.host())]);
    let running = site.env.start_command(command);
    assert!(proxy.wait_for_bytes(unique / 2, Duration::from_mins(1)));
    let _ = running.kill();
    proxy.set_rules([]);
    let _ = sync_to(&site.env, &proxy.host(), &written.path, &[]).success();
    assert!(
        site.registry.unfinished_uploads().is_empty(),
        "{:?}",
        site.registry.unfinished_uploads()
    );
    let sent = proxy.forwarded_bytes();
    assert!(sent < unique + unique / 4, "{sent} of {unique} bytes");
}
