//! A1 and A5: names that lead elsewhere, and names that only begin like the right ones.

use super::builder::{HostileTar, bundle_with, chart_with, images_with};
use super::{Case, Expected, Form};
use crate::ustar::Header;

/// A short text and the name it stands for. In each place the name is also tried below the place's directory.
const TRAVERSALS: [(&str, &[u8]); 9] = [
    ("parent", b"../x"),
    ("parent-inside", b"a/../../../x"),
    ("absolute", b"/etc/x"),
    ("drive", b"C:\\x"),
    ("backslash", b"a\\..\\..\\..\\x"),
    ("newline", b"a\nx"),
    ("escape", b"a\x1b[2Jx"),
    ("not-utf8", b"a\xff\xfex"),
    ("parent-only", b".."),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (what, name) in TRAVERSALS {
        cases.extend(in_every_place(what, name, &|name| plain(name)));
    }
    // A NUL ends a name in a header, so it can come in by PAX only.
    cases.extend(in_every_place("nul", b"a\0x", &by_pax));
    let long = vec![b'n'; 5000];
    cases.extend(in_every_place("5000-characters-by-pax", &long, &by_pax));
    cases.extend(in_every_place("5000-characters-by-gnu", &long, &by_gnu));
    cases.extend(in_every_place("parent-by-pax", b"../x", &by_pax));
    cases.extend(in_every_place("parent-by-gnu", b"../x", &by_gnu));
    cases.push(by_prefix());
    cases.extend(twins());
    cases
}

fn in_every_place(what: &str, name: &[u8], blocks: &dyn Fn(&[u8]) -> Vec<u8>) -> Vec<Case> {
    let below = |directory: &str| blocks(&[directory.as_bytes(), name].concat());
    let case = |place: &str, bytes| {
        // Two slashes in a row are one: below a directory, an absolute name stays below it.
        let is_harmless = what == "absolute" && place == "below-original-chart";
        let expected = if is_harmless { Expected::Bounded } else { Expected::Rejected };
        Case::new("A1", format!("name-{what}-{place}"), expected, bytes)
    };
    vec![
        case("in-bundle", bundle_with(&blocks(name))),
        case("below-original-chart", bundle_with(&below("original-chart/"))),
        case("in-images", images_with(&blocks(name))),
        case("in-chart", chart_with(&blocks(name))).form(Form::Chart),
        case("below-chart", chart_with(&below("tiny/"))).form(Form::Chart),
    ]
}

fn plain(name: &[u8]) -> Vec<u8> {
    HostileTar::new().entry(&Header::file(name, 1), b"x").unfinished()
}

fn by_pax(name: &[u8]) -> Vec<u8> {
    HostileTar::new().pax("path", name).entry(&Header::file("harmless", 1), b"x").unfinished()
}

fn by_gnu(name: &[u8]) -> Vec<u8> {
    HostileTar::new().gnu_long(b'L', name).entry(&Header::file("harmless", 1), b"x").unfinished()
}

/// The USTAR prefix is part of the name.
fn by_prefix() -> Case {
    let mut header = Header::file("x", 1);
    header.prefix = b"../..".to_vec();
    let blocks = HostileTar::new().entry(&header, b"x").unfinished();
    Case::new("A1", "name-parent-by-ustar-prefix", Expected::Rejected, bundle_with(&blocks))
}

fn twins() -> Vec<Case> {
    let twin = |what: &str, name: &str, content: &str| {
        let blocks = HostileTar::new().file(name, content.as_bytes()).unfinished();
        Case::new("A5", format!("twin-{what}"), Expected::NotInside, bundle_with(&blocks))
    };
    let evil = "image: {registry: evil.example, repository: x, tag: v1}\n";
    vec![
        twin("directory", "original-chart-evil/values.yaml", evil),
        twin(
            "longer-name",
            "original-chartX/Chart.yaml",
            "apiVersion: v2\nname: evil\nversion: 9.9.9\n",
        ),
        twin("other-case", "Original-Chart/values.yaml", evil),
        twin("hints", "hints.yaml.bak", "- \"evil.example/x:v1\"\n"),
        twin("images", "images.tar.old", "not an archive"),
    ]
}
