//! `ferry template`.

mod arguments;
mod surroundings;
mod write;

use ops::{Refusal, RenderOptions, RenderReport, TemplateOptions};

use super::chart_refusal::{refuse, say};
use super::chart_values::comma_separated;
use crate::console::Console;
use crate::environment::Environment;
use crate::exit_code::ExitCode;
use crate::failure::Failure;

pub(crate) use self::arguments::{HELP, TemplateArgs};
pub(crate) use self::surroundings::render_environment;

pub(crate) fn run(
    args: &TemplateArgs,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let outcome = options(args, environment).and_then(|options| {
        let report = ops::render(&options)?;
        say(console, &report.said);
        Ok((options, report))
    });
    match outcome {
        Ok((options, report)) => print(args, &options, &report, console, environment),
        Err(refusal) => Ok(refuse(console, &refusal)),
    }
}

fn options(args: &TemplateArgs, environment: &Environment) -> Result<RenderOptions, Refusal> {
    args.check()?;
    let (name, chart) = args.name_and_chart()?;
    let parts = TemplateOptions {
        crds: args.include_crds,
        no_hooks: args.no_hooks,
        skip_tests: args.skip_tests,
    };
    Ok(RenderOptions {
        chart,
        directory: environment.directory.clone(),
        name,
        namespace: args.namespace(environment),
        is_upgrade: args.is_upgrade,
        values: args.values.sources(environment),
        kube_version: args.kube_version.clone(),
        api_versions: args.api_versions.iter().flat_map(|list| comma_separated(list)).collect(),
        skip_schema: args.skip_schema_validation,
        parts,
        show_only: args.show_only.clone(),
        environment: render_environment(environment)?,
    })
}

fn print(
    args: &TemplateArgs,
    options: &RenderOptions,
    report: &RenderReport,
    console: &Console,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let mut output = &report.output[..];
    if let Some(directory) = args.output_dir.as_deref().filter(|directory| !directory.is_empty()) {
        let name = args.release_name.then_some(report.name.as_str());
        write::write(directory, name, &report.files, console, environment)?;
        output = b"\n";
    }
    if options.show_only.is_empty() {
        console.print(&String::from_utf8_lossy(output))?;
        return Ok(ExitCode::Success);
    }
    match ops::show_only(output, &options.show_only) {
        Ok(shown) => {
            console.print(&String::from_utf8_lossy(&shown))?;
            Ok(ExitCode::Success)
        }
        Err(refusal) => Ok(refuse(console, &refusal)),
    }
}
