//! B1: small files that become large, or deep, or many.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufWriter, Seek as _, SeekFrom, Write};

use flate2::{Compress, Compression, Crc, FlushCompress};

use super::builder::{
    HINTS_YAML, HostileTar, bundle, bundle_with, bundle_with_chart_file, bundle_with_images,
    chart_files, image, images, manifest,
};
use super::{Case, Expected, Form};
use crate::deflate::{GZIP_HEADER, stored_length, trailer};
use crate::ustar::{BLOCK, Header, Size, TarWriter, file_header};

/// What the bombs unpack to.
const BOMB: u64 = 4 << 30;
/// Entries of the archive with too many.
const ENTRIES: usize = 1_000_000;

pub(super) fn cases() -> Vec<Case> {
    let rejected = |name: &str, bytes| Case::new("B1", name, Expected::Rejected, bytes);
    let mut cases = vec![
        Case::written("B1", "gzip-bomb", Expected::Rejected, gzip_bomb),
        Case::written("B1", "gzip-bomb-in-chart", Expected::Rejected, gzip_bomb_in_chart)
            .form(Form::Chart),
        rejected("zstd-bomb", zstd_bomb(17)),
        rejected("zstd-window-4-gib", zstd_bomb(32)),
        rejected("zstd-window-largest", zstd_bomb(41)),
        Case::written("B1", "a-million-entries", Expected::Bounded, million_entries),
        Case::written(
            "B1",
            "a-million-entries-in-images",
            Expected::Bounded,
            million_entries_in_images,
        ),
        Case::written("B1", "manifest-json-of-1-gib", Expected::Rejected, huge_manifest),
        Case::written("B1", "values-yaml-of-1-gib", Expected::Rejected, huge_values),
        rejected("pax-header-of-2-gib", bundle_with(&huge_extension(b'x'))),
        rejected("gnu-long-name-of-2-gib", bundle_with(&huge_extension(b'L'))),
    ];
    cases.extend(deep_json());
    cases.extend(yaml());
    cases
}

/// The tar header of a file of zeros as large as the bomb.
fn bomb_header(name: &str) -> Vec<u8> {
    file_header(name, BOMB)
}

fn gzip_bomb(file: &mut File) -> io::Result<()> {
    let honest = super::honest_bundle();
    let before = &honest[..2 * BLOCK];
    write_gzip_bomb(
        file,
        &[before, &bomb_header("original-chart/zeros")].concat(),
        &honest[2 * BLOCK..],
    )
}

fn gzip_bomb_in_chart(file: &mut File) -> io::Result<()> {
    let chart = HostileTar::new()
        .file("tiny/Chart.yaml", super::builder::CHART_YAML.as_bytes())
        .unfinished();
    write_gzip_bomb(file, &[chart, bomb_header("tiny/zeros")].concat(), &[0; 2 * BLOCK])
}

/// One gzip member: `before`, zeros, `after`.
fn write_gzip_bomb(file: &mut File, before: &[u8], after: &[u8]) -> io::Result<()> {
    let zeros = vec![0; 1 << 20];
    let mut zeros_crc = Crc::new();
    zeros_crc.update(&zeros);
    let mut packed = Vec::with_capacity(64 << 10);
    // A full flush: the piece stands on its own and ends at a byte.
    Compress::new(Compression::best(), false)
        .compress_vec(&zeros, &mut packed, FlushCompress::Full)
        .map_err(io::Error::other)?;
    let mut out = BufWriter::new(file);
    let mut crc = Crc::new();
    out.write_all(&GZIP_HEADER)?;
    write_stored(&mut out, &mut crc, before)?;
    for _ in 0..BOMB / zeros.len() as u64 {
        out.write_all(&packed)?;
        crc.combine(&zeros_crc);
    }
    write_stored(&mut out, &mut crc, after)?;
    out.write_all(&[1])?;
    out.write_all(&stored_length(0))?;
    out.write_all(&trailer(&crc))?;
    out.flush()
}

fn write_stored(out: &mut impl Write, crc: &mut Crc, bytes: &[u8]) -> io::Result<()> {
    crc.update(bytes);
    for block in bytes.chunks(usize::from(u16::MAX)) {
        out.write_all(&[0])?;
        out.write_all(&stored_length(u16::try_from(block.len()).expect("a chunk of that length")))?;
        out.write_all(block)?;
    }
    Ok(())
}

/// A zstd frame with a window of 2^`window_log` bytes: the honest bundle with a file of zeros in it, as blocks of four
/// bytes that stand for 128 KiB each (RFC 8878 §3.1.1).
fn zstd_bomb(window_log: u8) -> Vec<u8> {
    const RAW: u32 = 0;
    const RLE: u32 = 1;
    const LARGEST: usize = 128 << 10;
    let header = |last: bool, kind: u32, len: usize| {
        let len = u32::try_from(len).expect("at most 128 KiB");
        let word = (len << 3 | kind << 1 | u32::from(last)).to_le_bytes();
        [word[0], word[1], word[2]]
    };
    let honest = super::honest_bundle();
    let mut out = vec![0x28, 0xb5, 0x2f, 0xfd, 0, (window_log - 10) << 3];
    let raw = |out: &mut Vec<u8>, bytes: &[u8]| {
        for block in bytes.chunks(LARGEST) {
            out.extend(header(false, RAW, block.len()));
            out.extend_from_slice(block);
        }
    };
    raw(&mut out, &honest[..2 * BLOCK]);
    raw(&mut out, &bomb_header("original-chart/zeros"));
    for _ in 0..BOMB / LARGEST as u64 {
        out.extend(header(false, RLE, LARGEST));
        out.push(0);
    }
    raw(&mut out, &honest[2 * BLOCK..]);
    out.extend(header(true, RAW, 0));
    out
}

fn million_entries(file: &mut File) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    let mut tar = TarWriter::new(&mut out);
    tar.file("hints.yaml", HINTS_YAML.as_bytes())?;
    for (path, content) in chart_files() {
        tar.file(&format!("original-chart/{path}"), content.as_bytes())?;
    }
    for number in 0..ENTRIES {
        tar.file(&format!("original-chart/files/{number}"), b"")?;
    }
    tar.file("images.tar", &images())?;
    tar.finish()?.flush()
}

fn million_entries_in_images(file: &mut File) -> io::Result<()> {
    let honest = images();
    // Without the two blocks at its end.
    let honest = &honest[..honest.len() - 2 * BLOCK];
    let size = honest.len() + (ENTRIES + 2) * BLOCK;
    let mut out = BufWriter::new(file);
    let mut tar = TarWriter::new(&mut out);
    tar.file("hints.yaml", HINTS_YAML.as_bytes())?;
    for (path, content) in chart_files() {
        tar.file(&format!("original-chart/{path}"), content.as_bytes())?;
    }
    tar.blocks(&file_header("images.tar", size as u64))?;
    tar.blocks(honest)?;
    for number in 0..ENTRIES {
        tar.file(&format!("{number}.tar.gz"), b"")?;
    }
    tar.blocks(&[0; 2 * BLOCK])?;
    tar.finish()?.flush()
}

const HUGE: u64 = 1 << 30;

/// A manifest as large as it says, with a hole for the content.
fn huge_manifest(file: &mut File) -> io::Result<()> {
    let images = images();
    let at =
        (0..images.len()).step_by(BLOCK).find(|&at| images[at..].starts_with(b"manifest.json\0"));
    let before = &images[..at.expect("it has a manifest")];
    let size = before.len() as u64 + BLOCK as u64 + HUGE + 2 * BLOCK as u64;
    let mut tar = HostileTar::new().file("hints.yaml", HINTS_YAML.as_bytes());
    for (path, content) in chart_files() {
        tar = tar.file(&format!("original-chart/{path}"), content.as_bytes());
    }
    let tar = tar
        .blocks(&file_header("images.tar", size))
        .blocks(before)
        .blocks(&file_header("manifest.json", HUGE))
        .unfinished();
    file.write_all(&tar)?;
    file.write_all(b"[")?;
    let end = file.stream_position()? - 1 + HUGE;
    file.set_len(end + 4 * BLOCK as u64)
}

fn huge_values(file: &mut File) -> io::Result<()> {
    let before = HostileTar::new()
        .file("hints.yaml", HINTS_YAML.as_bytes())
        .file("original-chart/Chart.yaml", super::builder::CHART_YAML.as_bytes())
        .blocks(&file_header("original-chart/values.yaml", HUGE))
        .unfinished();
    file.write_all(&before)?;
    file.seek(SeekFrom::Current(i64::try_from(HUGE).expect("a gibibyte")))?;
    file.write_all(&HostileTar::new().file("images.tar", &images()).finish())
}

/// A header whose content would have to be held to be understood.
fn huge_extension(kind: u8) -> Vec<u8> {
    let mut header = Header::file("././@LongLink", 0);
    header.kind = kind;
    header.size = Size::Octal(2 << 30);
    HostileTar::new().entry(&header, b"x").unfinished()
}

fn deep_json() -> Vec<Case> {
    let depth = 1_000_000;
    let image = image();
    let closed = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let open = "{\"a\":".repeat(depth);
    let with_manifest = |manifest: &str| {
        let mut tar = HostileTar::new().file(image.config_digest().as_str(), &image.config);
        for layer in &image.layers {
            tar = tar.file(&crate::image::layer_name(&layer.digest), &layer.blob);
        }
        bundle_with_images(&tar.file("manifest.json", manifest.as_bytes()).finish())
    };
    let inside = manifest(&image).replace("[{", &format!("[{{\"x\":{closed},"));
    let mut deep_config = image.clone();
    let text = String::from_utf8(image.config.clone()).expect("JSON is UTF-8");
    deep_config.config = text.replacen('{', &format!("{{\"x\":{closed},"), 1).into_bytes();
    let rejected = |name: &str, bytes| Case::new("B1", name, Expected::Rejected, bytes);
    vec![
        rejected("json-deep-manifest", with_manifest(&closed)),
        rejected("json-deep-manifest-open", with_manifest(&open)),
        Case::new("B1", "json-deep-in-manifest", Expected::Bounded, with_manifest(&inside)),
        Case::new(
            "B1",
            "json-deep-in-config",
            Expected::Bounded,
            bundle_with_images(&crate::images_tar(&[deep_config])),
        ),
    ]
}

fn yaml() -> Vec<Case> {
    let depth = 100_000;
    let flow = format!("x: {}{}\n", "[".repeat(depth), "]".repeat(depth));
    let open = format!("x: {}\n", "{a: ".repeat(depth));
    let sequence = format!("x:\n{}1\n", "- ".repeat(depth));
    let block: String = (0..2000).map(|level| " ".repeat(level) + "a:\n").collect();
    let with_values = |text: &str| format!("{}{text}", super::builder::VALUES_YAML);
    let mut cases = Vec::new();
    for (what, text) in [
        ("flow", &flow),
        ("open", &open),
        ("sequence", &sequence),
        ("block", &block),
        ("aliases", &aliases()),
    ] {
        let expected = if what == "open" { Expected::Rejected } else { Expected::Bounded };
        let values = bundle_with_chart_file("values.yaml", &with_values(text));
        cases.push(Case::new("B1", format!("yaml-{what}-in-values"), expected, values));
        let chart = format!("{}{text}", super::builder::CHART_YAML);
        let chart = bundle_with_chart_file("Chart.yaml", &chart);
        cases.push(Case::new("B1", format!("yaml-{what}-in-chart-yaml"), expected, chart));
    }
    let hints = bundle(aliases().as_bytes(), &[], &chart_files(), &images());
    cases.push(Case::new("B1", "yaml-aliases-in-hints", Expected::Rejected, hints));
    cases
}

/// Nine levels of nine references: 387 million strings.
fn aliases() -> String {
    let mut text = String::from("l0: &l0 \"lol\"\n");
    for level in 1..=9 {
        let below = vec![format!("*l{}", level - 1); 9].join(", ");
        writeln!(text, "l{level}: &l{level} [{below}]").expect("a string takes everything");
    }
    text
}
