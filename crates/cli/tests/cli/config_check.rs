//! `ferry config check`.

use std::os::unix::fs::PermissionsExt as _;

use super::{HARBOR, LOCAL, chinese, environment, json};

#[test]
fn the_runbooks_file_is_explained_and_corrected() {
    let env = environment();
    env.write("load-image.yaml", HARBOR);
    let out = env.run(["config", "check", "load-image.yaml"]).success();
    for line in [
        "warning[E4009]: `username` and `password` stand beside `auth` instead of below it: load-image.yaml:10:5: target.repo.auth\n",
        "note[E4010]: a comment describes another key than the one it stands at: load-image.yaml:2:3: source.intermediateBundlesPath\n",
        "note[E4010]: a comment describes another key than the one it stands at: load-image.yaml:14:7: target.containers.auth\n",
        "warning[E4012]: this is a well-known default password: load-image.yaml:15:17: target.containers.auth.password\n",
        "load-image.yaml: 0 errors, 3 warnings, 4 notes\n",
    ] {
        assert!(out.stderr().contains(line), "{line}\n{out:?}");
    }
    assert!(out.stdout().contains("    auth:\n      username: \"admin\" # Helm 仓库用户名\n      password: \"***\" # Helm 仓库密码\n"));
    assert!(!format!("{out:?}").contains("Harbor12345"));
    // What was printed is a file that the mask keeps from being used by mistake.
    env.write("masked.yaml", out.stdout());
    let masked = env.run(["config", "check", "masked.yaml"]).exits_with(2);
    assert!(masked.stderr().contains("E4021") && !masked.stderr().contains("E4009"));
}

#[test]
fn the_corrected_file_can_be_written() {
    let env = environment();
    let path = env.write("load-image.yaml", HARBOR);
    let _ = env.run(["config", "check", "load-image.yaml", "--fix-to", "new.yaml"]).success();
    let written = env.work().join("new.yaml");
    let text = std::fs::read_to_string(&written).unwrap();
    assert!(text.contains("      password: \"Harbor12345\" # Helm 仓库密码"));
    assert_eq!(std::fs::metadata(&written).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), HARBOR);

    let _ = env.run(["config", "check", "--fix"]).success();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    assert_eq!(std::fs::read_to_string(env.work().join("load-image.yaml.bak")).unwrap(), HARBOR);
    let again = env.run(["config", "check"]).success();
    assert!(again.stderr().contains("0 errors, 2 warnings, 1 note\n"), "{again:?}");
    let shown = env.run(["config", "check", "--show-secrets"]).success();
    assert_eq!(shown.stdout(), text);
}

#[test]
fn mistakes_are_explained_in_chinese() {
    let env = chinese();
    let text = LOCAL.replace("containerRegistry", "containerRegitsry");
    env.write("f.yaml", text);
    let out = env.run(["config", "check", "f.yaml"]).exits_with(2);
    assert!(
        out.stderr()
            .contains("错误[E4003]：配置中有未知的键：f.yaml:4:3: target.containerRegitsry\n")
    );
    assert!(out.stderr().contains("  详情：您是否想写 `containerRegistry`？\n"));
    assert!(out.stdout().contains("  containerRegistry: 10.16.10.111 # 镜像仓库 url\n"));
}

#[test]
fn findings_are_json_without_passwords() {
    let env = environment();
    env.write("f.yaml", HARBOR);
    let out = env.run(["config", "check", "f.yaml", "--output", "json"]).success();
    let report = json(&out);
    assert_eq!(report["accepted"], true);
    assert_eq!(report["changed"], true);
    assert_eq!(report["findings"][2]["code"], "E4009");
    assert!(report["corrected"].as_str().unwrap().contains("\"***\""));
    assert!(!format!("{out:?}").contains("Harbor12345"));
}

#[test]
fn a_file_that_is_none_is_told() {
    let env = environment();
    let out = env.run(["config", "check", "none.yaml"]).exits_with(2);
    assert!(
        out.stderr().starts_with("error[E4001]: there is no such configuration file: none.yaml\n")
    );
    env.write("bad.yaml", "source:\n\tintermediateBundlesPath: x\n");
    let out = env.run(["config", "check", "bad.yaml"]).exits_with(2);
    assert!(
        out.stderr()
            .starts_with("error[E4002]: the configuration is not valid YAML: bad.yaml:2:1\n"),
        "{out:?}"
    );
    assert!(out.stderr().contains("indented with a tab"), "{out:?}");
}

#[test]
fn what_a_run_needs_and_the_file_lacks_is_told() {
    let env = environment();
    env.write("f.yaml", "target:\n  containerRepository: a/b\n");
    let out = env.run(["config", "check", "f.yaml"]).exits_with(2);
    let told: Vec<&str> = out.stderr().lines().filter(|line| line.contains("[E4007]")).collect();
    assert_eq!(told.len(), 3, "{out:?}");
    assert!(told[1].ends_with(": f.yaml: target.containerRegistry"), "{out:?}");
}
