//! Wraps as `dt` makes them (`bundle-formats`, §5.1 and §5.2).

use std::fmt::Write as _;

use oci::Digest;

use crate::ustar::TarWriter;
use crate::{ChartFiles, Image, gzip, oci_layout};

/// `<name>-<version>.wrap.tgz`: the chart with its `Images.lock`, and an OCI layout for each image of each platform.
///
/// Blobs are not shared between the layouts: that is how the format is.
pub fn dt_wrap(name: &str, version: &str, chart: &ChartFiles, images: &[Image]) -> Vec<u8> {
    let mut files: Vec<(String, Vec<u8>)> = chart
        .clone()
        .with("Images.lock", lock(name, version, images))
        .iter()
        .map(|(path, content)| (format!("chart/{path}"), content.to_vec()))
        .collect();
    for image in images {
        let digest = Digest::of(&image.oci_manifest());
        for (path, content) in oci_layout(std::slice::from_ref(image)) {
            files.push((format!("images/{}.layout/{path}", digest.hex()), content));
        }
    }
    let mut tar = TarWriter::in_memory();
    let mut directories = Vec::new();
    for (path, content) in files {
        let path = format!("{name}-{version}/{path}");
        for (slash, _) in path.match_indices('/') {
            let directory = path[..=slash].to_owned();
            if !directories.contains(&directory) {
                tar.add_directory(&directory);
                directories.push(directory);
            }
        }
        tar.add(&path, &content);
    }
    gzip(&tar.into_bytes())
}

fn lock(name: &str, version: &str, images: &[Image]) -> String {
    let mut lock = format!(
        "apiVersion: v0\nkind: ImagesLock\nmetadata:\n  generatedAt: \"1970-01-01T00:00:00Z\"\n  generatedBy: ferry-testkit\nchart:\n  name: {name}\n  version: {version}\n  appVersion: \"\"\nimages:\n"
    );
    let mut references: Vec<&str> = images.iter().map(|image| image.reference.as_str()).collect();
    references.sort_unstable();
    references.dedup();
    for reference in references {
        let platforms: Vec<&Image> =
            images.iter().filter(|image| image.reference == reference).collect();
        let short = platforms[0].short_name();
        write!(
            lock,
            "  - name: {short}\n    image: {reference}\n    chart: {name}\n    digests:\n"
        )
        .expect("a string takes everything");
        for image in platforms {
            let digest = Digest::of(&image.oci_manifest());
            writeln!(lock, "      - digest: {digest}\n        arch: linux/{}", image.arch.as_str())
                .expect("a string takes everything");
        }
    }
    lock
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::Read as _;

    use super::*;
    use crate::{Arch, Kairship, Version};

    #[test]
    fn every_locked_digest_is_the_manifest_of_a_layout() {
        let amd64 = Kairship::new(Version::V0_21_0, Arch::Amd64);
        let mut images = amd64.images()[..2].to_vec();
        images.extend_from_slice(&Kairship::new(Version::V0_21_0, Arch::Arm64).images()[..2]);
        let wrap = dt_wrap("kairship", "0.21.0", &amd64.chart(), &images);
        assert!(wrap == dt_wrap("kairship", "0.21.0", &amd64.chart(), &images));

        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(wrap.as_slice()));
        let mut files = BTreeMap::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
            let mut content = Vec::new();
            entry.read_to_end(&mut content).unwrap();
            files.insert(path, content);
        }
        assert!(files.contains_key("kairship-0.21.0/images/"));
        let lock = String::from_utf8(files["kairship-0.21.0/chart/Images.lock"].clone()).unwrap();
        let digests: Vec<&str> =
            lock.lines().filter_map(|line| line.trim().strip_prefix("- digest: sha256:")).collect();
        assert_eq!(digests.len(), 4);
        for hex in digests {
            let blob = format!("kairship-0.21.0/images/{hex}.layout/blobs/sha256/{hex}");
            assert_eq!(Digest::of(&files[&blob]).hex(), hex);
        }
    }
}
