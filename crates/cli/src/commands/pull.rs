//! `ferry pull`.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use ops::{HelmAccess, HelmFailure, Problem, ProblemKind, PullOptions, Pulled, Secret};

use crate::commands::repository_failure::{conclude, wrong_count};
use crate::commands::repository_flags::{HelmFileArgs, access, with_helm_files};
use crate::commands::repository_runtime::wait;
use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;

/// Download charts from a repository or registry
#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of helm's")]
pub(crate) struct PullArgs {
    /// Charts: ALIAS/CHART, a URL, or oci://host/path/chart
    #[arg(value_name = "CHART")]
    charts: Vec<String>,
    /// A version or a constraint; without it the newest release
    #[arg(long, value_name = "VERSION", default_value = "", hide_default_value = true)]
    version: String,
    /// Pre-releases too
    #[arg(long)]
    devel: bool,
    /// Address of a repository that the chart is in
    #[arg(long, value_name = "URL", default_value = "", hide_default_value = true)]
    repo: String,
    /// Directory to write to
    #[arg(short = 'd', long, value_name = "DIR", default_value = ".")]
    destination: PathBuf,
    /// Unpack the chart
    #[arg(long)]
    untar: bool,
    /// Directory to unpack to, below that of --destination
    #[arg(long, value_name = "DIR", default_value = ".")]
    untardir: PathBuf,
    /// Fetch the provenance file too
    #[arg(long)]
    prov: bool,
    /// Verify the chart's provenance; not supported yet
    #[arg(long)]
    verify: bool,
    /// File with the keys to verify with; not supported yet
    #[arg(long, value_name = "FILE")]
    keyring: Option<PathBuf>,
    /// User name of the repository
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    username: String,
    /// Password of the repository
    #[arg(long, value_name = "PASSWORD")]
    password: Option<String>,
    /// Send user name and password to every host that a chart's address names
    #[arg(long)]
    pass_credentials: bool,
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
    about: "从 chart 仓库或镜像仓库下载 chart",
    long: None,
    args: with_helm_files! {
        "charts" => "chart：别名/名称、URL 或 oci://host/path/chart",
        "version" => "版本或版本约束；不给出则为最新的正式版本",
        "devel" => "包括预发布版本",
        "repo" => "chart 所在仓库的地址",
        "destination" => "写入的目录",
        "untar" => "解压 chart",
        "untardir" => "解压到的目录，位于 --destination 之下",
        "prov" => "同时下载 provenance 文件",
        "verify" => "验证 chart 的 provenance；尚不支持",
        "keyring" => "用于验证的公钥文件；尚不支持",
        "username" => "仓库的用户名",
        "password" => "仓库的密码",
        "pass_credentials" => "把用户名和密码发送给 chart 地址所在的任何主机",
        "ca_file" => "要信任的 CA 证书（PEM 文件）",
        "cert_file" => "客户端证书（PEM 文件）；尚不支持",
        "key_file" => "客户端证书的私钥（PEM 文件）；尚不支持",
        "insecure_skip_tls_verify" => "不校验服务器证书",
        "plain_http" => "以明文 HTTP 访问镜像仓库",
    },
};

pub(crate) fn run(
    args: &PullArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let mut warnings = Vec::new();
    let outcome = check(args).and_then(|()| {
        args.charts.iter().try_for_each(|chart| {
            let options = options(args, chart, environment);
            let pulled = wait(ops::pull(&options, &mut warnings))?;
            say(console, chart, &pulled);
            Ok(())
        })
    });
    conclude(console, &warnings, outcome)
}

fn check(args: &PullArgs) -> Result<(), HelmFailure> {
    if args.charts.is_empty() {
        let usage = "[chart URL | repo/chartname] [...] [flags]";
        return Err(wrong_count("pull", "requires at least 1 argument", usage));
    }
    if args.cert_file.is_some() || args.key_file.is_some() {
        return Err(ops::client_certificate_failure(&args.charts[0]));
    }
    if args.verify {
        let problem = Problem::error(ProblemKind::ProvenanceUnsupported, "--verify", "");
        return Err(HelmFailure::new("--verify is not supported", problem));
    }
    Ok(())
}

fn options(args: &PullArgs, chart: &str, environment: &Environment) -> PullOptions {
    PullOptions {
        chart: chart.to_owned(),
        version: args.version.clone(),
        devel: args.devel,
        repository: args.repo.clone(),
        destination: args.destination.clone(),
        untar: args.untar.then(|| args.untardir.clone()),
        provenance: args.prov,
        access: HelmAccess {
            username: args.username.clone(),
            password: args.password.clone().map(Secret::from),
            ca_file: args.ca_file.clone(),
            insecure: args.insecure_skip_tls_verify,
            pass_credentials: args.pass_credentials,
            plain_http: args.plain_http,
            ..access(environment)
        },
        files: args.files.files(environment),
    }
}

fn say(console: &Console, chart: &str, pulled: &Pulled) {
    let mut said = String::new();
    if let Some((reference, digest)) = &pulled.registry {
        said.push_str(&ops::pull_said(reference, digest));
    }
    if let Some(reason) = &pulled.without_provenance {
        let _ = writeln!(said, "WARNING: Verification not found for {chart}: {reason}");
    }
    // A reader that has gone is told nothing, and the file is there.
    let _ = console.print(&said);
}
