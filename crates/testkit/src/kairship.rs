//! The kairship look-alike: a package in the shape of DaoCloud's kairship（多云编排）, every byte of it ours.

mod chart;
mod crd;
mod image;

use std::path::{Path, PathBuf};

use crate::{Arch, Bundle, ChartFiles, ChecksumFile, Image, Package, images_tar};

/// A release of the look-alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Version {
    /// The one that is installed before an upgrade.
    V0_20_0,
    /// Another UI, other Karmada and Kubernetes images, and a CRD with a new field and another storage version.
    V0_21_0,
}

impl Version {
    /// Without a `v`, as the chart has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V0_20_0 => "0.20.0",
            Self::V0_21_0 => "0.21.0",
        }
    }
}

/// Where the bundle is inside the download.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// At the top (layout A of the runbooks).
    #[default]
    Flat,
    /// In a directory of the download's name (layout B).
    Directory,
}

/// How the bundle is called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BundleName {
    /// `kairship.bundle.tar`, which the runbook says and charts-syncer panics on.
    #[default]
    Module,
    /// `kairship_0.21.0.bundle.tar`, which charts-syncer writes.
    ChartVersion,
}

/// A second bundle in the same download.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Companion {
    /// None.
    #[default]
    None,
    /// The same bundle again, in a directory `copy/`.
    Identical,
    /// The bundle of the other version.
    OtherVersion,
}

/// A package of the look-alike, with or without something wrong.
///
/// ```
/// use testkit::{Arch, Kairship, Version};
///
/// let dir = tempfile::tempdir().unwrap();
/// let package = Kairship::new(Version::V0_21_0, Arch::Amd64).write_package(dir.path());
/// assert!(package.ends_with("kairship_v0.21.0_amd64.tar"));
/// ```
#[derive(Clone, Debug)]
pub struct Kairship {
    version: Version,
    arch: Arch,
    layout: Layout,
    bundle_name: BundleName,
    companion: Companion,
    checksum: ChecksumFile,
    skip_images: bool,
    missing: Vec<String>,
    rebuilt: Vec<String>,
    foreign: Vec<String>,
}

impl Kairship {
    /// A complete package, as DaoCloud packs it.
    pub fn new(version: Version, arch: Arch) -> Self {
        Self {
            version,
            arch,
            layout: Layout::default(),
            bundle_name: BundleName::default(),
            companion: Companion::default(),
            checksum: ChecksumFile::default(),
            skip_images: false,
            missing: Vec::new(),
            rebuilt: Vec::new(),
            foreign: Vec::new(),
        }
    }

    /// Puts the bundle elsewhere.
    #[must_use]
    pub fn layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    /// Names the bundle.
    #[must_use]
    pub fn bundle_name(mut self, name: BundleName) -> Self {
        self.bundle_name = name;
        self
    }

    /// Adds a second bundle to the download.
    #[must_use]
    pub fn companion(mut self, companion: Companion) -> Self {
        self.companion = companion;
        self
    }

    /// Decides about the checksum file.
    #[must_use]
    pub fn checksum(mut self, checksum: ChecksumFile) -> Self {
        self.checksum = checksum;
        self
    }

    /// A bundle saved with skip-images: no `images.tar`.
    #[must_use]
    pub fn skip_images(mut self) -> Self {
        self.skip_images = true;
        self
    }

    /// Leaves out the image with this [`Image::short_name`]; the hints still name it.
    #[must_use]
    pub fn without_image(mut self, short_name: &str) -> Self {
        self.missing.push(short_name.to_owned());
        self
    }

    /// The image was built again: the same tag, other content.
    #[must_use]
    pub fn with_rebuilt_image(mut self, short_name: &str) -> Self {
        self.rebuilt.push(short_name.to_owned());
        self
    }

    /// The image is the one for the other architecture.
    #[must_use]
    pub fn with_foreign_image(mut self, short_name: &str) -> Self {
        self.foreign.push(short_name.to_owned());
        self
    }

    /// The release.
    pub fn version(&self) -> Version {
        self.version
    }

    /// The files of the chart. They are the same for both architectures.
    pub fn chart(&self) -> ChartFiles {
        chart::files(self.version)
    }

    /// The references that the hints render to, in the order of the hints, whether or not the image is there.
    pub fn references(&self) -> Vec<String> {
        image::references(self.version)
    }

    /// The images of the package, sorted by reference.
    pub fn images(&self) -> Vec<Image> {
        let mut references = self.references();
        references.sort();
        let mut images = Vec::new();
        for reference in references {
            let name = crate::image::short_name(&reference);
            let is_in = |list: &[String]| list.iter().any(|known| known == name);
            if is_in(&self.missing) {
                continue;
            }
            let arch = if is_in(&self.foreign) { self.arch.other() } else { self.arch };
            let build =
                if is_in(&self.rebuilt) { image::Build::Second } else { image::Build::First };
            images.push(image::build(&reference, arch, build));
        }
        images
    }

    /// The inner archive, by its parts.
    pub fn bundle(&self) -> Bundle {
        let chart = self.chart();
        let hints = chart.get(".relok8s-images.yaml").expect("the fixture has hints").to_vec();
        let images = (!self.skip_images).then(|| images_tar(&self.images()));
        Bundle { hints, chart, images }
    }

    /// The inner archive.
    pub fn bundle_bytes(&self) -> Vec<u8> {
        self.bundle().to_bytes()
    }

    /// The file name of the inner archive.
    pub fn bundle_file_name(&self) -> String {
        match self.bundle_name {
            BundleName::Module => "kairship.bundle.tar".into(),
            BundleName::ChartVersion => format!("kairship_{}.bundle.tar", self.version.as_str()),
        }
    }

    /// The download, by its parts.
    pub fn package(&self) -> Package {
        let name = format!("kairship_v{}_{}", self.version.as_str(), self.arch.as_str());
        let directory = match self.layout {
            Layout::Flat => String::new(),
            Layout::Directory => format!("{name}/"),
        };
        let bundle = self.bundle_bytes();
        let second = match self.companion {
            Companion::None => None,
            Companion::Identical => {
                Some((format!("{directory}copy/{}", self.bundle_file_name()), bundle.clone()))
            }
            Companion::OtherVersion => {
                let other = self.other_version();
                Some((format!("{directory}{}", other.bundle_file_name()), other.bundle_bytes()))
            }
        };
        let mut members = vec![(format!("{directory}{}", self.bundle_file_name()), bundle)];
        members.extend(second);
        Package { name, members, checksum: self.checksum }
    }

    fn other_version(&self) -> Self {
        let version = match self.version {
            Version::V0_20_0 => Version::V0_21_0,
            Version::V0_21_0 => Version::V0_20_0,
        };
        // Two bundles cannot both be called `kairship.bundle.tar`.
        Self::new(version, self.arch).bundle_name(BundleName::ChartVersion)
    }

    /// Writes the download and its checksum file into `dir` and returns the path of the download.
    pub fn write_package(&self, dir: &Path) -> PathBuf {
        self.package().write(dir)
    }

    /// Writes the tree of the installer (layout E of the runbooks) into `dir` and returns `dir/offline`: the chart as
    /// an archive among other files, no images.
    pub fn write_installer_tree(&self, dir: &Path) -> PathBuf {
        let offline = dir.join("offline");
        let version = self.version.as_str();
        let manifest = format!(
            "apiVersion: manifest.daocloud.io/v1alpha1\nkind: DCEManifest\ncomponents:\n  kairship:\n    enable: true\n    helmVersion: {version}\n"
        );
        let chart = format!("dce5/kairship-{version}.tgz");
        let script: &[u8] = b"#!/bin/sh\nexit 0\n";
        for (path, content) in [
            (chart.as_str(), self.chart().tgz("kairship").as_slice()),
            ("dce5-installer", script),
            (
                "sample/clusterConfig.yaml",
                b"apiVersion: provision.daocloud.io/v1alpha3\nkind: ClusterConfig\n",
            ),
            ("sample/manifest.yaml", manifest.as_bytes()),
            ("utils/diag.sh", script),
            ("utils/offline-clipper.sh", script),
        ] {
            crate::package::write_file(&offline.join(path), content);
        }
        offline
    }

    /// Writes the inner archive into `dir` and returns its path.
    pub fn write_bundle(&self, dir: &Path) -> PathBuf {
        let path = dir.join(self.bundle_file_name());
        crate::package::write_file(&path, &self.bundle_bytes());
        path
    }
}

#[cfg(test)]
mod tests;
