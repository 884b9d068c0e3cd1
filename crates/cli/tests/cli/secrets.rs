//! No password is ever printed.

use super::{Served, closed_port, environment, harbor_file, package};

const CANARY: &str = "canary-7f3a";

#[test]
fn the_canary_of_the_file_is_in_no_output() {
    let env = environment();
    let name = package(&env);
    let file = harbor_file(&closed_port()).replace("Harbor12345", CANARY);
    env.write("f.yaml", &file);
    env.write("broken.yaml", file.replace("containers:", "containers"));
    env.write("typed.yaml", file.replace("password: \"", "passwort: \""));
    env.write(
        "unknown.yaml",
        file.replace("  containers:", "  # password: canary-7f3a\n  nonsense:"),
    );
    for config in ["f.yaml", "broken.yaml", "typed.yaml", "unknown.yaml"] {
        for extra in
            [&["--dry-run"][..], &["-vvv"], &["-o", "json"], &["--log-format", "json", "-vv"]]
        {
            let mut line = vec!["sync", &name, "--config", config, "--platform", "linux/s390x"];
            line.extend(extra);
            let out = env.run(line);
            assert_ne!(out.code(), Some(0));
            assert!(!format!("{out:?}").contains(CANARY), "{out:?}");
        }
        for extra in [&[][..], &["-o", "yaml"], &["-vvv"]] {
            let mut line = vec!["config", "check", config];
            line.extend(extra);
            let out = env.run(line);
            assert!(!format!("{out:?}").contains(CANARY), "{out:?}");
        }
    }
}

#[test]
fn the_canary_of_flags_and_variables_is_in_no_output() {
    let env = environment()
        .variable("TARGET_CONTAINERS_AUTH_USERNAME", "admin")
        .variable("TARGET_CONTAINERS_AUTH_PASSWORD", CANARY)
        .variable("https_proxy", format!("http://me:{CANARY}@{}", closed_port()));
    let name = package(&env);
    for line in [
        &["--to-registry", "registry.invalid", "-vvv"][..],
        &["--to-registry", &format!("https://me:{CANARY}@registry.invalid")],
        &["--to-registry", "registry.invalid", "--registry-password", CANARY],
        &[
            "--to-registry",
            "registry.invalid",
            "--to-repo",
            &format!("http://me:{CANARY}@h/chartrepo/x"),
        ],
    ] {
        let out = env.run(["sync", &name].iter().chain(line));
        assert_ne!(out.code(), Some(0));
        // The harness repeats the command line, the program must not.
        assert!(!out.stdout().contains(CANARY) && !out.stderr().contains(CANARY), "{out:?}");
    }
}

#[test]
fn the_canary_of_a_server_is_in_no_output() {
    let env = environment();
    env.write("password", format!("{CANARY}\n"));
    let served =
        Served::start(&env, &["--username", "admin", "--password-file", "password", "-vvv"]);
    let name = package(&env);
    env.write("wrong", "wrong\n");
    let host = served.host.clone();
    let login = ["--registry-username", "admin", "--registry-password-file"];
    let line = ["sync", &name, "--to-registry", &host];
    let refused = env.run(line.iter().chain(&login).chain(&["wrong"])).exits_with(5);
    assert!(refused.stderr().contains("error[E2021]"), "{refused:?}");
    let out = env.run(line.iter().chain(&login).chain(&["password", "-vvv"])).success();
    assert!(!format!("{out:?}").contains(CANARY), "{out:?}");
    let out = served.stop().success();
    assert!(!format!("{out:?}").contains(CANARY), "{out:?}");
}
