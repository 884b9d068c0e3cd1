//! What is parsed and printed parses to the same.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(reference) = text.parse::<oci::Reference>() {
        assert_eq!(reference.to_string().parse().as_ref(), Ok(&reference));
    }
    if let Ok(digest) = text.parse::<oci::Digest>() {
        assert_eq!(digest.as_str(), text);
    }
});
