//! A package, read independently: where each blob lies in the file, and which images they make.
//!
//! Written apart from the crates under test, so that neither the proof of the demo nor the limit of the bench leans on
//! what it judges.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tar::Archive;

use crate::failure::{Attempt, Failure, Result};

/// A blob inside the package file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Blob {
    /// `sha256:HEX`, as its member is named.
    pub(crate) digest: String,
    /// First byte in the package file.
    pub(crate) offset: u64,
    /// Bytes.
    pub(crate) size: u64,
}

/// One image.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    /// Last component of its name.
    pub(crate) name: String,
    /// Its tag.
    pub(crate) tag: String,
    /// Its configuration.
    pub(crate) config: Blob,
    /// Its layers, lowest first.
    pub(crate) layers: Vec<Blob>,
}

impl Image {
    /// All blobs: the configuration, then the layers.
    pub(crate) fn blobs(&self) -> impl Iterator<Item = &Blob> {
        std::iter::once(&self.config).chain(&self.layers)
    }

    /// The Docker schema 2 manifest. Nothing is hashed: the digests are the members' names.
    pub(crate) fn manifest(&self) -> Vec<u8> {
        let descriptor = |blob: &Blob, media_type: &str| json!({ "mediaType": media_type, "size": blob.size, "digest": blob.digest });
        let layer = "application/vnd.docker.image.rootfs.diff.tar.gzip";
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor(&self.config, "application/vnd.docker.container.image.v1+json"),
            "layers": self.layers.iter().map(|blob| descriptor(blob, layer)).collect::<Vec<_>>(),
        });
        manifest.to_string().into_bytes()
    }
}

/// Media type of [`Image::manifest`].
pub(crate) const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// What a package holds.
pub(crate) struct Package {
    /// The file.
    pub(crate) path: PathBuf,
    /// Its images, in the order of `manifest.json`.
    pub(crate) images: Vec<Image>,
}

impl Package {
    /// Walks the tar headers of an uncompressed package, at any nesting.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let file = File::open(path).attempt(|| format!("cannot open {}", path.display()))?;
        let size = file.metadata().attempt(|| format!("cannot look at {}", path.display()))?.len();
        let mut found = Found::default();
        walk(&file, 0, size, &mut found).attempt(|| format!("cannot read {}", path.display()))?;
        let manifest = found
            .manifest
            .take()
            .attempt(|| format!("{} has no images.tar with a manifest.json", path.display()))?;
        let images = images(&manifest, &found.blobs)?;
        Ok(Self { path: path.to_path_buf(), images })
    }

    /// Size of the file in bytes.
    pub(crate) fn size(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(0, |metadata| metadata.len())
    }

    /// Every blob once, the largest first, each with the names of the images that have it.
    pub(crate) fn unique_blobs(&self) -> Vec<(Blob, Vec<String>)> {
        let mut unique: BTreeMap<&str, (Blob, Vec<String>)> = BTreeMap::new();
        for image in &self.images {
            for blob in image.blobs() {
                let entry =
                    unique.entry(&blob.digest).or_insert_with(|| (blob.clone(), Vec::new()));
                if !entry.1.contains(&image.name) {
                    entry.1.push(image.name.clone());
                }
            }
        }
        let mut blobs: Vec<_> = unique.into_values().collect();
        blobs.sort_by_key(|(blob, _)| std::cmp::Reverse(blob.size));
        blobs
    }

    /// Bytes of every blob once.
    pub(crate) fn unique_bytes(&self) -> u64 {
        self.unique_blobs().iter().map(|(blob, _)| blob.size).sum()
    }

    /// Bytes when every image's blobs are counted.
    pub(crate) fn counted_bytes(&self) -> u64 {
        self.images.iter().flat_map(Image::blobs).map(|blob| blob.size).sum()
    }
}

#[derive(Default)]
struct Found {
    blobs: BTreeMap<String, Blob>,
    manifest: Option<Vec<u8>>,
}

/// A part of a file as a file of its own.
struct Section<'a> {
    file: &'a File,
    start: u64,
    len: u64,
    at: u64,
}

impl Read for Section<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        use std::os::unix::fs::FileExt;
        let left = usize::try_from(self.len.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let want = buffer.len().min(left);
        let read = self.file.read_at(&mut buffer[..want], self.start + self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Section<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.len.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

fn walk(file: &File, start: u64, len: u64, found: &mut Found) -> io::Result<()> {
    let mut archive = Archive::new(Section { file, start, len, at: 0 });
    for entry in archive.entries_with_seek()? {
        let mut entry = entry?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let (offset, size) = (start + entry.raw_file_position(), entry.size());
        if Path::new(&name).extension().is_some_and(|extension| extension == "tar") {
            walk(file, offset, size, found)?;
        } else if name == "manifest.json" {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes)?;
            found.manifest = Some(bytes);
        } else if size > 0 {
            found.blobs.entry(name.clone()).or_insert(Blob { digest: digest(&name), offset, size });
        }
    }
    Ok(())
}

/// `sha256:HEX` of a member called `sha256:HEX`, `HEX.json` or `HEX.tar.gz`.
fn digest(member: &str) -> String {
    let hex = member.trim_start_matches("sha256:").split('.').next().unwrap_or_default();
    format!("sha256:{hex}")
}

fn images(manifest: &[u8], blobs: &BTreeMap<String, Blob>) -> Result<Vec<Image>> {
    let manifest: Value = serde_json::from_slice(manifest).attempt(|| "manifest.json".into())?;
    let blob = |name: &Value| {
        let name = name.as_str().attempt(|| "manifest.json: not a member's name".into())?;
        blobs.get(name).cloned().attempt(|| format!("images.tar has no member {name}"))
    };
    let mut images = Vec::new();
    for image in manifest.as_array().attempt(|| "manifest.json is no list".into())? {
        let reference =
            image["RepoTags"][0].as_str().attempt(|| "an image without a tag".into())?;
        let (name, tag) = last_component(reference)?;
        let layers = image["Layers"].as_array().attempt(|| format!("{reference} has no layers"))?;
        let layers = layers.iter().map(blob).collect::<Result<_>>()?;
        images.push(Image { name, tag, config: blob(&image["Config"])?, layers });
    }
    Ok(images)
}

fn last_component(reference: &str) -> Result<(String, String)> {
    let last = reference.rsplit('/').next().unwrap_or_default();
    let (name, tag) =
        last.split_once(':').ok_or_else(|| Failure::new(format!("{reference} has no tag")))?;
    Ok((name.to_owned(), tag.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, bytes) in members {
            let mut header = tar::Header::new_ustar();
            header.set_size(bytes.len() as u64);
            builder.append_data(&mut header, name, *bytes).unwrap();
        }
        builder.into_inner().unwrap()
    }

    #[test]
    fn blobs_are_found_where_they_lie_in_the_outer_file() {
        let manifest = br#"[
            {"Config":"sha256:aa","RepoTags":["r.io/p/one:1"],"Layers":["bb.tar.gz"]},
            {"Config":"sha256:aa","RepoTags":["two:2"],"Layers":["bb.tar.gz","cc.tar.gz"]}]"#;
        let images = archive(&[
            ("sha256:aa", b"{}"),
            ("bb.tar.gz", b"layer-b"),
            ("cc.tar.gz", b"layer-cc"),
            ("manifest.json", manifest),
        ]);
        let bundle = archive(&[("hints.yaml", b"[]"), ("images.tar", &images)]);
        let download = archive(&[("x/x.bundle.tar", &bundle)]);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &download).unwrap();

        let package = Package::open(file.path()).unwrap();
        let names: Vec<_> =
            package.images.iter().map(|image| (&*image.name, &*image.tag)).collect();
        assert_eq!(names, [("one", "1"), ("two", "2")]);
        let unique = package.unique_blobs();
        assert_eq!(unique.len(), 3);
        assert_eq!((unique[0].0.digest.as_str(), unique[0].0.size), ("sha256:cc", 8));
        assert_eq!(unique[1].1, ["one", "two"]);
        let at = usize::try_from(unique[1].0.offset).unwrap();
        assert_eq!(&download[at..at + 7], b"layer-b");
        assert_eq!((package.unique_bytes(), package.counted_bytes()), (17, 26));
    }

    #[test]
    fn a_package_without_images_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), archive(&[("hints.yaml", b"[]")])).unwrap();
        assert!(Package::open(file.path()).is_err());
    }
}
