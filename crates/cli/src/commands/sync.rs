//! `ferry sync`.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};
use ops::{ConflictPolicy, Platform};

use crate::commands::inspect::{conclude, image_names};
use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::{COMPATIBILITY, HelpTable, NETWORK, TARGETS};
use crate::progress::Stage;
use crate::{program, progress, report, settings};

/// Push the images of packages to a registry and their charts to a chart repository
///
/// The targets come from a load-image.yaml as the runbook prints it (--config), from flags, or from both: flags win
/// over environment variables, environment variables over the file. Without --config and without PACKAGE,
/// load-image.yaml and charts-syncer.yaml are looked for in the current directory, then charts-syncer.yaml in the home
/// directory.
///
/// Everything is read, planned and checked before the first write; --dry-run stops there. A run that was cut off
/// continues when it is started again.
#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "one for each flag")]
pub(crate) struct SyncArgs {
    /// Package or directory of packages (can be repeated); overrides source.intermediateBundlesPath
    #[arg(value_name = "PACKAGE")]
    pub(crate) packages: Vec<PathBuf>,
    /// Configuration file (load-image.yaml)
    #[arg(short, long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// What to do with tags and chart versions that exist with other content
    #[arg(long, value_name = "POLICY", default_value = "fail")]
    pub(crate) on_conflict: OnConflict,
    /// Print the plan and write nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Ask the registry for every blob, also below manifests that are there
    #[arg(long)]
    pub(crate) deep: bool,
    /// Only images of this platform, such as linux/arm64
    #[arg(long, value_name = "OS/ARCH")]
    pub(crate) platform: Option<Platform>,
    /// Publish charts without their images
    #[arg(long)]
    pub(crate) skip_images: bool,
    /// Create missing projects, private ones, in Harbor and JFrog
    #[arg(long, alias = "auto-create-repository")]
    pub(crate) create_projects: bool,
    /// Name images exactly as charts-syncer does
    #[arg(long, value_name = "TOOL")]
    pub(crate) compat: Option<CompatArg>,
    /// Uploads at a time, from 1 to 32
    #[arg(long, value_name = "N", default_value = "4", value_parser = clap::value_parser!(u8).range(1..=32))]
    pub(crate) concurrency: u8,
    /// Of each chart only the highest version
    #[arg(long)]
    pub(crate) latest_version_only: bool,
    /// Directory for what a later run needs to continue
    #[arg(long, value_name = "DIR")]
    pub(crate) workdir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) target: TargetArgs,
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
    #[command(flatten)]
    pub(crate) compatibility: CompatibilityArgs,
}

/// Where to: flags that override the file.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = TARGETS)]
pub(crate) struct TargetArgs {
    /// Registry for the images; a URL decides the scheme, a path replaces theirs except for the last part
    #[arg(long, value_name = "HOST[/PATH]|URL")]
    pub(crate) to_registry: Option<String>,
    /// Replace the path of images except for the last part (containerRepository)
    #[arg(long, value_name = "PATH")]
    pub(crate) registry_path: Option<String>,
    /// Registry whose images keep their old registry as first part of the path (containerPrefixRegistry)
    #[arg(long, value_name = "HOST")]
    pub(crate) prefix_registry: Option<String>,
    /// Put this before the path of images (containerPrefixRepository)
    #[arg(long, value_name = "PATH")]
    pub(crate) prefix_repository: Option<String>,
    /// With --prefix-registry: append the old registry to the new one, not to the path
    #[arg(long)]
    pub(crate) append_origin_registry: bool,
    /// Which API the registry has for projects
    #[arg(long, value_name = "KIND")]
    pub(crate) registry_kind: Option<RegistryKindArg>,
    /// User name for the registry
    #[arg(long, value_name = "USER")]
    pub(crate) registry_username: Option<String>,
    /// File with the password for the registry
    #[arg(long, value_name = "FILE")]
    pub(crate) registry_password_file: Option<PathBuf>,
    /// Read the password for the registry from stdin
    #[arg(long, conflicts_with_all = ["registry_password_file", "repo_password_stdin"])]
    pub(crate) registry_password_stdin: bool,
    /// Refused: a password in the command line can be read by every user of the machine
    #[arg(long, value_name = "PASSWORD", hide = true)]
    pub(crate) registry_password: Option<String>,
    /// Chart repository for the charts: its URL, oci://HOST/PATH, or a directory
    #[arg(long, value_name = "URL|DIR")]
    pub(crate) to_repo: Option<String>,
    /// Kind of the chart repository; without it the URL decides
    #[arg(long, value_name = "KIND", ignore_case = true)]
    pub(crate) to_repo_kind: Option<RepoKindArg>,
    /// User name for the chart repository
    #[arg(long, value_name = "USER")]
    pub(crate) repo_username: Option<String>,
    /// File with the password for the chart repository
    #[arg(long, value_name = "FILE")]
    pub(crate) repo_password_file: Option<PathBuf>,
    /// Read the password for the chart repository from stdin
    #[arg(long, conflicts_with = "repo_password_file")]
    pub(crate) repo_password_stdin: bool,
    /// Refused: a password in the command line can be read by every user of the machine
    #[arg(long, value_name = "PASSWORD", hide = true)]
    pub(crate) repo_password: Option<String>,
}

/// How to get there.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = NETWORK)]
pub(crate) struct NetworkArgs {
    /// PEM file with certificate authorities to trust beside the system's (can be repeated)
    #[arg(long = "ca-file", value_name = "FILE")]
    pub(crate) ca_files: Vec<PathBuf>,
    /// Do not verify the certificate of this host (can be repeated)
    #[arg(long = "insecure-registry", value_name = "HOST[:PORT]")]
    pub(crate) insecure_hosts: Vec<String>,
    /// Speak HTTP without TLS to this host (can be repeated)
    #[arg(long = "plain-http", value_name = "HOST[:PORT]")]
    pub(crate) plain_http_hosts: Vec<String>,
    /// Let this token service of the registry have its credentials (can be repeated)
    #[arg(long = "token-host", value_name = "HOST[:PORT]")]
    pub(crate) token_hosts: Vec<String>,
}

/// Flags that charts-syncer has and that mean something else or nothing here.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = COMPATIBILITY)]
#[expect(clippy::struct_excessive_bools, reason = "one for each flag")]
pub(crate) struct CompatibilityArgs {
    /// As --insecure-registry for the hosts of the configuration
    #[arg(long)]
    pub(crate) insecure: bool,
    /// Print the names of the images and stop
    #[arg(long)]
    pub(crate) print_images: bool,
    /// Check that packages hold the charts and images of the configuration and stop: the same as --dry-run
    #[arg(long)]
    pub(crate) verify: bool,
    /// Accepted without effect: packages do not say when they were made
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(crate) from_date: Option<String>,
    /// Accepted without effect: a package has its dependencies in it
    #[arg(long)]
    pub(crate) skip_dependencies: bool,
    /// Refused: comes with ferry pack
    #[arg(short = 'g', long, value_name = "FILE", hide = true, action = ArgAction::Set)]
    pub(crate) generate_config: Option<PathBuf>,
}

/// Values of `--on-conflict`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnConflict {
    /// Refuse the whole plan.
    Fail,
    /// Replace it.
    Overwrite,
    /// Leave it.
    Keep,
}

/// Values of `--compat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CompatArg {
    /// Its naming, `index.docker.io` included.
    ChartsSyncer,
}

/// Values of `--registry-kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RegistryKindArg {
    /// None.
    Plain,
    /// Harbor's.
    Harbor,
    /// JFrog's.
    Jfrog,
}

/// Values of `--to-repo-kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub(crate) enum RepoKindArg {
    /// Harbor's `/chartrepo/PROJECT`.
    Harbor,
    /// ChartMuseum.
    ChartMuseum,
    /// Any OCI registry.
    Oci,
    /// JFrog Artifactory.
    Jfrog,
    /// A directory.
    Local,
}

impl From<OnConflict> for ConflictPolicy {
    fn from(value: OnConflict) -> Self {
        match value {
            OnConflict::Fail => Self::Fail,
            OnConflict::Overwrite => Self::Overwrite,
            OnConflict::Keep => Self::Keep,
        }
    }
}

pub(crate) const HELP: HelpTable = HelpTable {
    about: "把离线包中的镜像推送到镜像仓库，把 chart 发布到 Helm 仓库",
    long: Some(
        "把离线包中的镜像推送到镜像仓库，把 chart 发布到 Helm 仓库\n\n\
         目标可以来自手册中的 load-image.yaml（--config）、命令行参数，或两者并用：命令行参数优先于环境变量，\
         环境变量优先于文件。没有 --config 也没有 PACKAGE 时，依次在当前目录查找 load-image.yaml 和 \
         charts-syncer.yaml，再在主目录查找 charts-syncer.yaml。\n\n\
         所有内容在第一次写入之前读取、规划并检查完毕；--dry-run 到此为止。中断的任务重新执行即可继续。",
    ),
    args: &[
        ("packages", "离线包或其所在目录（可重复）；优先于 source.intermediateBundlesPath"),
        ("config", "配置文件（load-image.yaml）"),
        (
            "to_registry",
            "镜像仓库；写成 URL 时由其决定协议，带路径时替换镜像路径中除最后一段以外的部分",
        ),
        ("registry_path", "替换镜像路径中除最后一段以外的部分（containerRepository）"),
        (
            "prefix_registry",
            "镜像仓库；原镜像仓库地址保留为路径的第一段（containerPrefixRegistry）",
        ),
        ("prefix_repository", "加在镜像路径之前（containerPrefixRepository）"),
        (
            "append_origin_registry",
            "与 --prefix-registry 同用：把原镜像仓库地址接在新地址之后，而不是放进路径",
        ),
        ("registry_kind", "镜像仓库用哪种 API 管理项目"),
        ("registry_username", "镜像仓库用户名"),
        ("registry_password_file", "存放镜像仓库密码的文件"),
        ("registry_password_stdin", "从标准输入读取镜像仓库密码"),
        ("registry_password", "不接受：命令行中的密码可被本机所有用户看到"),
        ("to_repo", "Helm 仓库：URL、oci://HOST/PATH 或目录"),
        ("to_repo_kind", "Helm 仓库类别；不指定时由 URL 判断"),
        ("repo_username", "Helm 仓库用户名"),
        ("repo_password_file", "存放 Helm 仓库密码的文件"),
        ("repo_password_stdin", "从标准输入读取 Helm 仓库密码"),
        ("repo_password", "不接受：命令行中的密码可被本机所有用户看到"),
        ("ca_files", "除系统 CA 外还信任的 CA 证书，PEM 文件（可重复）"),
        ("insecure_hosts", "不校验该主机的证书（可重复）"),
        ("plain_http_hosts", "对该主机使用不加密的 HTTP（可重复）"),
        ("token_hosts", "允许把镜像仓库的凭证交给该令牌服务主机（可重复）"),
        ("on_conflict", "标签或 chart 版本已存在且内容不同时的处理方式"),
        ("dry_run", "只打印计划，不写入任何内容"),
        ("deep", "逐个向镜像仓库核对数据层，包括已存在的 manifest 之下的"),
        ("platform", "只处理该平台的镜像，例如 linux/arm64"),
        ("skip_images", "只发布 chart，不处理镜像"),
        ("create_projects", "在 Harbor 和 JFrog 中创建缺少的项目（私有）"),
        ("compat", "镜像命名与 charts-syncer 完全一致"),
        ("concurrency", "同时上传的数量，1 到 32"),
        ("latest_version_only", "每个 chart 只处理最高版本"),
        ("workdir", "存放续传记录的目录"),
        ("insecure", "对配置中的主机等同于 --insecure-registry"),
        ("print_images", "只打印镜像名称"),
        ("verify", "只检查离线包中是否有配置所列的 chart 和镜像：等同于 --dry-run"),
        ("from_date", "接受但不起作用：离线包不记录制作日期"),
        ("skip_dependencies", "接受但不起作用：离线包已包含依赖"),
        ("generate_config", "不接受：属于 ferry pack"),
    ],
};

pub(crate) fn run(
    args: &SyncArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let settings = settings::sync::resolve(args, environment, console.language)?;
    console.note(&settings.notes);
    if args.compatibility.print_images {
        return print_images(&settings.options.packages, console);
    }
    let progress = progress::start(console);
    let operation = ops::sync(settings.options, progress.listener());
    let report = program::finish(operation, || progress.stage())?;
    progress.finish();
    console.note(&progress.untold(&report.notes));
    let value = report::SyncValue::new(&report);
    console.print_report(&value, || report::sync_table(&report, console.language))?;
    Ok(ExitCode::Success)
}

fn print_images(packages: &[PathBuf], console: &Console) -> Result<ExitCode, Failure> {
    let operation = async {
        let mut reports = Vec::with_capacity(packages.len());
        for path in packages {
            reports.push(ops::inspect(path).await?);
        }
        Ok(reports)
    };
    let reports = program::finish(operation, || Stage::reading(console.language))?;
    console.print(&reports.iter().map(image_names).collect::<String>())?;
    let problems: Vec<_> = reports.iter().flat_map(|report| report.problems.clone()).collect();
    Ok(conclude(&problems, console))
}
