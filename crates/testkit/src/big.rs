//! Bundles as large as real ones, for benchmarks, made in seconds and never held in memory.

mod chart;
mod layer;
mod layout;

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use oci::{Algorithm, Digest, Hasher};

use crate::package::{checksum_line, checksum_path};
use crate::ustar::{self, BLOCK};
use crate::{ChecksumFile, Random};
use layer::{LayerPlan, Pool};
use layout::Layout;

/// The shape of a bundle: images on shared bases, one platform.
///
/// Each image has one of the base layers and `own_layers` of its own. The same shape and seed give the same bytes.
#[derive(Clone, Debug)]
pub struct BigBundle {
    /// How many images.
    pub images: usize,
    /// How many base layers they share, in turn.
    pub bases: usize,
    /// How many layers each image has beside its base.
    pub own_layers: usize,
    /// Bytes of each base layer, compressed.
    pub base_size: u64,
    /// Bytes of the smallest and the largest own layer, compressed.
    pub own_size: (u64, u64),
    /// Bytes of all own layers, compressed.
    pub own_total: u64,
    /// Where the content comes from.
    pub seed: u64,
}

/// A bundle that was written.
#[derive(Clone, Debug)]
pub struct WrittenBundle {
    /// The file.
    pub path: PathBuf,
    /// Its bytes.
    pub size: u64,
    /// The images, in the order of the hints.
    pub images: Vec<WrittenImage>,
}

/// An image of a bundle that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenImage {
    /// As the chart's values render it.
    pub reference: String,
    /// Digest and size of the config.
    pub config: (Digest, u64),
    /// Digests and sizes of the layers, base first.
    pub layers: Vec<(Digest, u64)>,
}

impl WrittenBundle {
    /// Bytes of all layers and configs, each once.
    pub fn unique_bytes(&self) -> u64 {
        let mut blobs: Vec<&(Digest, u64)> = self.blobs().collect();
        blobs.sort();
        blobs.dedup();
        blobs.into_iter().map(|(_, size)| size).sum()
    }

    /// Bytes of all layers and configs, counted for each image.
    pub fn counted_bytes(&self) -> u64 {
        self.blobs().map(|(_, size)| size).sum()
    }

    fn blobs(&self) -> impl Iterator<Item = &(Digest, u64)> {
        self.images.iter().flat_map(|image| image.layers.iter().chain([&image.config]))
    }
}

/// What is known of a layer once it is written.
#[derive(Clone)]
struct LayerDigests {
    digest: Digest,
    diff_id: Digest,
}

impl BigBundle {
    /// The bundle that all published figures are about: 24 images on 4 shared bases, 52 layers of 5–150 MB, 2,506 MB
    /// unique, 3,707 MB counted for each image, gzip at about 1.46:1.
    pub fn bench() -> Self {
        Self {
            images: 24,
            bases: 4,
            own_layers: 2,
            base_size: 60_050_000,
            own_size: (5_000_000, 150_000_000),
            own_total: 2_265_800_000,
            seed: 2506,
        }
    }

    /// The same shape with every layer `divisor` times smaller. A layer has at least about 3 KiB.
    #[must_use]
    pub fn scaled(mut self, divisor: u64) -> Self {
        for size in
            [&mut self.base_size, &mut self.own_size.0, &mut self.own_size.1, &mut self.own_total]
        {
            *size /= divisor;
        }
        self
    }

    /// The same shape with other content.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Writes `big_0.1.0.bundle.tar` into `dir`.
    pub fn write_bundle(&self, dir: &Path) -> io::Result<WrittenBundle> {
        self.write(&dir.join(layout::BUNDLE_NAME), Wrapping::None)
    }

    /// Writes the download into `dir`: `big_v0.1.0_amd64.tar` with the bundle in it, and its checksum file.
    pub fn write_package(&self, dir: &Path) -> io::Result<WrittenBundle> {
        let name = "big_v0.1.0_amd64";
        let written = self.write(&dir.join(format!("{name}.tar")), Wrapping::Download)?;
        let sum = sha512_of_file(&written.path)?;
        let line =
            checksum_line(name, ChecksumFile::Right, || sum).expect("a right sum has a line");
        std::fs::write(checksum_path(&written.path), line)?;
        Ok(written)
    }

    /// Writes a bundle whose layers are holes: names, sizes and archives are in order and take no space on the disk,
    /// the content is zeros and does not have the digests it is named after. For what reads the index only.
    pub fn write_sparse(&self, dir: &Path) -> io::Result<WrittenBundle> {
        let path = dir.join(layout::BUNDLE_NAME);
        let sizes = self.layer_sizes();
        let layout = Layout::new(self, &sizes, 0);
        let file = File::create(&path)?;
        file.set_len(layout.end())?;
        let mut digests = Vec::new();
        for (number, offset) in layout.layer_offsets().into_iter().enumerate() {
            file.write_all_at(&crate::deflate::GZIP_HEADER, offset)?;
            digests.push(LayerDigests {
                digest: Digest::of(format!("layer {number} of {}", self.seed).as_bytes()),
                diff_id: Digest::of(format!("tar {number} of {}", self.seed).as_bytes()),
            });
        }
        let images = layout.write(&file, &digests)?;
        Ok(WrittenBundle { path, size: layout.end(), images })
    }

    fn write(&self, path: &Path, wrapping: Wrapping) -> io::Result<WrittenBundle> {
        let pool = Pool::new(self.seed, self.piece_size());
        let sizes = self.layer_sizes();
        let plans: Vec<LayerPlan> = sizes
            .iter()
            .enumerate()
            .map(|(number, &size)| LayerPlan::new(&pool, self.seed, number, size))
            .collect();
        let sizes: Vec<u64> = plans.iter().map(LayerPlan::compressed_size).collect();
        let start = match wrapping {
            Wrapping::None => 0,
            Wrapping::Download => BLOCK as u64,
        };
        let layout = Layout::new(self, &sizes, start);
        let file = File::create(path)?;
        let mut size = layout.end();
        if start > 0 {
            let header = ustar::file_header(layout::BUNDLE_NAME, layout.end() - start);
            assert_eq!(header.len() as u64, start, "a bundle below 8 GiB has a plain header");
            file.write_all_at(&header, 0)?;
            size += 2 * BLOCK as u64;
        }
        file.set_len(size)?;
        let digests = write_layers(&file, &pool, &plans, &layout.layer_offsets())?;
        let images = layout.write(&file, &digests)?;
        Ok(WrittenBundle { path: path.to_owned(), size, images })
    }

    /// Sizes of all layers: the bases, then the own layers of each image.
    fn layer_sizes(&self) -> Vec<u64> {
        let mut sizes = vec![self.base_size; self.bases];
        let count = self.images * self.own_layers;
        let (smallest, largest) = self.own_size;
        let mut random = Random::named(self.seed, "sizes");
        // Squared, because most layers of real images are small.
        let weights: Vec<u64> = (0..count).map(|_| (random.below(1000) + 1).pow(2)).collect();
        let sum: u64 = weights.iter().sum::<u64>().max(1);
        let to_share = self.own_total.saturating_sub(smallest * count as u64);
        let share = |weight: u64| {
            u64::try_from(u128::from(to_share) * u128::from(weight) / u128::from(sum))
        };
        let mut own: Vec<u64> = weights
            .into_iter()
            .map(|weight| (smallest + share(weight).expect("below the total")).min(largest))
            .collect();
        let mut left = self.own_total.saturating_sub(own.iter().sum());
        for size in &mut own {
            let more = left.min(largest - *size);
            *size += more;
            left -= more;
        }
        sizes.extend(own);
        sizes
    }

    /// The layers of an image, as indexes into [`Self::layer_sizes`].
    fn layers_of(&self, image: usize) -> Vec<usize> {
        let first = self.bases + image * self.own_layers;
        let base = image.checked_rem(self.bases);
        base.into_iter().chain(first..first + self.own_layers).collect()
    }

    fn piece_size(&self) -> usize {
        usize::try_from(self.own_size.0 / 2).unwrap_or(usize::MAX).clamp(2 << 10, 64 << 10)
    }
}

#[derive(Clone, Copy)]
enum Wrapping {
    None,
    Download,
}

/// Writes the layers at their offsets, as many at a time as there are processors.
fn write_layers(
    file: &File,
    pool: &Pool,
    plans: &[LayerPlan],
    offsets: &[u64],
) -> io::Result<Vec<LayerDigests>> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(vec![None; plans.len()]);
    let work = || -> io::Result<()> {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(plan) = plans.get(number) else { return Ok(()) };
            let digests = plan.write(pool, file, offsets[number])?;
            results.lock().expect("no thread panics")[number] = Some(digests);
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().try_for_each(|thread| thread.join().expect("no thread panics"))
    })?;
    let results = results.into_inner().expect("no thread panics");
    Ok(results.into_iter().map(|digests| digests.expect("every layer was written")).collect())
}

fn sha512_of_file(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Hasher::new(Algorithm::Sha512);
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hasher.finish().hex().to_owned()),
            read => hasher.update(&buffer[..read]),
        }
    }
}

#[cfg(test)]
mod tests;
