//! A2, A3, A4, A6: links, devices, overrides, doubles, and permission bits.

use super::builder::{HostileTar, VALUES_YAML, bundle_with, chart_with, images_with};
use super::{Case, Expected, Form};
use crate::ustar::{Checksum, Header, Size};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = links();
    cases.extend(kinds());
    cases.extend(overrides());
    cases.extend(doubles());
    cases.extend(permissions());
    cases
}

fn bundle_case(group: &'static str, name: &str, expected: Expected, tar: HostileTar) -> Case {
    Case::new(group, name, expected, bundle_with(&tar.unfinished()))
}

fn links() -> Vec<Case> {
    let link =
        |kind, from: &str, to: &str| HostileTar::new().entry(&Header::other(kind, from, to), b"");
    let rejected = |group, name, tar| bundle_case(group, name, Expected::Rejected, tar);
    let in_chart = |kind, to: &str| {
        chart_with(
            &HostileTar::new()
                .entry(&Header::other(kind, "tiny/values.yaml", to), b"")
                .unfinished(),
        )
    };
    let through = link(b'2', "original-chart/d", "/tmp").file("original-chart/d/x", b"x");
    let chain = link(b'2', "original-chart/a", "b")
        .entry(&Header::other(b'2', "original-chart/b", "templates/.."), b"")
        .entry(&Header::other(b'2', "original-chart/templates/c", "../a/.."), b"")
        .file("original-chart/templates/c/x", b"x");
    vec![
        rejected("A2", "symlink-then-file-through-it", through),
        rejected("A2", "symlink-chain-inside", chain),
        rejected("A2", "symlink-absolute", link(b'2', "original-chart/l", "/etc/passwd")),
        rejected("A2", "symlink-to-itself", link(b'2', "original-chart/l", "l")),
        rejected("A2", "symlink-dangling", link(b'2', "original-chart/l", "nowhere")),
        rejected("A2", "symlink-for-images", link(b'2', "images.tar", "/dev/zero")),
        Case::new(
            "A2",
            "symlink-in-images",
            Expected::Rejected,
            images_with(&link(b'2', "x.tar.gz", "/etc/passwd").unfinished()),
        ),
        Case::new("A2", "symlink-in-chart", Expected::Rejected, in_chart(b'2', "/etc/passwd"))
            .form(Form::Chart),
        rejected("A3", "hardlink-absolute", link(b'1', "original-chart/l", "/etc/passwd")),
        rejected("A3", "hardlink-to-parent", link(b'1', "original-chart/l", "../../x")),
        rejected(
            "A3",
            "hardlink-to-working-directory",
            link(b'1', "original-chart/l", "Cargo.toml"),
        ),
        Case::new("A3", "hardlink-in-chart", Expected::Rejected, in_chart(b'1', "Cargo.toml"))
            .form(Form::Chart),
    ]
}

fn kinds() -> Vec<Case> {
    let of_kind = |name: &str, kind| {
        let tar = HostileTar::new().entry(&Header::other(kind, "original-chart/x", ""), b"");
        bundle_case("A4", name, Expected::Rejected, tar)
    };
    let directories = HostileTar::new()
        .entry(&Header::other(b'5', "original-chart/", ""), b"")
        .entry(&Header::other(b'5', "original-chart/templates/", ""), b"");
    vec![
        of_kind("character-device", b'3'),
        of_kind("block-device", b'4'),
        of_kind("fifo", b'6'),
        of_kind("gnu-sparse", b'S'),
        of_kind("gnu-multi-volume", b'M'),
        of_kind("unknown-kind", b'Z'),
        bundle_case("A4", "directories", Expected::Accepted, directories),
    ]
}

fn overrides() -> Vec<Case> {
    let file = |size| Header::file("original-chart/extra.txt", size);
    let long = format!("original-chart/{}/{}", "d".repeat(120), "f".repeat(120));
    let rejected = |name, tar| bundle_case("A4", name, Expected::Rejected, tar);
    let accepted = |name, tar| bundle_case("A4", name, Expected::Accepted, tar);
    let pax = |key, value: &[u8], header: &Header, content: &[u8]| {
        HostileTar::new().pax(key, value).entry(header, content)
    };
    let binary = |size| Header { size: Size::Binary(size), ..file(0) };
    let negative = Header { size: Size::Raw([0xff; 12]), ..file(0) };
    let letters = Header { size: Size::Raw(*b"not a number"), ..file(0) };
    let bad_sum = Header { checksum: Checksum::Wrong, ..file(1) };
    vec![
        accepted("pax-long-name", pax("path", long.as_bytes(), &file(1), b"x")),
        accepted(
            "gnu-long-name",
            HostileTar::new().gnu_long(b'L', long.as_bytes()).entry(&file(1), b"x"),
        ),
        accepted("pax-size-that-is-right", pax("size", b"1", &file(0), b"x")),
        accepted("binary-size-that-is-right", HostileTar::new().entry(&binary(1), b"x")),
        rejected("pax-size-too-large", pax("size", b"99999999999", &file(1), b"x")),
        rejected("pax-size-2-to-the-63", pax("size", b"9223372036854775808", &file(1), b"x")),
        rejected("pax-size-2-to-the-64", pax("size", b"18446744073709551616", &file(1), b"x")),
        rejected("pax-size-negative", pax("size", b"-512", &file(1), b"x")),
        rejected("pax-size-not-a-number", pax("size", b"1e3", &file(1), b"x")),
        rejected(
            "pax-record-length-wrong",
            HostileTar::new()
                .blocks(&crate::ustar::pax_header(b"99 path=x\n"))
                .entry(&file(1), b"x"),
        ),
        rejected(
            "pax-at-the-end",
            HostileTar::new()
                .pax("path", b"x")
                .file("original-chart/y", b"")
                .pax("path", b"z")
                .blocks(&[0; 1024]),
        ),
        rejected("pax-sparse", pax("GNU.sparse.major", b"1", &file(1), b"x")),
        rejected("binary-size-2-to-the-63", HostileTar::new().entry(&binary(1 << 63), b"x")),
        rejected("binary-size-largest", HostileTar::new().entry(&binary(u64::MAX), b"x")),
        rejected("size-negative", HostileTar::new().entry(&negative, b"")),
        rejected("size-not-a-number", HostileTar::new().entry(&letters, b"")),
        rejected("header-checksum-wrong", HostileTar::new().entry(&bad_sum, b"x")),
    ]
}

fn doubles() -> Vec<Case> {
    let evil = "image: {registry: evil.example, repository: tiny/app, tag: v1}\n";
    let same = HostileTar::new().file("original-chart/values.yaml", VALUES_YAML.as_bytes());
    let other = HostileTar::new().file("original-chart/values.yaml", evil.as_bytes());
    let twin = HostileTar::new().file("original-chart/Values.yaml", evil.as_bytes());
    let file_and_directory = HostileTar::new().file("original-chart/templates", b"x");
    vec![
        bundle_case("A4", "double-with-the-same-content", Expected::Accepted, same),
        bundle_case("A4", "double-with-other-content", Expected::RejectedOrFirst, other),
        bundle_case("A4", "double-by-case", Expected::RejectedOrFirst, twin),
        bundle_case(
            "A4",
            "double-hints",
            Expected::RejectedOrFirst,
            HostileTar::new().file("hints.yaml", b"[]\n"),
        ),
        bundle_case(
            "A4",
            "double-images",
            Expected::RejectedOrFirst,
            HostileTar::new().file("images.tar", &[0; 1024]),
        ),
        bundle_case("A4", "file-and-directory", Expected::RejectedOrFirst, file_and_directory),
        Case::new(
            "A4",
            "double-manifest-json",
            Expected::RejectedOrFirst,
            images_with(&HostileTar::new().file("manifest.json", b"[]").unfinished()),
        ),
    ]
}

fn permissions() -> Vec<Case> {
    let with_mode = |name: &str, mode| {
        let header = Header { mode, uid: 12_345, ..Header::file("original-chart/extra.sh", 1) };
        bundle_case("A6", name, Expected::Accepted, HostileTar::new().entry(&header, b"x"))
    };
    vec![
        with_mode("mode-setuid", 0o4755),
        with_mode("mode-setgid", 0o2755),
        with_mode("mode-everyone", 0o777),
        with_mode("mode-none", 0),
    ]
}
