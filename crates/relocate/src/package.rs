//! Packing a chart: the same chart gives the same bytes.

use std::io::Write;

use flate2::{Compression, GzBuilder};
use helm::Chart;
use tar::{Builder, EntryType, Header};

use crate::RelocateError;

/// The level of the compression. Part of the bytes, so it never depends on anything.
const LEVEL: u32 = 6;
/// gzip's "unknown", so that the bytes do not tell where they were made.
const UNKNOWN_SYSTEM: u8 = 255;

/// Packs a chart as `helm package` lays it out: a gzipped tar of `<name>/…`, from which helm loads it.
///
/// The files are sorted by path, their bytes are those of the chart, and every header has mode 0644, owner 0 and time
/// 0; the gzip header has no time, no name and no system. A subchart that was packed inside is packed again by the same
/// rules, one in a directory stays in a directory. A byte order mark that the loader took off stays off.
pub fn package(chart: &Chart) -> Result<Vec<u8>, RelocateError> {
    let mut files = Vec::new();
    collect(chart, chart.name(), &mut files)?;
    files.sort();
    pack(&files).map_err(|error| RelocateError::Package(error.to_string()))
}

fn collect(
    chart: &Chart,
    directory: &str,
    files: &mut Vec<(String, Vec<u8>)>,
) -> Result<(), RelocateError> {
    for file in &chart.files {
        files.push((format!("{directory}/{}", file.path), file.data.to_vec()));
    }
    for subchart in &chart.subcharts {
        let below = format!("{directory}/{}", subchart.directory);
        let is_packed = subchart.directory.rsplit_once('.').is_some_and(|(_, end)| end == "tgz");
        if is_packed {
            files.push((below, package(&subchart.chart)?));
        } else {
            collect(&subchart.chart, &below, files)?;
        }
    }
    Ok(())
}

fn pack(files: &[(String, Vec<u8>)]) -> std::io::Result<Vec<u8>> {
    let gzip = GzBuilder::new()
        .mtime(0)
        .operating_system(UNKNOWN_SYSTEM)
        .write(Vec::new(), Compression::new(LEVEL));
    let mut tar = Builder::new(gzip);
    for (path, data) in files {
        let mut header = Header::new_ustar();
        header.set_entry_type(EntryType::Regular);
        header.set_mode(0o644);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(data.len() as u64);
        tar.append_data(&mut header, path, &data[..])?;
    }
    let mut gzip = tar.into_inner()?;
    gzip.flush()?;
    gzip.finish()
}
