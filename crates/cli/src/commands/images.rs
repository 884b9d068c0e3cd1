//! `ferry images`.

use std::path::{Path, PathBuf};

use clap::{Args, FromArgMatches as _};
use ops::{ChartValues, CheckTarget, Flag, ImagesOptions, RenderArguments, SyncOptions};

use super::inspect::conclude;
use super::sync::{NetworkArgs, SyncArgs};
use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::help::HelpTable;
use crate::progress::Stage;
use crate::{program, report, settings};

/// List every image that the objects of a chart would run
///
/// The charts are rendered as helm does it; hooks, init containers and known custom resources are looked at too. One
/// image per line; with --output table, json or yaml also the object, the field, the template's line and the values
/// that each comes from. With --check only the images that are missing are listed, and the exit code says whether any
/// is.
#[derive(Args, Clone, Debug)]
pub(crate) struct ImagesArgs {
    /// Chart (directory or .tgz) or package
    #[arg(value_name = "CHART|PACKAGE")]
    path: PathBuf,
    #[command(flatten)]
    values: ValuesArgs,
    /// Look whether each image is in this package or registry (HOST[/PATH] as for sync --to-registry)
    #[arg(long, value_name = "PACKAGE|REGISTRY")]
    check: Option<String>,
    /// User name for the registry
    #[arg(long, value_name = "USER", requires = "check")]
    registry_username: Option<String>,
    /// File with the password for the registry
    #[arg(long, value_name = "FILE", requires = "check")]
    registry_password_file: Option<PathBuf>,
    #[command(flatten)]
    network: NetworkArgs,
}

/// What charts are rendered with: helm's flags.
#[derive(Args, Clone, Debug)]
pub(crate) struct ValuesArgs {
    /// Values file (can be repeated); - is stdin
    #[arg(short = 'f', long = "values", value_name = "FILE")]
    files: Vec<String>,
    /// Set values: key1=value1,key2=value2 (can be repeated)
    #[arg(long = "set", value_name = "VALUES")]
    sets: Vec<String>,
    /// Set values that are texts (can be repeated)
    #[arg(long = "set-string", value_name = "VALUES")]
    set_strings: Vec<String>,
    /// Set values from JSON (can be repeated)
    #[arg(long = "set-json", value_name = "VALUES")]
    set_jsons: Vec<String>,
    /// Set values from files: key1=path1 (can be repeated)
    #[arg(long = "set-file", value_name = "VALUES")]
    set_files: Vec<String>,
    /// Set one value to a text as it is (can be repeated)
    #[arg(long = "set-literal", value_name = "VALUE")]
    set_literals: Vec<String>,
    /// Version of Kubernetes that charts are told
    #[arg(long, value_name = "VERSION")]
    kube_version: Option<String>,
    /// API versions that charts are told besides (can be repeated)
    #[arg(short = 'a', long = "api-versions", value_name = "VERSIONS", value_delimiter = ',')]
    api_versions: Vec<String>,
    /// Namespace of the release
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Name of the release
    #[arg(long, value_name = "NAME")]
    release_name: Option<String>,
}

/// The Chinese help of [`ValuesArgs`] and of what else is given.
macro_rules! values_help {
    ($($own:expr),* $(,)?) => {
        &[
            $($own,)*
            ("files", "values 文件（可重复）；- 表示标准输入"),
            ("sets", "设置值：key1=value1,key2=value2（可重复）"),
            ("set_strings", "设置文本值（可重复）"),
            ("set_jsons", "用 JSON 设置值（可重复）"),
            ("set_files", "从文件设置值：key1=path1（可重复）"),
            ("set_literals", "把一个值原样设为文本（可重复）"),
            ("kube_version", "告知 chart 的 Kubernetes 版本"),
            ("api_versions", "另外告知 chart 的 API 版本（可重复）"),
            ("namespace", "release 的命名空间"),
            ("release_name", "release 的名称"),
        ]
    };
}
pub(crate) use values_help;

pub(crate) const HELP: HelpTable = HelpTable {
    about: "列出 chart 的对象会运行的全部镜像",
    long: Some(
        "列出 chart 的对象会运行的全部镜像\n\n\
         按 helm 的方式渲染 chart，包括 hook、init 容器和已知的自定义资源。每行一个镜像；使用 --output table、json \
         或 yaml 时还会列出每个镜像来自哪个对象、字段、模板行和值。使用 --check 时只列出缺少的镜像，退出码表示是否有缺少。",
    ),
    args: values_help![
        ("path", "chart（目录或 .tgz）或离线包"),
        (
            "check",
            "检查每个镜像是否在该离线包或镜像仓库中（HOST[/PATH] 与 sync --to-registry 相同）"
        ),
        ("registry_username", "镜像仓库的用户名"),
        ("registry_password_file", "存放镜像仓库密码的文件"),
        ("ca_files", "除系统证书外还信任的 CA 证书文件，PEM 格式（可重复）"),
        ("insecure_hosts", "不校验该主机的证书（可重复）"),
        ("plain_http_hosts", "与该主机使用不带 TLS 的 HTTP（可重复）"),
        ("token_hosts", "允许镜像仓库的该令牌服务获得其凭证（可重复）"),
    ],
};

impl ValuesArgs {
    pub(crate) fn arguments(&self, environment: &Environment) -> RenderArguments {
        let of = |texts: &[String], flag: fn(String) -> Flag| -> Vec<Flag> {
            texts.iter().cloned().map(flag).collect()
        };
        let flags = [
            of(&self.set_jsons, Flag::SetJson),
            of(&self.sets, Flag::Set),
            of(&self.set_strings, Flag::SetString),
            of(&self.set_files, Flag::SetFile),
            of(&self.set_literals, Flag::SetLiteral),
        ];
        RenderArguments {
            values: Some(ChartValues {
                files: self.files.clone(),
                flags: flags.concat(),
                directory: environment.directory.clone(),
                input: || Box::new(std::io::stdin()),
            }),
            kube_version: self.kube_version.clone(),
            api_versions: self.api_versions.clone(),
            namespace: self.namespace.clone(),
            release: self.release_name.clone(),
        }
    }
}

pub(crate) fn run(
    args: &ImagesArgs,
    wants_report: bool,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let options = ImagesOptions {
        path: args.path.clone(),
        arguments: args.values.arguments(environment),
        with_origins: wants_report,
        check: args
            .check
            .as_deref()
            .map(|text| target(text, args, console, environment))
            .transpose()?,
    };
    let report = program::finish(ops::images(&options), || Stage::reading(console.language))?;
    if wants_report {
        console.print_report(&report, || report::images_table(&report, console.language))?;
    } else {
        console.print(&report::image_lines(&report))?;
    }
    Ok(conclude(&report.problems, console))
}

/// What is to be looked at: what exists here is a package, everything else that is no path a registry.
fn target(
    text: &str,
    args: &ImagesArgs,
    console: &Console,
    environment: &Environment,
) -> Result<CheckTarget, Failure> {
    let path = environment.absolute(Path::new(text));
    if path.exists() || is_path(text) {
        return Ok(CheckTarget::Package(text.into()));
    }
    let options = registry(text, args, console, environment)?;
    Ok(CheckTarget::Registry(Box::new(options)))
}

/// Whether a text can only be meant as a file, there or not.
fn is_path(text: &str) -> bool {
    const ENDS: [&str; 6] = ["tar", "tgz", "gz", "zst", "zip", "yaml"];
    let extension = Path::new(text).extension().and_then(|end| end.to_str()).unwrap_or("");
    text.starts_with(['.', '/', '~']) || (!text.contains("://") && ENDS.contains(&extension))
}

/// The registry as `sync --to-registry` would take it.
fn registry(
    text: &str,
    args: &ImagesArgs,
    console: &Console,
    environment: &Environment,
) -> Result<SyncOptions, Failure> {
    let command = SyncArgs::augment_args(clap::Command::new("sync"));
    let defaults = command.get_matches_from(["sync"]);
    let mut sync =
        SyncArgs::from_arg_matches(&defaults).expect("nothing that sync takes is required");
    sync.packages = vec![args.path.clone()];
    sync.target.to_registry = Some(text.to_owned());
    sync.target.registry_username.clone_from(&args.registry_username);
    sync.target.registry_password_file.clone_from(&args.registry_password_file);
    sync.network = args.network.clone();
    let settings = settings::sync::resolve(&sync, environment, console.language)?;
    console.note(&settings.notes);
    Ok(settings.options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_registries_are_told_apart() {
        for path in ["./x", "/a/b", "kairship.tar", "a/b.tar.gz", "c-1.0.0.tgz"] {
            assert!(is_path(path), "{path}");
        }
        for registry in ["10.16.10.111", "r.io/p", "http://r.io:5000", "localhost:5000/x"] {
            assert!(!is_path(registry), "{registry}");
        }
    }
}
