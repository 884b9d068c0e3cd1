//! Languages, exit codes, streams, names of the program.

use super::{chinese, closed_port, environment, json};

#[test]
fn the_version_is_printed_in_every_form() {
    let env = environment();
    assert!(env.run(["version"]).success().stdout().starts_with("ferry 0."));
    assert!(env.run(["--version"]).success().stdout().starts_with("ferry 0."));
    assert_eq!(json(&env.run(["version", "-o", "json"]).success())["name"], "ferry");
    assert!(env.run(["version", "-o", "yaml"]).success().stdout().starts_with("name: ferry\n"));
}

#[test]
fn help_speaks_the_language_of_the_locale() {
    assert!(environment().run(["--help"]).success().stdout().contains("Usage: ferry"));
    let out = chinese().run(["help", "sync"]).success();
    assert!(out.stdout().contains("用法：ferry sync") && !out.stdout().contains("Usage"));
    assert!(chinese().run(["--lang=en", "sync", "-h"]).success().stdout().contains("Usage:"));
    assert!(environment().run(["sync", "-h", "--lang", "zh"]).success().stdout().contains("用法"));
}

#[test]
fn mistakes_on_the_command_line_are_explained_on_stderr() {
    let out = environment().run(["snyc"]).exits_with(2);
    assert_eq!(out.stdout(), "");
    assert_eq!(
        out.stderr(),
        "error[E4031]: the command line is not right: there is no command `snyc`\n  \
         why: An argument is unknown, missing, or does not go with another one.\n  \
         do:  See `ferry --help`, or `ferry COMMAND --help` for one command.\n  \
         cause: did you mean `sync`?\n"
    );
    let out = chinese().run(["sync", "--nonsense"]).exits_with(2);
    assert!(out.stderr().starts_with("错误[E4031]：命令行有误：没有参数 `--nonsense`\n  原因："));
}

#[test]
fn failures_are_json_too_when_asked_for() {
    let env = environment();
    for arguments in
        [["inspect", "none.tar", "--output=json"], ["--output=json", "inspect", "none.tar"]]
    {
        let error = json(&env.run(arguments).exits_with(3))["error"].take();
        assert_eq!(error["exit_code"], 3);
        assert_eq!(error["problems"][0]["code"], "E1001");
        assert_eq!(error["problems"][0]["kind"], "PackageNotFound");
        assert_eq!(error["problems"][0]["subject"], "none.tar");
        assert!(error["problems"][0]["do"].as_str().unwrap().contains("ls"));
    }
    let error = json(&env.run(["-o", "json", "--nonsense"]).exits_with(2))["error"].take();
    assert_eq!(error["problems"][0]["code"], "E4031");
    let out = env.run(["inspect", "none.tar", "--log-format", "json"]).exits_with(3);
    let line: serde_json::Value = serde_json::from_str(out.stderr().trim()).unwrap();
    assert_eq!((&line["event"], &line["problem"]["code"]), (&"problem".into(), &"E1001".into()));
}

#[test]
fn nothing_is_coloured_unless_asked_for() {
    let env = environment();
    assert!(!env.run(["inspect", "none"]).exits_with(3).stderr().contains('\u{1b}'));
    let out = env.run(["inspect", "none", "--color=always"]).exits_with(3);
    assert!(out.stderr().starts_with("\u{1b}[1;31merror[E1001]\u{1b}[0m: "));
}

#[test]
fn a_reader_that_has_gone_is_no_failure() {
    let env = environment();
    let ferry = env.command().get_program().to_string_lossy().into_owned();
    let mut shell = env.command_of("/bin/sh".as_ref());
    shell.args(["-c", &format!("{{ sleep 0.2; {ferry} man; echo $? >&2; }} | :")]);
    assert_eq!(env.run_command(shell).success().stderr(), "0\n");
}

#[test]
fn the_other_name_takes_the_other_flags() {
    let env = environment();
    let ferry = env.command().get_program().to_owned();
    let alias = env.work().join("charts-syncer");
    std::os::unix::fs::symlink(ferry, &alias).unwrap();
    env.write("load-image.yaml", super::harbor_file(&closed_port()));
    std::fs::create_dir(env.work().join("kairship")).unwrap();
    let mut command = env.command_of(&alias);
    command.args([
        "sync",
        "--config",
        "load-image.yaml",
        "--dry-run=true",
        "-v",
        "4",
        "--insecure",
    ]);
    let out = env.run_command(command);
    // The directory has nothing in it: not a success, as it was.
    assert_eq!(out.code(), Some(3), "{out:?}");
    assert!(out.stderr().contains("E4009"), "{out:?}");
}

#[test]
fn completion_and_manual_pages_are_made() {
    let env = environment();
    for shell in ["bash", "zsh", "fish"] {
        assert!(env.run(["completion", shell]).success().stdout().contains("on-conflict"));
    }
    assert!(env.run(["man"]).success().stdout().contains(".TH ferry 1"));
    let _ = env.run(["man", "--dir", "pages", "--lang", "zh"]).success();
    let page = std::fs::read_to_string(env.work().join("pages/ferry-config-check.1")).unwrap();
    assert!(page.contains("更正后的文件"));
}

#[test]
fn a_signal_ends_a_run_soon_and_says_how_to_go_on() {
    let env = environment();
    let name = super::package(&env);
    // Takes connections and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let mut running = env.start(["sync", &name, "--to-registry", &url]);
    let _ = running.wait_for("planning");
    let (_connection, _) = silent.accept().unwrap();
    running.interrupt();
    let out = running.wait().exits_with(130);
    assert!(out.stderr().contains("error[E5007]: stopped by a signal: SIGINT\n"), "{out:?}");
    assert!(out.stderr().contains("`ferry sync` continues where it stopped"), "{out:?}");
    assert!(out.stderr().contains("cause: while the plan was made; no image"), "{out:?}");
}

#[test]
fn a_signal_while_images_are_pushed_says_what_is_safe() {
    let env = environment();
    let name = super::package(&env);
    let registry = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/a", registry.local_addr().unwrap());
    let (told, sending) = std::sync::mpsc::channel();
    // It is there, has nothing, takes uploads, and never answers when content comes.
    std::thread::spawn(move || {
        for stream in registry.incoming() {
            let (stream, told) = (stream.unwrap(), told.clone());
            std::thread::spawn(move || answer_until_content(stream, &told));
        }
    });
    let running = env.start(["sync", &name, "--to-registry", &url, "-o", "json"]);
    sending.recv_timeout(std::time::Duration::from_secs(30)).unwrap();
    running.interrupt();
    let out = running.wait().exits_with(130);
    let error = json(&out)["error"].take();
    assert_eq!(error["phase"], "push", "{out:?}");
    let detail = error["problems"][0]["detail"].as_str().unwrap();
    assert!(
        detail.contains("nothing refers to what was sent; run the same command again"),
        "{out:?}"
    );
}

fn answer_until_content(stream: std::net::TcpStream, told: &std::sync::mpsc::Sender<()>) {
    use std::io::{BufRead as _, Write as _};
    let mut reader = std::io::BufReader::new(stream.try_clone().expect("a socket can be cloned"));
    let mut writer = stream;
    loop {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            if line.trim().is_empty() {
                break;
            }
            lines.push(line);
        }
        let request = lines.first().cloned().unwrap_or_default();
        let answer = match request.split(' ').next() {
            Some("GET") => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
            Some("HEAD") => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            Some("DELETE") => "HTTP/1.1 204 No Content\r\n\r\n",
            Some("POST") => {
                "HTTP/1.1 202 Accepted\r\nLocation: /v2/upload/1\r\nContent-Length: 0\r\n\r\n"
            }
            _ => {
                let _ = told.send(());
                std::thread::sleep(std::time::Duration::from_mins(1));
                return;
            }
        };
        if writer.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}
