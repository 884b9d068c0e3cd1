//! `ferry serve`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use ops::{Credentials, Phase, Problem, ProblemKind, ServeOptions, ServedAt, TlsFiles};
use serde_json::json;

use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;
use crate::language::{Language, Text};
use crate::output::{OutputFormat, count, printable};
use crate::settings::credentials::password_file;
use crate::{program, say, text};

/// Serve a registry and chart repository from a directory, or read-only from a package
///
/// The registry speaks the OCI distribution API 1.1; charts are at /index.yaml, /charts, /api/charts and under Harbor's
/// /chartrepo/PROJECT. SIGINT or SIGTERM stops it.
#[derive(Args, Clone, Debug)]
pub(crate) struct ServeArgs {
    /// Directory to keep content in (created when missing), or a package
    #[arg(value_name = "DIR|PACKAGE", default_value = "ferry-registry")]
    path: PathBuf,
    /// Address to listen on; port 0 takes any free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:5000")]
    listen: String,
    /// Ask for this user name
    #[arg(long, value_name = "USER", requires = "password_file")]
    username: Option<String>,
    /// File with the password to ask for
    #[arg(long, value_name = "FILE", requires = "username")]
    password_file: Option<PathBuf>,
    /// Certificate for TLS, PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key for TLS, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Refuse every write; a package is always read-only
    #[arg(long)]
    read_only: bool,
}

pub(crate) const HELP: HelpTable = HelpTable {
    about: "从目录提供镜像仓库和 Helm 仓库服务，或从离线包只读提供",
    long: Some(
        "从目录提供镜像仓库和 Helm 仓库服务，或从离线包只读提供\n\n\
         镜像仓库实现 OCI distribution API 1.1；chart 位于 /index.yaml、/charts、/api/charts 以及 Harbor 的 \
         /chartrepo/PROJECT 之下。收到 SIGINT 或 SIGTERM 时停止。",
    ),
    args: &[
        ("path", "存放内容的目录（不存在时创建），或离线包"),
        ("listen", "监听地址；端口 0 表示任意空闲端口"),
        ("username", "要求使用的用户名"),
        ("password_file", "存放所要求密码的文件"),
        ("tls_cert", "TLS 证书，PEM 格式"),
        ("tls_key", "TLS 私钥，PEM 格式"),
        ("read_only", "拒绝一切写入；离线包总是只读"),
    ],
};

pub(crate) fn run(
    args: &ServeArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let options = ServeOptions {
        path: args.path.clone(),
        listen: address(&args.listen)?,
        credentials: credentials(args, environment)?,
        tls: tls(args),
        read_only: args.read_only,
        access_log: None,
    };
    program::with_runtime(|runtime| {
        runtime.block_on(async {
            let stop = program::stop_signal();
            let shutdown = async move {
                let _signal = stop.await;
            };
            ops::serve(options, |served| announce(&served, console), shutdown).await
        })
    })?;
    let line = say!("stopped\n", "已停止\n");
    console.tell(line.get(console.language));
    Ok(ExitCode::Success)
}

/// `HOST:PORT`. Only addresses and `localhost`: looking up a name could listen somewhere unexpected.
fn address(text: &str) -> Result<SocketAddr, Failure> {
    let of_localhost = || {
        let port = text.strip_prefix("localhost:")?.parse().ok()?;
        Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port))
    };
    let of_any = || {
        let port = text.strip_prefix(':')?.parse().ok()?;
        Some(SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), port))
    };
    text.parse().ok().or_else(of_localhost).or_else(of_any).ok_or_else(|| {
        Failure::usage(format!("--listen {text}"), "an IP address and a port, such as 0.0.0.0:5000")
    })
}

fn credentials(
    args: &ServeArgs,
    environment: &Environment,
) -> Result<Option<Credentials>, Failure> {
    let (Some(username), Some(path)) = (&args.username, &args.password_file) else {
        return Ok(None);
    };
    let password = password_file(&environment.absolute(path))
        .map_err(|problem: Problem| ops::Error::new(Phase::Configure, problem))?;
    if username.is_empty() || username.contains(':') {
        let kind = ProblemKind::CredentialsInvalid;
        return Err(Failure::problem(
            Phase::Configure,
            kind,
            "--username",
            "basic auth allows no `:`",
        ));
    }
    Ok(Some(Credentials { username: username.clone(), password }))
}

fn tls(args: &ServeArgs) -> Option<TlsFiles> {
    let (certificate, key) = (args.tls_cert.clone()?, args.tls_key.clone()?);
    Some(TlsFiles { certificate, key })
}

/// Says what is served and where: on stderr for people, on stdout as one JSON line for programs.
fn announce(served: &ServedAt, console: &Console) {
    console.note(&served.notes);
    let scheme = if served.tls { "https" } else { "http" };
    let url = format!("{scheme}://{}", served.address);
    let line = say!("listening on {url}\n", "正在监听 {url}\n");
    console.tell(&format!("{}{}", what(served, console.language), line.get(console.language)));
    if console.output != OutputFormat::Table {
        let value = json!({
            "listening": url,
            "path": served.path.display().to_string(),
            "package": served.is_package,
            "read_only": served.read_only,
            "images": served.images,
            "charts": served.charts,
            "auth": served.auth,
            "tls": served.tls,
        });
        // Nobody reads it: then nobody misses it.
        let _ = console.print(&format!("{value}\n"));
    }
}

/// What is served, to whom and how, in one line.
fn what(served: &ServedAt, language: Language) -> String {
    let word = |text: Text| text.get(language);
    let path = printable(&served.path.display().to_string());
    let (images, charts) = (served.images, served.charts);
    let (some_images, some_charts) = (count(images, "image"), count(charts, "chart"));
    let kind = word(match (served.is_package, served.read_only) {
        (true, _) => text!("package, read-only", "离线包，只读"),
        (false, true) => text!("directory, read-only", "目录，只读"),
        (false, false) => text!("directory, writable", "目录，可写"),
    });
    let auth = word(if served.auth {
        text!("with user name and password", "需要用户名和密码")
    } else {
        text!("open to everyone", "无需登录")
    });
    let tls = word(if served.tls {
        text!("with TLS", "使用 TLS")
    } else {
        text!("without TLS", "不使用 TLS")
    });
    let line = say!(
        "serving {path} ({kind}): {some_images}, {some_charts}; {auth}, {tls}\n",
        "提供服务：{path}（{kind}）：{images} 个镜像，{charts} 个 chart；{auth}，{tls}\n"
    );
    line.get(language).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_says_what_is_served_to_whom() {
        let mut served = ServedAt {
            address: "127.0.0.1:5000".parse().unwrap(),
            tls: true,
            auth: false,
            path: "x.tar".into(),
            is_package: true,
            read_only: true,
            images: 18,
            charts: 1,
            notes: Vec::new(),
        };
        assert_eq!(
            what(&served, Language::En),
            "serving x.tar (package, read-only): 18 images, 1 chart; open to everyone, with TLS\n"
        );
        (served.is_package, served.read_only, served.tls, served.auth) =
            (false, false, false, true);
        assert_eq!(
            what(&served, Language::Zh),
            "提供服务：x.tar（目录，可写）：18 个镜像，1 个 chart；需要用户名和密码，不使用 TLS\n"
        );
    }

    #[test]
    fn addresses_are_literal() {
        for (text, read) in [
            ("127.0.0.1:0", "127.0.0.1:0"),
            ("localhost:5000", "127.0.0.1:5000"),
            ("[::1]:5000", "[::1]:5000"),
            (":5000", "[::]:5000"),
        ] {
            assert_eq!(address(text).unwrap().to_string(), read);
        }
        for text in ["5000", "registry.local:5000", "127.0.0.1", "127.0.0.1:70000"] {
            assert!(address(text).is_err(), "{text}");
        }
    }
}
