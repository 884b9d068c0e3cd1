//! `ferry config check`.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use testkit::TestEnv;

use super::{HARBOR, LOCAL, chinese, environment, json};

/// A place with the directory that the runbook's file names.
fn with_package(env: TestEnv) -> TestEnv {
    fs::create_dir(env.work().join("kairship")).expect("the place is empty");
    env
}

#[test]
fn the_runbooks_file_is_explained_and_corrected() {
    let env = with_package(environment());
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
    let env = with_package(environment());
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
    assert_eq!(told.len(), 2, "{out:?}");
    assert!(told[0].ends_with(": f.yaml: source.intermediateBundlesPath"), "{out:?}");
    assert!(told[1].ends_with(": f.yaml: target.repo"), "{out:?}");
    assert!(out.stderr().contains("[E1203]: nothing says where the images go: f.yaml: target."));
}

/// The runbook's file with everything an input method does to it.
fn mistyped() -> String {
    HARBOR
        .replace("source:", "source：")
        .replace("  containerRegistry: 10.16.10.111", "\u{3000}containerRegistry: 10.16.10.111，")
        .replace("    kind:", "\tkind：")
        .replacen("\"admin\"", "“admin”", 1)
}

#[test]
fn a_fix_of_everything_ends_well_and_says_what_was_done() {
    let env = with_package(environment());
    let path = env.write("load-image.yaml", mistyped());
    fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
    let out = env.run(["config", "check"]).exits_with(2);
    for place in ["1:7", "4:1", "4:33", "7:1", "7:6", "10:15"] {
        assert!(out.stderr().contains(&format!(": load-image.yaml:{place}")), "{place}\n{out:?}");
    }
    let out = env.run(["config", "check", "--fix"]).success();
    let last = out.stderr().lines().last().unwrap();
    assert_eq!(
        last,
        "corrected load-image.yaml; the old file is load-image.yaml.bak; now: 0 errors, 2 warnings, 1 note"
    );
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    let fixed = fs::read_to_string(&path).unwrap();
    let _ = env.run(["config", "check"]).success();
    let again = env.run(["config", "check", "--fix"]).success();
    assert!(again.stderr().ends_with("nothing to correct; the file was not touched\n"));
    assert_eq!(fs::read_to_string(&path).unwrap(), fixed);
    // What the runbook's own file becomes.
    env.write("other.yaml", HARBOR);
    let _ = env.run(["config", "check", "other.yaml", "--fix"]).success();
    let plain = fs::read_to_string(env.work().join("other.yaml")).unwrap();
    assert_eq!(fixed, plain);
}

#[test]
fn what_a_fix_leaves_is_told() {
    let env = with_package(environment());
    env.write("f.yaml", HARBOR.replace("\"Harbor12345\"", "#Harbor12345"));
    let out = env.run(["config", "check", "f.yaml", "--fix"]).exits_with(2);
    let told = "left for you to correct:\nerror[E4021]: credentials are incomplete or cannot be read: f.yaml:11:7: target.repo.auth.password (";
    assert!(out.stderr().contains(told), "{out:?}");
    assert!(!format!("{out:?}").contains("Harbor12345"));
    let out = env.run(["config", "check", "f.yaml"]).exits_with(2);
    assert!(!format!("{out:?}").contains("Harbor12345"));
    let report = json(&env.run(["config", "check", "f.yaml", "-o", "json"]).exits_with(2));
    assert_eq!(report["accepted"], false);
    // A run refuses it for the same reason.
    let run = env.run(["sync", "--config", "f.yaml"]).exits_with(2);
    assert_eq!(run.stderr().matches("error[E4021]").count(), 2);
}

#[test]
fn no_backup_is_lost() {
    let env = with_package(environment());
    env.write("load-image.yaml.bak", "the first");
    env.write("load-image.yaml", HARBOR);
    let out = env.run(["config", "check", "--fix"]).success();
    assert!(out.stderr().contains("the old file is load-image.yaml.bak.1;"), "{out:?}");
    let read = |name: &str| fs::read_to_string(env.work().join(name)).unwrap();
    assert_eq!(read("load-image.yaml.bak"), "the first");
    assert_eq!(read("load-image.yaml.bak.1"), HARBOR);
    // A link stays one: the file behind it is corrected.
    env.write("real/f.yaml", HARBOR);
    std::os::unix::fs::symlink("real/f.yaml", env.work().join("link.yaml")).unwrap();
    let _ = env.run(["config", "check", "link.yaml", "--fix"]).success();
    assert!(fs::symlink_metadata(env.work().join("link.yaml")).unwrap().is_symlink());
    assert_ne!(read("real/f.yaml"), HARBOR);
    assert_eq!(read("real/f.yaml.bak"), HARBOR);
}

#[test]
fn other_encodings_are_named_with_the_way_out() {
    let env = with_package(chinese());
    // `# 镜像` in GBK.
    let gbk = b"source:\n  intermediateBundlesPath: b # \xbe\xb5\xcf\xf1\n";
    let path = env.write("f.yaml", gbk);
    let out = env.run(["config", "check", "f.yaml", "--fix"]).exits_with(2);
    assert!(out.stderr().contains("：f.yaml:2:32\n"), "{out:?}");
    assert!(out.stderr().contains("`iconv -f GB18030 -t UTF-8 FILE > NEW`"), "{out:?}");
    assert_eq!(fs::read(&path).unwrap(), gbk);
    let utf16: Vec<u8> =
        format!("\u{feff}{HARBOR}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let path = env.write("f.yaml", utf16);
    let out = env.run(["config", "check", "f.yaml", "--fix"]).success();
    assert!(out.stderr().contains("：f.yaml:1:1\n"), "{out:?}");
    assert!(fs::read_to_string(&path).unwrap().starts_with("source:\n"));
    let path = env.write("f.yaml", format!("\u{feff}{HARBOR}"));
    let out = env.run(["config", "check", "f.yaml", "--fix"]).success();
    assert!(out.stderr().contains("提示[E4013]") && out.stderr().contains("：f.yaml:1:1\n"));
    assert!(fs::read_to_string(&path).unwrap().starts_with("source:\n"));
}

#[test]
fn the_file_of_the_environment_is_checked_as_a_run_takes_it() {
    let env = with_package(environment()).variable("FERRY_CONFIG", "named.yaml");
    env.write("load-image.yaml", HARBOR);
    env.write("named.yaml", "nonsense: 1\n");
    let out = env.run(["config", "check"]).exits_with(2);
    assert!(out.stderr().contains("named.yaml:1:1"), "{out:?}");
}
