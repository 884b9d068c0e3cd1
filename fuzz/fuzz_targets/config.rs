//! Any text as a `load-image.yaml`: what the checker corrects, it corrects for good.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let corrected = ferry_cli::corrected_configuration(text);
    assert_eq!(ferry_cli::corrected_configuration(&corrected), corrected);
});
