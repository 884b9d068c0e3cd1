//! `ferry push`.

use std::path::PathBuf;

use clap::Args;
use ops::{HelmAccess, HelmFailure, PushOptions, Pushed, Secret};

use crate::commands::repository_failure::{conclude, wrong_count};
use crate::commands::repository_flags::{HelmFileArgs, access, with_helm_files};
use crate::commands::repository_runtime::wait;
use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;

/// Upload a packaged chart to a registry or chart repository
#[derive(Args, Clone, Debug)]
pub(crate) struct PushArgs {
    /// CHART REMOTE: the .tgz, and oci://host/path or the address of a ChartMuseum or Harbor repository
    #[arg(value_name = "CHART REMOTE")]
    arguments: Vec<String>,
    /// User name of the registry
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    username: String,
    /// Password of the registry
    #[arg(long, value_name = "PASSWORD")]
    password: Option<String>,
    /// PEM file with certificate authorities to trust
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// PEM file with the certificate to show; not supported yet
    #[arg(long, value_name = "FILE")]
    cert_file: Option<PathBuf>,
    /// PEM file with the key of that certificate; not supported yet
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Do not verify the server's certificate
    #[arg(long)]
    insecure_skip_tls_verify: bool,
    /// Speak plain HTTP to the registry
    #[arg(long)]
    plain_http: bool,
    #[command(flatten)]
    files: HelmFileArgs,
}

pub(crate) const HELP: HelpTable = HelpTable {
    about: "把 chart 包上传到镜像仓库或 chart 仓库",
    long: None,
    args: with_helm_files! {
        "arguments" => "CHART REMOTE：.tgz 文件，以及 oci://host/path 或 ChartMuseum、Harbor 仓库的地址",
        "username" => "镜像仓库的用户名",
        "password" => "镜像仓库的密码",
        "ca_file" => "要信任的 CA 证书（PEM 文件）",
        "cert_file" => "客户端证书（PEM 文件）；尚不支持",
        "key_file" => "客户端证书的私钥（PEM 文件）；尚不支持",
        "insecure_skip_tls_verify" => "不校验服务器证书",
        "plain_http" => "以明文 HTTP 访问镜像仓库",
    },
};

pub(crate) fn run(
    args: &PushArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    match push(args, environment) {
        Ok(Pushed { reference, digest }) => {
            let note = ops::underscore_note(&reference);
            console.print(&format!("Pushed: {reference}\nDigest: {digest}\n{note}"))?;
            Ok(ExitCode::Success)
        }
        Err(failure) => conclude(console, &[], Err(failure)),
    }
}

fn push(args: &PushArgs, environment: &Environment) -> Result<Pushed, HelmFailure> {
    let [chart, remote] = args.arguments.as_slice() else {
        return Err(wrong_count(
            "push",
            "requires at least 2 arguments",
            "[chart] [remote] [flags]",
        ));
    };
    if args.cert_file.is_some() || args.key_file.is_some() {
        return Err(ops::client_certificate_failure(remote));
    }
    let options = PushOptions {
        chart: PathBuf::from(chart),
        remote: remote.clone(),
        access: HelmAccess {
            username: args.username.clone(),
            password: args.password.clone().map(Secret::from),
            ca_file: args.ca_file.clone(),
            insecure: args.insecure_skip_tls_verify,
            plain_http: args.plain_http,
            ..access(environment)
        },
        files: args.files.files(environment),
    };
    wait(ops::push(&options))
}
