//! `ferry registry login`.

use std::path::PathBuf;

use clap::Args;
use ops::{HelmAccess, HelmFailure, HelmWarning, Secret};

use crate::commands::repository_failure::{conclude, wrong_count};
use crate::commands::repository_flags::{
    HelmFileArgs, access, credentials_missing, password_from_stdin, with_helm_files,
};
use crate::commands::repository_runtime::wait;
use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;

/// Check credentials with a registry and store them
#[derive(Args, Clone, Debug)]
pub(crate) struct RegistryLoginArgs {
    /// The registry: HOST or HOST:PORT
    #[arg(value_name = "HOST")]
    arguments: Vec<String>,
    /// User name
    #[arg(short = 'u', long, value_name = "NAME", default_value = "", hide_default_value = true)]
    username: String,
    /// Password or identity token
    #[arg(short = 'p', long, value_name = "PASSWORD")]
    password: Option<String>,
    /// Read the password or identity token from standard input
    #[arg(long)]
    password_stdin: bool,
    /// Do not verify the registry's certificate
    #[arg(long)]
    insecure: bool,
    /// PEM file with certificate authorities to trust
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// PEM file with the certificate to show; not supported yet
    #[arg(long, value_name = "FILE")]
    cert_file: Option<PathBuf>,
    /// PEM file with the key of that certificate; not supported yet
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Speak plain HTTP to the registry
    #[arg(long)]
    plain_http: bool,
    #[command(flatten)]
    files: HelmFileArgs,
}

pub(crate) const HELP: HelpTable = HelpTable {
    about: "向镜像仓库验证凭据并保存",
    long: None,
    args: with_helm_files! {
        "arguments" => "镜像仓库：HOST 或 HOST:PORT",
        "username" => "用户名",
        "password" => "密码或身份令牌",
        "password_stdin" => "从标准输入读取密码或身份令牌",
        "insecure" => "不校验镜像仓库的证书",
        "ca_file" => "要信任的 CA 证书（PEM 文件）",
        "cert_file" => "客户端证书（PEM 文件）；尚不支持",
        "key_file" => "客户端证书的私钥（PEM 文件）；尚不支持",
        "plain_http" => "以明文 HTTP 访问镜像仓库",
    },
};

pub(crate) fn run(
    args: &RegistryLoginArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let mut warnings = Vec::new();
    let outcome = login(args, environment, &mut warnings);
    if outcome.is_ok() {
        console.print("Login Succeeded\n")?;
    }
    conclude(console, &warnings, outcome)
}

fn login(
    args: &RegistryLoginArgs,
    environment: &Environment,
    warnings: &mut Vec<HelmWarning>,
) -> Result<(), HelmFailure> {
    let Some(host) = args.arguments.first() else {
        return Err(wrong_count(
            "registry login",
            "requires at least 1 argument",
            "[host] [flags]",
        ));
    };
    if args.cert_file.is_some() || args.key_file.is_some() {
        return Err(ops::client_certificate_failure(host));
    }
    let password = match (&args.password, args.password_stdin) {
        (_, true) => password_from_stdin()?,
        (Some(password), false) => {
            warnings.push(HelmWarning::VisiblePassword);
            Secret::from(password.clone())
        }
        (None, false) if args.username.is_empty() => return Err(credentials_missing("--username")),
        (None, false) => return Err(credentials_missing("--password")),
    };
    let access = HelmAccess {
        username: args.username.clone(),
        password: Some(password),
        ca_file: args.ca_file.clone(),
        insecure: args.insecure,
        plain_http: args.plain_http,
        ..access(environment)
    };
    let files = args.files.files(environment);
    wait(ops::registry_login(host, &access, &files, warnings))
}
