//! Any bytes as a package: an error or an index, and every blob of the index can be asked for.
#![no_main]

use std::io::Write as _;

use libfuzzer_sys::fuzz_target;
use oci::Source as _;

fuzz_target!(|data: &[u8]| {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(data).expect("room for it");
    if let Ok(package) = bundle::open(file.path()) {
        for blob in package.blobs() {
            let _ = package.fetch(&blob.descriptor);
        }
    }
});
