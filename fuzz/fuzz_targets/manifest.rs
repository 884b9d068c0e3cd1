//! Any bytes as a manifest: an error, or a document whose bytes are kept.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(artifact) = oci::Artifact::parse(data.to_vec(), None) {
        assert_eq!(artifact.raw().as_ref(), data);
    }
    let _ = oci::ImageConfig::parse(data);
});
