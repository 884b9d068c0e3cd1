//! Any bytes as hints: parsed, or every mistake named.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    match relocate::Hints::parse(data, "hints.yaml") {
        Ok(hints) => assert!(hints.hints.iter().all(|hint| hint.place.line > 0)),
        Err(errors) => assert!(!errors.is_empty()),
    }
});
