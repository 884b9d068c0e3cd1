use std::collections::BTreeSet;
use std::io::Read as _;

use super::*;

fn case(name: &str) -> Case {
    all_cases().into_iter().find(|case| case.name == name).unwrap()
}

fn names(tar: &[u8]) -> Vec<String> {
    let mut archive = tar::Archive::new(tar);
    let entries = archive.entries().unwrap();
    entries
        .map(|entry| String::from_utf8_lossy(&entry.unwrap().path_bytes()).into_owned())
        .collect()
}

#[test]
fn names_are_unique_and_good_as_file_names() {
    let cases = all_cases();
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), cases.len());
    for name in names {
        assert!(
            name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')),
            "{name}"
        );
    }
}

#[test]
fn every_group_that_a_single_file_can_show_has_cases() {
    let groups: BTreeSet<&str> = all_cases().iter().map(|case| case.group).collect();
    let expected =
        ["A1", "A2", "A3", "A4", "A5", "A6", "A7", "B1", "C1", "C2", "C3", "C4", "C6", "E1", "E2"];
    assert_eq!(groups, BTreeSet::from(expected));
}

#[test]
fn no_case_is_the_honest_bundle() {
    let honest = honest_bundle();
    for case in all_cases() {
        assert!(case.bytes().is_none_or(|bytes| bytes != honest), "{case:?}");
    }
}

#[test]
fn the_honest_files_are_in_order() {
    let expected =
        ["hints.yaml", "original-chart/.relok8s-images.yaml", "original-chart/Chart.yaml"];
    let honest = honest_bundle();
    assert_eq!(names(&honest)[..3], expected);
    assert_eq!(names(&honest).last().unwrap(), "images.tar");
    assert_eq!(images_with(&[]), honest);
    let mut chart = Vec::new();
    flate2::read::GzDecoder::new(chart_with(&[]).as_slice()).read_to_end(&mut chart).unwrap();
    assert_eq!(names(&chart)[0], "tiny/Chart.yaml");
}

#[test]
fn a_hostile_name_arrives_in_the_archive() {
    let bytes = case("name-parent-below-original-chart");
    assert!(names(bytes.bytes().unwrap()).contains(&"original-chart/../x".to_owned()));
    let bytes = case("name-parent-by-pax-in-bundle");
    assert!(names(bytes.bytes().unwrap()).contains(&"../x".to_owned()));
    let bytes = case("name-parent-by-ustar-prefix");
    assert!(names(bytes.bytes().unwrap()).contains(&"../../x".to_owned()));
}

#[test]
fn accepted_tars_are_read_by_another_implementation() {
    for case in all_cases() {
        let Some(bytes) = case.bytes() else { continue };
        let plain = bytes.len() > 262 && &bytes[257..262] == b"ustar";
        if case.expected == Expected::Accepted && plain && case.form == Form::Bundle {
            let names = names(bytes);
            assert!(names.contains(&"images.tar".to_owned()), "{case:?}");
        }
    }
}

#[test]
fn bombs_are_small_and_really_unpack() {
    let dir = tempfile::tempdir().unwrap();
    let path = case("gzip-bomb").write(dir.path()).unwrap();
    let size = std::fs::metadata(&path).unwrap().len();
    assert!(size * 800 < 4 << 30, "{size}");
    let mut start = vec![0; 64 << 20];
    flate2::read::GzDecoder::new(File::open(&path).unwrap()).read_exact(&mut start).unwrap();
    assert_eq!(&start[1024..1044], b"original-chart/zeros");
    assert!(start[2048..].iter().all(|&byte| byte == 0));

    let bomb = case("zstd-bomb");
    assert!(bomb.bytes().unwrap().len() < 200_000);
    let mut decoder = zstd::Decoder::new(bomb.bytes().unwrap()).unwrap();
    decoder.read_exact(&mut start).unwrap();
    assert_eq!(&start[1024..1044], b"original-chart/zeros");
    let mut decoder =
        zstd::Decoder::new(case("zstd-window-4-gib").bytes().unwrap().to_vec().leak() as &[u8])
            .unwrap();
    assert!(decoder.read(&mut [0; 16]).is_err(), "the window is beyond what decoders allow");
}

#[test]
fn huge_members_take_no_room() {
    use std::os::unix::fs::MetadataExt as _;
    let dir = tempfile::tempdir().unwrap();
    for name in ["manifest-json-of-1-gib", "values-yaml-of-1-gib"] {
        let metadata = std::fs::metadata(case(name).write(dir.path()).unwrap()).unwrap();
        assert!(metadata.len() > 1 << 30);
        assert!(metadata.len().is_multiple_of(512), "{name}");
        assert!(metadata.blocks() * 512 < 1 << 20, "{name}");
    }
}
