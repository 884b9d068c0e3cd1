//! The arguments of `ferry template`: helm's, with those that need a cluster or a network refused by name.

use clap::Args;
use ops::{Refusal, ReleaseName};

use crate::commands::chart_refusal::usage;
use crate::commands::chart_values::{ValueArgs, chart_help};
use crate::environment::Environment;
use crate::help::HelpTable;

/// The name helm takes where none is given.
const NO_NAME: &str = "release-name";

/// Render a chart as Helm does, with no cluster
#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of helm's")]
#[command(args_override_self = true)]
pub(crate) struct TemplateArgs {
    /// Name of the release (optional), and the chart: a directory, a .tgz or a package
    #[arg(value_name = "[NAME] CHART")]
    args: Vec<String>,
    #[command(flatten)]
    pub(super) values: ValueArgs,
    /// Print the CRDs too
    #[arg(long)]
    pub(super) include_crds: bool,
    /// Without the CRDs (accepted as helm does; they are printed only on demand)
    #[arg(long, hide = true)]
    skip_crds: bool,
    /// Print no tests
    #[arg(long)]
    pub(super) skip_tests: bool,
    /// Print no hooks
    #[arg(long)]
    pub(super) no_hooks: bool,
    /// Print only what these templates make (can be repeated)
    #[arg(short, long, value_name = "TEMPLATE")]
    pub(super) show_only: Vec<String>,
    /// Write files into this directory instead of stdout
    #[arg(long, value_name = "DIR")]
    pub(super) output_dir: Option<String>,
    /// Put the release's name into the paths of --output-dir
    #[arg(long)]
    pub(super) release_name: bool,
    /// Template that makes the release's name
    #[arg(long, value_name = "TEMPLATE")]
    name_template: Option<String>,
    /// Leave NAME out
    #[arg(short, long)]
    generate_name: bool,
    /// Set .Release.IsUpgrade instead of .Release.IsInstall
    #[arg(long)]
    pub(super) is_upgrade: bool,
    /// Kubernetes version of .Capabilities
    #[arg(long, value_name = "VERSION")]
    pub(super) kube_version: Option<String>,
    /// API versions of .Capabilities (can be repeated)
    #[arg(short, long, value_name = "VERSION")]
    pub(super) api_versions: Vec<String>,
    /// Namespace of the release
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,
    /// Do not check values against schemas
    #[arg(long)]
    pub(super) skip_schema_validation: bool,
    /// Accepted as helm does
    #[arg(long)]
    debug: bool,
    #[command(flatten)]
    ignored: IgnoredArgs,
    #[command(flatten)]
    refused: RefusedArgs,
}

/// Flags that change nothing where there is no cluster, in helm too.
#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of helm's")]
struct IgnoredArgs {
    /// Without effect on rendering
    #[arg(long, hide = true)]
    create_namespace: bool,
    /// Without effect on rendering
    #[arg(long, hide = true, value_name = "TEXT")]
    description: Option<String>,
    /// Without effect on rendering
    #[arg(long, hide = true)]
    disable_openapi_validation: bool,
    /// Without effect on rendering
    #[arg(long, hide = true)]
    replace: bool,
    /// Without effect on rendering
    #[arg(long, hide = true, value_name = "DURATION")]
    timeout: Option<String>,
    /// Without effect on a local chart
    #[arg(long, hide = true, value_name = "VERSION")]
    version: Option<String>,
    /// Without effect on a local chart
    #[arg(long, hide = true)]
    devel: bool,
}

/// Flags that would have an effect Ferry does not have.
#[derive(Args, Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of helm's")]
struct RefusedArgs {
    /// Refused: there are no plugins
    #[arg(long, hide = true, value_name = "NAME")]
    post_renderer: Option<String>,
    /// Refused: there are no plugins
    #[arg(long, hide = true, value_name = "TEXT")]
    post_renderer_args: Vec<String>,
    /// Refused: use `ferry dependency update`
    #[arg(long, hide = true)]
    dependency_update: bool,
    /// Refused unless it is `client`
    #[arg(long, hide = true, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "client")]
    dry_run: Option<String>,
    /// Refused: there is no cluster
    #[arg(long, hide = true)]
    validate: bool,
    /// Refused: the network is out of reach of templates
    #[arg(long, hide = true)]
    enable_dns: bool,
    /// Refused: charts are local
    #[arg(long, hide = true, value_name = "URL")]
    repo: Option<String>,
    /// Refused: charts are local
    #[arg(long, hide = true)]
    verify: bool,
}

pub(crate) const HELP: HelpTable = HelpTable {
    about: "像 Helm 一样渲染 chart，无需集群",
    long: None,
    args: chart_help![
        ("args", "release 名称（可省略）和 chart：目录、.tgz 或离线包"),
        ("include_crds", "同时打印 CRD"),
        ("skip_crds", "不含 CRD（为兼容而接受；CRD 只在要求时打印）"),
        ("skip_tests", "不打印测试"),
        ("no_hooks", "不打印 hook"),
        ("show_only", "只打印这些模板的结果（可重复）"),
        ("output_dir", "写入该目录而不是标准输出"),
        ("release_name", "在 --output-dir 的路径中加入 release 名称"),
        ("name_template", "生成 release 名称的模板"),
        ("generate_name", "省略 NAME"),
        ("is_upgrade", "设置 .Release.IsUpgrade 而不是 .Release.IsInstall"),
        ("kube_version", ".Capabilities 的 Kubernetes 版本"),
        ("api_versions", ".Capabilities 的 API 版本（可重复）"),
        ("namespace", "release 的命名空间"),
        ("skip_schema_validation", "不按 schema 检查 values"),
        ("debug", "为兼容 helm 而接受"),
        ("create_namespace", "对渲染没有影响"),
        ("description", "对渲染没有影响"),
        ("disable_openapi_validation", "对渲染没有影响"),
        ("replace", "对渲染没有影响"),
        ("timeout", "对渲染没有影响"),
        ("version", "对本地 chart 没有影响"),
        ("devel", "对本地 chart 没有影响"),
        ("post_renderer", "不支持：没有插件"),
        ("post_renderer_args", "不支持：没有插件"),
        ("dependency_update", "不支持：请用 `ferry dependency update`"),
        ("dry_run", "除 `client` 外不支持"),
        ("validate", "不支持：没有集群"),
        ("enable_dns", "不支持：模板不能访问网络"),
        ("repo", "不支持：chart 须在本地"),
        ("verify", "不支持：chart 须在本地"),
    ],
};

impl TemplateArgs {
    /// Refuses what would be done in helm and is not done here.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let refused = &self.refused;
        let how = refused.dry_run.as_deref();
        if let Some(how) = how.filter(|how| !["", "none", "client", "server"].contains(how)) {
            let line = format!(
                "invalid dry-run value (\"{how}\"). Must be \"none\", \"server\", or \"client\""
            );
            return Err(usage(line));
        }
        for (flag, is_given) in [
            ("--post-renderer", refused.post_renderer.is_some()),
            ("--post-renderer-args", !refused.post_renderer_args.is_empty()),
            ("--dependency-update", refused.dependency_update),
            ("--dry-run=server", how == Some("server")),
            ("--validate", refused.validate),
            ("--enable-dns", refused.enable_dns),
            ("--repo", refused.repo.is_some()),
            ("--verify", refused.verify),
        ] {
            if is_given {
                return Err(Refusal::of_flag(flag, ""));
            }
        }
        Ok(())
    }

    /// The release's name and the chart, by helm's rules.
    pub(super) fn name_and_chart(&self) -> Result<(ReleaseName, String), Refusal> {
        let refuse = |line: &str| Err(usage(line.to_owned()));
        let template = self.name_template.as_deref().filter(|template| !template.is_empty());
        match &self.args[..] {
            [] => refuse(
                "\"helm template\" requires at least 1 argument\n\nUsage:  helm template [NAME] [CHART] [flags]",
            ),
            [_, _, more @ ..] if !more.is_empty() => Err(usage(format!(
                "expected at most two arguments, unexpected arguments: {}",
                more.join(", ")
            ))),
            [_, _, ..] if self.generate_name => {
                refuse("cannot set --generate-name and also specify a name")
            }
            [_, _, ..] if template.is_some() => {
                refuse("cannot set --name-template and also specify a name")
            }
            [name, chart, ..] => Ok((ReleaseName::Given(name.clone()), chart.clone())),
            [chart] => {
                let name = match template {
                    Some(template) => ReleaseName::Template(template.to_owned()),
                    None => ReleaseName::Given(NO_NAME.to_owned()),
                };
                Ok((name, chart.clone()))
            }
        }
    }

    /// The namespace: the flag, or what helm's variable says.
    pub(super) fn namespace(&self, environment: &Environment) -> String {
        let given = self.namespace.clone().filter(|namespace| !namespace.is_empty());
        given.or_else(|| environment.variable("HELM_NAMESPACE")).unwrap_or("default".to_owned())
    }
}
