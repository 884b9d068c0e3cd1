//! The package's content in the forms that the peers take; made before anything is timed.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::failure::{Attempt, Result};
use crate::package::{Blob, Image, MANIFEST, Package};
use crate::sha256;

/// Directories with the unpacked content. Blobs are hard links, so a shared layer is on disk once.
pub(crate) struct Inputs {
    root: PathBuf,
    /// The images, in the order of [`Inputs::layout`].
    pub(crate) images: Vec<Image>,
}

impl Inputs {
    /// What [`Inputs::unpack`] has left under `root` before.
    pub(crate) fn of(package: &Package, root: &Path) -> Self {
        Self { root: root.to_path_buf(), images: package.images.clone() }
    }

    /// Unpacks `package` under `root`.
    pub(crate) fn unpack(package: &Package, root: &Path) -> Result<Self> {
        let inputs = Self::of(package, root);
        inputs.write(package).attempt(|| format!("cannot unpack into {}", root.display()))?;
        Ok(inputs)
    }

    /// An OCI layout directory with one image; its tag is the image's.
    pub(crate) fn layout(&self, image: &Image) -> PathBuf {
        self.root.join("layout").join(&image.name)
    }

    /// A directory of directories in skopeo's `dir` form, named `NAME:TAG`.
    pub(crate) fn directories(&self) -> PathBuf {
        self.root.join("dir")
    }

    fn write(&self, package: &Package) -> io::Result<()> {
        let pool = self.root.join("pool");
        fs::create_dir_all(&pool)?;
        let file = File::open(&package.path)?;
        for (blob, _) in package.unique_blobs() {
            extract(&file, &blob, &pool.join(hex(&blob)))?;
        }
        for image in &package.images {
            self.write_layout(image, &pool)?;
            self.write_directory(image, &pool)?;
        }
        Ok(())
    }

    fn write_layout(&self, image: &Image, pool: &Path) -> io::Result<()> {
        let layout = self.layout(image);
        let blobs = layout.join("blobs/sha256");
        fs::create_dir_all(&blobs)?;
        let manifest = image.manifest();
        let digest = sha256::digest_of(&manifest);
        fs::write(blobs.join(digest.trim_start_matches("sha256:")), &manifest)?;
        link(image, pool, &blobs)?;
        fs::write(layout.join("oci-layout"), br#"{"imageLayoutVersion":"1.0.0"}"#)?;
        let index = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [{
                "mediaType": MANIFEST,
                "digest": digest,
                "size": manifest.len(),
                "annotations": { "org.opencontainers.image.ref.name": image.tag },
            }],
        });
        fs::write(layout.join("index.json"), index.to_string())
    }

    fn write_directory(&self, image: &Image, pool: &Path) -> io::Result<()> {
        let directory = self.directories().join(format!("{}:{}", image.name, image.tag));
        fs::create_dir_all(&directory)?;
        fs::write(directory.join("version"), "Directory Transport Version: 1.1\n")?;
        fs::write(directory.join("manifest.json"), image.manifest())?;
        link(image, pool, &directory)
    }
}

fn link(image: &Image, pool: &Path, into: &Path) -> io::Result<()> {
    for blob in image.blobs() {
        let to = into.join(hex(blob));
        if !to.exists() {
            fs::hard_link(pool.join(hex(blob)), to)?;
        }
    }
    Ok(())
}

/// Copies one blob out of the package.
fn extract(package: &File, blob: &Blob, to: &Path) -> io::Result<()> {
    let out = File::create(to)?;
    let mut buffer = vec![0; 1 << 20];
    let mut done = 0;
    while done < blob.size {
        let want =
            usize::try_from(blob.size - done).map_or(buffer.len(), |left| left.min(buffer.len()));
        package.read_exact_at(&mut buffer[..want], blob.offset + done)?;
        out.write_all_at(&buffer[..want], done)?;
        done += want as u64;
    }
    Ok(())
}

fn hex(blob: &Blob) -> &str {
    blob.digest.trim_start_matches("sha256:")
}
