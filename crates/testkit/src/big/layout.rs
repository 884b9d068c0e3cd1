//! Where everything is in a bundle whose sizes are known and whose digests are not yet.
//!
//! `images.tar` names its members by digest, and the digests are known last. So offsets are settled first, layers are
//! written into their places by several threads, and headers, configs and `manifest.json` are filled in at the end.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use oci::Digest;

use super::{BigBundle, LayerDigests, WrittenImage, chart};
use crate::Arch;
use crate::image::{config, layer_name, manifest_entry};
use crate::ustar::{self, BLOCK, TarWriter};

pub(super) const BUNDLE_NAME: &str = "big_0.1.0.bundle.tar";

pub(super) struct Layout {
    start: u64,
    /// Hints, chart, and the header of `images.tar`.
    prelude: Vec<u8>,
    /// Layers by image.
    images: Vec<Vec<usize>>,
    layer_sizes: Vec<u64>,
    members: Vec<Member>,
    end: u64,
}

/// A member of `images.tar`.
struct Member {
    /// Of the header.
    offset: u64,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Config(usize),
    Layer(usize),
    Manifest,
}

impl Layout {
    /// A bundle that starts at `start` in its file.
    pub(super) fn new(shape: &BigBundle, layer_sizes: &[u64], start: u64) -> Self {
        let images: Vec<Vec<usize>> =
            (0..shape.images).map(|image| shape.layers_of(image)).collect();
        let mut layout = Self {
            start,
            prelude: Vec::new(),
            images,
            layer_sizes: layer_sizes.to_vec(),
            members: Vec::new(),
            end: 0,
        };
        let images_size = layout.place();
        layout.prelude = prelude(shape.images, images_size);
        let before = start + layout.prelude.len() as u64;
        for member in &mut layout.members {
            member.offset += before;
        }
        layout.end = before + images_size + 2 * BLOCK as u64;
        layout
    }

    /// The end of the bundle in its file.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// Where the content of each layer goes.
    pub(super) fn layer_offsets(&self) -> Vec<u64> {
        let mut offsets = vec![0; self.layer_sizes.len()];
        for member in &self.members {
            if let Kind::Layer(layer) = member.kind {
                offsets[layer] = member.offset + BLOCK as u64;
            }
        }
        offsets
    }

    /// Writes everything but the layers.
    pub(super) fn write(
        &self,
        file: &File,
        digests: &[LayerDigests],
    ) -> io::Result<Vec<WrittenImage>> {
        file.write_all_at(&self.prelude, self.start)?;
        for member in &self.members {
            let (name, content) = self.content(member.kind, digests);
            let size = self.size(member.kind);
            assert!(
                content.is_empty() || content.len() as u64 == size,
                "sizes do not depend on digests"
            );
            let header = ustar::file_header(&name, size);
            assert_eq!(header.len(), BLOCK, "names and sizes of members are small");
            file.write_all_at(&header, member.offset)?;
            file.write_all_at(&content, member.offset + BLOCK as u64)?;
        }
        Ok((0..self.images.len()).map(|image| self.written(image, digests)).collect())
    }

    /// Gives every member its offset in `images.tar` and returns the size of that.
    fn place(&mut self) -> u64 {
        let mut kinds = Vec::new();
        let mut placed = vec![false; self.layer_sizes.len()];
        for (image, layers) in self.images.iter().enumerate() {
            kinds.push(Kind::Config(image));
            for &layer in layers {
                if !std::mem::replace(&mut placed[layer], true) {
                    kinds.push(Kind::Layer(layer));
                }
            }
        }
        kinds.push(Kind::Manifest);
        let mut offset = 0;
        for kind in kinds {
            self.members.push(Member { offset, kind });
            let size = self.size(kind);
            offset += BLOCK as u64 + size + ustar::padding(size);
        }
        offset + 2 * BLOCK as u64
    }

    fn size(&self, kind: Kind) -> u64 {
        match kind {
            Kind::Layer(layer) => self.layer_sizes[layer],
            Kind::Config(_) | Kind::Manifest => {
                let unknown = LayerDigests { digest: Digest::of(b""), diff_id: Digest::of(b"") };
                let digests = vec![unknown; self.layer_sizes.len()];
                self.content(kind, &digests).1.len() as u64
            }
        }
    }

    /// The name of a member, and what is in it unless it is a layer.
    fn content(&self, kind: Kind, digests: &[LayerDigests]) -> (String, Vec<u8>) {
        match kind {
            Kind::Layer(layer) => (layer_name(&digests[layer].digest), Vec::new()),
            Kind::Config(image) => {
                let config = self.config(image, digests);
                (Digest::of(&config).as_str().to_owned(), config)
            }
            Kind::Manifest => {
                let entry = |(image, layers): (usize, &Vec<usize>)| {
                    let layers: Vec<String> =
                        layers.iter().map(|&layer| layer_name(&digests[layer].digest)).collect();
                    manifest_entry(
                        &Digest::of(&self.config(image, digests)),
                        &chart::reference(image),
                        &layers,
                    )
                };
                let entries: Vec<_> = self.images.iter().enumerate().map(entry).collect();
                ("manifest.json".to_owned(), serde_json::to_vec(&entries).expect("plain JSON"))
            }
        }
    }

    fn config(&self, image: usize, digests: &[LayerDigests]) -> Vec<u8> {
        let diff_ids: Vec<&Digest> =
            self.images[image].iter().map(|&layer| &digests[layer].diff_id).collect();
        config(Arch::Amd64, &diff_ids)
    }

    fn written(&self, image: usize, digests: &[LayerDigests]) -> WrittenImage {
        let config = self.config(image, digests);
        WrittenImage {
            reference: chart::reference(image),
            config: (Digest::of(&config), config.len() as u64),
            layers: self.images[image]
                .iter()
                .map(|&layer| (digests[layer].digest.clone(), self.layer_sizes[layer]))
                .collect(),
        }
    }
}

fn prelude(images: usize, images_size: u64) -> Vec<u8> {
    let (chart, hints) = chart::files(images);
    let mut out = Vec::new();
    let mut tar = TarWriter::new(&mut out);
    tar.file("hints.yaml", &hints)
        .and_then(|()| {
            chart.iter().try_for_each(|(path, content)| {
                tar.file(&format!("original-chart/{path}"), content)
            })
        })
        .and_then(|()| tar.blocks(&ustar::file_header("images.tar", images_size)))
        .expect("memory takes everything");
    out
}
