//! Fixtures, peers and test doubles: development only. No product crate depends on this one.

mod arch;
mod big;
mod chart;
mod deflate;
mod environment;
pub mod fault_proxy;
pub mod hostile;
mod image;
mod kairship;
mod package;
mod peer;
mod program;
mod random;
pub mod registry;
pub mod token_server;
pub mod ustar;
mod wrap;

pub use arch::Arch;
pub use big::{BigBundle, WrittenBundle, WrittenImage};
pub use chart::ChartFiles;
pub use deflate::gzip;
pub use environment::{Docker, Output, Running, TestEnv};
pub use fault_proxy::FaultProxy;
pub use image::{Image, Layer, LayerFile, images_tar, oci_layout};
pub use kairship::{BundleName, Companion, Kairship, Layout, Version};
pub use package::{Bundle, ChecksumFile, Package, checksum_path};
pub use peer::{Missing, Peer, find_peer, peer_or_skip};
pub use program::{PORT, server};
pub use random::Random;
pub use wrap::dt_wrap;
