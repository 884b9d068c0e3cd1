//! `ferry repo add`.

use std::path::PathBuf;

use clap::Args;
use ops::{HelmAccess, HelmFailure, HelmWarning, RepoAddOptions, RepoAdded, Secret};

use crate::commands::repository_failure::{conclude, wrong_count};
use crate::commands::repository_flags::{
    HelmFileArgs, access, credentials_missing, limited, password_from_stdin, with_helm_files,
};
use crate::commands::repository_runtime::wait;
use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;

/// Add a chart repository
#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of helm's")]
pub(crate) struct RepoAddArgs {
    /// NAME URL: the alias, and the address of the directory with the index.yaml
    #[arg(value_name = "NAME URL")]
    arguments: Vec<String>,
    /// User name of the repository
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    username: String,
    /// Password of the repository
    #[arg(long, value_name = "PASSWORD")]
    password: Option<String>,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
    /// Send user name and password to every host that a chart's address names
    #[arg(long)]
    pass_credentials: bool,
    /// PEM file with certificate authorities to trust
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// PEM file with the certificate to show; not supported yet
    #[arg(long, value_name = "FILE", default_value = "", hide_default_value = true)]
    cert_file: String,
    /// PEM file with the key of that certificate; not supported yet
    #[arg(long, value_name = "FILE", default_value = "", hide_default_value = true)]
    key_file: String,
    /// Do not verify the server's certificate
    #[arg(long)]
    insecure_skip_tls_verify: bool,
    /// Replace a repository of the same name
    #[arg(long)]
    force_update: bool,
    /// Allow repositories that are gone for good
    #[arg(long)]
    allow_deprecated_repos: bool,
    /// How long to wait for the index, such as 2m0s
    #[arg(long, value_name = "DURATION")]
    timeout: Option<String>,
    #[command(flatten)]
    files: HelmFileArgs,
}

pub(crate) const HELP: HelpTable = HelpTable {
    about: "添加 chart 仓库",
    long: None,
    args: with_helm_files! {
        "arguments" => "NAME URL：仓库别名，以及 index.yaml 所在目录的地址",
        "username" => "仓库的用户名",
        "password" => "仓库的密码",
        "password_stdin" => "从标准输入读取密码",
        "pass_credentials" => "把用户名和密码发送给 chart 地址所在的任何主机",
        "ca_file" => "要信任的 CA 证书（PEM 文件）",
        "cert_file" => "客户端证书（PEM 文件）；尚不支持",
        "key_file" => "客户端证书的私钥（PEM 文件）；尚不支持",
        "insecure_skip_tls_verify" => "不校验服务器证书",
        "force_update" => "替换同名的仓库",
        "allow_deprecated_repos" => "允许添加已永久下线的仓库",
        "timeout" => "等待索引的时间，例如 2m0s",
    },
};

pub(crate) fn run(
    args: &RepoAddArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let mut warnings = Vec::new();
    match add(args, environment, &mut warnings) {
        Ok((name, RepoAdded::Added)) => {
            console.print(&format!("{name:?} has been added to your repositories\n"))?;
            conclude(console, &warnings, Ok(()))
        }
        Ok((name, RepoAdded::AlreadyThere)) => {
            console.print(&format!(
                "{name:?} already exists with the same configuration, skipping\n"
            ))?;
            conclude(console, &warnings, Ok(()))
        }
        Err(failure) => conclude(console, &warnings, Err(failure)),
    }
}

fn add(
    args: &RepoAddArgs,
    environment: &Environment,
    warnings: &mut Vec<HelmWarning>,
) -> Result<(String, RepoAdded), HelmFailure> {
    let [name, url] = args.arguments.as_slice() else {
        return Err(wrong_count("repo add", "requires 2 arguments", "[NAME] [URL] [flags]"));
    };
    let password = match (&args.password, args.password_stdin) {
        (Some(password), _) => Some(Secret::from(password.clone())),
        (None, true) => Some(password_from_stdin()?),
        (None, false) if !args.username.is_empty() => {
            return Err(credentials_missing("--password"));
        }
        (None, false) => None,
    };
    let access = HelmAccess {
        username: args.username.clone(),
        password,
        ca_file: args.ca_file.as_deref().map(|path| environment.absolute(path)),
        insecure: args.insecure_skip_tls_verify,
        pass_credentials: args.pass_credentials,
        ..access(environment)
    };
    let absolute = |path: &str| match path {
        "" => String::new(),
        path => environment.absolute(path.as_ref()).display().to_string(),
    };
    let options = RepoAddOptions {
        name: name.clone(),
        url: url.clone(),
        access: limited(access, args.timeout.as_deref())?,
        cert_file: absolute(&args.cert_file),
        key_file: absolute(&args.key_file),
        force_update: args.force_update,
        allow_deprecated: args.allow_deprecated_repos,
        files: args.files.files(environment),
    };
    wait(ops::repo_add(&options, warnings)).map(|added| (name.clone(), added))
}
