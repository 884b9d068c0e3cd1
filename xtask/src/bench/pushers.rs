//! The tools that are compared, and how each is told to push.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::inputs::Inputs;
use super::measure::{self, Usage};
use crate::failure::{Attempt, Result};
use crate::package::Package;
use crate::peers;
use crate::proof::{self, Depth};

/// Far above the slowest push that was ever measured (40 s); it only ends what hangs.
pub(crate) const LIMIT: Duration = Duration::from_mins(5);

/// Where everything is pushed to, below the registry.
pub(crate) const PREFIX: &str = "bench";

/// One tool, and the form it takes the content in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// The bare uploader of [`super::limit`].
    Limit,
    /// `ferry sync` from the bundle file.
    Ferry,
    /// `ferry sync` from the download with its checksum file, which is hashed as well.
    FerryChecked,
    /// `crane push`, two images at a time, from OCI layouts.
    Crane,
    /// `oras cp`, one by one, from OCI layouts.
    Oras,
    /// `regctl image copy`, one by one, from OCI layouts.
    Regctl,
    /// `skopeo sync` of all images in one process, from directories.
    Skopeo,
}

impl Tool {
    /// The peers: what ferry is compared with.
    pub(crate) const PEERS: [Self; 4] = [Self::Crane, Self::Oras, Self::Regctl, Self::Skopeo];

    /// How tables call it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Limit => "the limit",
            Self::Ferry => "ferry sync, from the file",
            Self::FerryChecked => "ferry sync, SHA-512 checked too",
            Self::Crane => "crane, two at a time",
            Self::Oras => "oras",
            Self::Regctl => "regctl",
            Self::Skopeo => "skopeo sync",
        }
    }

    /// Whether it can be run here.
    pub(crate) fn is_there(self) -> bool {
        self.peer().is_none_or(|name| peers::find(name).is_some())
    }

    fn peer(self) -> Option<&'static str> {
        match self {
            Self::Limit | Self::Ferry | Self::FerryChecked => None,
            Self::Crane => Some("crane"),
            Self::Oras => Some("oras"),
            Self::Regctl => Some("regctl"),
            Self::Skopeo => Some("skopeo"),
        }
    }
}

/// What is pushed, by what.
pub(crate) struct Bench {
    /// The file as delivered.
    pub(crate) package: Package,
    /// The same as it is downloaded, in an outer archive with a checksum file beside it.
    pub(crate) download: Option<PathBuf>,
    /// The same, unpacked; only the peers take it.
    pub(crate) inputs: Option<Inputs>,
    /// The binary under test.
    pub(crate) ferry: PathBuf,
}

impl Bench {
    /// Whether everything is in the registry; never part of what is timed.
    pub(crate) fn prove(&self, tool: Tool, registry: SocketAddr) -> Result<()> {
        proof::images(&self.package, (registry, PREFIX), None, Depth::Asked)
            .map(drop)
            .attempt(|| format!("{} ended well, but", tool.label()))
    }

    /// Pushes everything with `tool`. `home` is its home directory: a second push with the same one is a repetition.
    pub(crate) fn push(&self, tool: Tool, registry: SocketAddr, home: &Path) -> Result<Usage> {
        let commands = self.commands(tool, registry, home)?;
        let at_once = if tool == Tool::Crane { 2 } else { 1 };
        measure::run_all(commands, at_once, LIMIT).attempt(|| tool.label().into())
    }

    /// The commands of one push, in a bare environment.
    pub(crate) fn commands(&self, tool: Tool, to: SocketAddr, home: &Path) -> Result<Vec<Command>> {
        fs::create_dir_all(home).attempt(|| format!("cannot create {}", home.display()))?;
        let mut commands = match tool {
            Tool::Limit => vec![self.limit(to)?],
            Tool::Ferry => vec![self.ferry_sync(&self.package.path, to, home)?],
            Tool::FerryChecked => {
                let download =
                    self.download.as_ref().attempt(|| "no download with a checksum file".into())?;
                vec![self.ferry_sync(download, to, home)?]
            }
            Tool::Skopeo => vec![self.skopeo_sync(to)?],
            Tool::Crane | Tool::Oras | Tool::Regctl => self.per_image(tool, to)?,
        };
        for command in &mut commands {
            command.env_clear().env("HOME", home).env("PATH", "/usr/bin:/bin").current_dir(home);
        }
        Ok(commands)
    }

    /// Ourselves as a process of its own, so that it is measured like the others.
    fn limit(&self, to: SocketAddr) -> Result<Command> {
        let ourselves = std::env::current_exe().attempt(|| "where is this program".into())?;
        let mut command = Command::new(ourselves);
        command.arg("limit").arg(&self.package.path).arg(to.to_string()).arg(PREFIX);
        Ok(command)
    }

    fn ferry_sync(&self, package: &Path, to: SocketAddr, home: &Path) -> Result<Command> {
        let config = home.join("load-image.yaml");
        let text = format!(
            "source:\n  intermediateBundlesPath: {package}\n\
             target:\n  containerRegistry: {to}\n  containerRepository: {PREFIX}\n  \
             repo:\n    kind: LOCAL\n    path: {charts}\n",
            package = package.display(),
            charts = home.join("charts").display(),
        );
        fs::write(&config, text).attempt(|| format!("cannot write {}", config.display()))?;
        let mut command = Command::new(&self.ferry);
        command.arg("sync").arg("--config").arg(config);
        Ok(command)
    }

    fn skopeo_sync(&self, to: SocketAddr) -> Result<Command> {
        let mut command = peer(Tool::Skopeo)?;
        command.args(["--insecure-policy", "sync", "--src", "dir", "--dest", "docker"]);
        command.arg("--dest-tls-verify=false");
        command.arg(self.inputs()?.directories()).arg(format!("{to}/{PREFIX}"));
        Ok(command)
    }

    fn per_image(&self, tool: Tool, to: SocketAddr) -> Result<Vec<Command>> {
        let inputs = self.inputs()?;
        let one = |image| {
            let mut command = peer(tool)?;
            let layout = inputs.layout(image);
            let target = format!("{to}/{PREFIX}/{}:{}", image.name, image.tag);
            let tagged = format!("{}:{}", layout.display(), image.tag);
            match tool {
                Tool::Oras => {
                    command.args(["cp", "--no-tty", "--from-oci-layout", "--to-plain-http"]);
                    command.arg(tagged).arg(target);
                }
                Tool::Regctl => {
                    command.arg("--host").arg(format!("reg={to},tls=disabled"));
                    command.args(["image", "copy"]).arg(format!("ocidir://{tagged}")).arg(target);
                }
                _ => {
                    command.args(["push", "--insecure"]).arg(layout).arg(target);
                }
            }
            Ok(command)
        };
        inputs.images.iter().map(one).collect()
    }

    fn inputs(&self) -> Result<&Inputs> {
        self.inputs.as_ref().attempt(|| "nothing was unpacked for the peers".into())
    }
}

fn peer(tool: Tool) -> Result<Command> {
    let name = tool.peer().expect("only peers are looked up");
    peers::find(name).map(Command::new).attempt(|| format!("{name} is not installed"))
}
