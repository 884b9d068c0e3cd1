//! Why a chart cannot be loaded, in helm's words.

use std::io;
use std::path::Path;

use helm::{ChartError, Limit, MetadataError};

/// Go's words for an error of the operating system.
pub(crate) fn go_error(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "is a directory".to_owned(),
        io::ErrorKind::NotADirectory => "not a directory".to_owned(),
        io::ErrorKind::AlreadyExists => "file exists".to_owned(),
        io::ErrorKind::StorageFull => "no space left on device".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "read-only file system".to_owned(),
        _ => {
            let text = error.to_string();
            let text = text.split(" (os error").next().unwrap_or(&text);
            text.to_lowercase()
        }
    }
}

/// helm's line for a chart that cannot be loaded from a directory or an archive.
pub(crate) fn load_line(error: &ChartError, path: &Path, is_directory: bool) -> String {
    match error {
        ChartError::MissingChartYaml if is_directory => {
            let file = path.join("Chart.yaml");
            let file = file.display();
            format!("unable to detect chart at {file}: open {file}: no such file or directory")
        }
        ChartError::MissingChartYaml => {
            "unable to detect chart version, no Chart.yaml found".to_owned()
        }
        ChartError::Irregular { path: name } if is_directory => {
            let file = path.join(name);
            let file = file.display();
            format!("cannot load irregular file {file} as it has file mode type bits set")
        }
        ChartError::Limit(Limit::ArchiveBytes(bytes)) if is_directory => {
            format!("chart exceeds maximum decompressed size of {bytes} bytes")
        }
        ChartError::Io { path: name, source } => {
            format!("open {}: {}", path.join(name).display(), go_error(source))
        }
        other => archive_line(other, is_directory),
    }
}

/// helm's line where it does not depend on the path.
pub(crate) fn archive_line(error: &ChartError, is_directory: bool) -> String {
    match error {
        ChartError::MissingChartYaml => "Chart.yaml file is missing".to_owned(),
        ChartError::Ignore { reason, .. } => (*reason).to_owned(),
        ChartError::Yaml { file, source } => {
            format!(
                "cannot load {file}: error converting YAML to JSON: {}",
                yaml_line(source.line, &source.reason)
            )
        }
        ChartError::Field { file, field, expected, found } => {
            format!("cannot load {file}: {}", field_line(field, expected, found))
        }
        ChartError::Metadata(error) => metadata_line(error),
        ChartError::Subchart { directory, parent, source } => {
            let directory = directory.strip_prefix("charts/").unwrap_or(directory);
            let reason = archive_line(source, is_directory);
            format!("error unpacking subchart {directory} in {parent}: {reason}")
        }
        // helm hides what is wrong inside an archive.
        _ if !is_directory => "unable to load chart archive".to_owned(),
        other => other.to_string(),
    }
}

/// How Go's library counts: it leaves the first line out.
fn yaml_line(line: usize, reason: &str) -> String {
    match line {
        0 | 1 => format!("yaml: {reason}"),
        line => format!("yaml: line {line}: {reason}"),
    }
}

/// What Go's JSON decoder says of a field of another type.
fn field_line(field: &str, expected: &str, found: &str) -> String {
    const HEAD: &str = "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal";
    let found = match found {
        "a map" => "object",
        "a list" => "array",
        "a boolean" | "a bool" => "bool",
        "a number" | "an integer" | "a float" => "number",
        _ => "string",
    };
    if field.is_empty() {
        return format!("{HEAD} {found} into Go value of type loader.chartBase");
    }
    let path = field.replace('[', ".").replace(']', "");
    let last = path.rsplit('.').next().unwrap_or_default();
    let is_item = last.bytes().all(|byte| byte.is_ascii_digit());
    let name = field.split('[').next().unwrap_or_default();
    let kind = match (expected, name) {
        ("a map", "maintainers") => "v2.Maintainer",
        ("a map", "dependencies") => "v2.Dependency",
        ("a map", _) => "map[string]string",
        ("a list", "maintainers") => "[]*v2.Maintainer",
        ("a list", _) if field == "dependencies" => "[]*v2.Dependency",
        ("a list", _) if last == "import-values" => "[]interface {}",
        ("a list", _) => "[]string",
        ("a text", _) => "string",
        _ => "bool",
    };
    let place = if is_item { "" } else { "Go struct field " };
    format!("{HEAD} {found} into {place}.{path} of type {kind}")
}

fn metadata_line(error: &MetadataError) -> String {
    let reason = match error {
        MetadataError::ApiVersion(version) if version == "v3" => {
            return "invalid chart apiVersion".to_owned();
        }
        MetadataError::ApiVersion(_) => return "unsupported chart version".to_owned(),
        MetadataError::NameMissing => "chart.metadata.name is required".to_owned(),
        MetadataError::Name(name) if matches!(name.as_str(), "." | "..") => {
            format!("chart.metadata.name \"{name}\" is not allowed")
        }
        MetadataError::Name(name) => format!("chart.metadata.name \"{name}\" is invalid"),
        MetadataError::VersionMissing => "chart.metadata.version is required".to_owned(),
        MetadataError::Version(version) => {
            format!("chart.metadata.version \"{version}\" is invalid")
        }
        MetadataError::Type(_) => "chart.metadata.type must be application or library".to_owned(),
        MetadataError::EmptyMaintainer => {
            "maintainers must not contain empty or null nodes".to_owned()
        }
        MetadataError::EmptyDependency => {
            "dependencies must not contain empty or null nodes".to_owned()
        }
        MetadataError::Alias(name) => {
            format!("dependency \"{name}\" has disallowed characters in the alias")
        }
        MetadataError::DuplicateDependency(name) => {
            format!("more than one dependency with name or alias \"{name}\"")
        }
        other => other.to_string(),
    };
    format!("validation: {reason}")
}

/// helm's line for a file that is not compressed with gzip.
pub(crate) fn not_gzip_line(path: &Path, head: &[u8]) -> String {
    let is_yaml = path.extension().is_some_and(|end| end == "yml" || end == "yaml");
    let path = path.display();
    if is_yaml {
        return format!("file '{path}' seems to be a YAML file, but expected a gzipped archive");
    }
    let kind = sniffed(head);
    format!("file '{path}' does not appear to be a gzipped archive; got '{kind}'")
}

/// The kind of content by its first 512 bytes, of which helm takes those that are not there to be zero.
fn sniffed(head: &[u8]) -> &'static str {
    let text = head.trim_ascii_start().to_ascii_lowercase();
    let is_html = ["<!doctype html", "<html", "<head", "<script", "<body"];
    if is_html.iter().any(|mark| {
        text.strip_prefix(mark.as_bytes())
            .is_some_and(|rest| rest.first().is_some_and(|next| matches!(next, b' ' | b'>')))
    }) {
        return "text/html; charset=utf-8";
    }
    if text.starts_with(b"<?xml") {
        return "text/xml; charset=utf-8";
    }
    for (mark, kind) in [
        (&b"PK\x03\x04"[..], "application/zip"),
        (b"%PDF-", "application/pdf"),
        (b"Rar!\x1a\x07", "application/x-rar-compressed"),
    ] {
        if head.starts_with(mark) {
            return kind;
        }
    }
    let is_binary = |byte: &u8| matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f);
    if head.len() < 512 || head.iter().any(is_binary) {
        "application/octet-stream"
    } else {
        "text/plain; charset=utf-8"
    }
}

#[cfg(test)]
mod tests {
    use helm::{Chart, File};

    use super::*;

    fn refused(chart_yaml: &str) -> String {
        let chart = Chart::from_files(vec![File::new("Chart.yaml", chart_yaml.to_owned())]);
        load_line(&chart.unwrap_err(), Path::new("/c"), true)
    }

    /// helm 4.3.1's own lines.
    #[test]
    fn what_is_wrong_with_a_chart_is_said_in_helms_words() {
        const FIELD: &str = "cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ";
        for (lines, expected) in [
            ("name: [a]", "array into Go struct field .name of type string"),
            (
                "annotations: x",
                "string into Go struct field .annotations of type map[string]string",
            ),
            (
                "annotations: {a: {b: c}}",
                "object into Go struct field .annotations.a of type string",
            ),
            ("maintainers: x", "string into Go struct field .maintainers of type []*v2.Maintainer"),
            ("maintainers: [x]", "string into .maintainers.0 of type v2.Maintainer"),
            (
                "maintainers: [{name: [a]}]",
                "array into Go struct field .maintainers.0.name of type string",
            ),
            (
                "dependencies: [{name: b, tags: x}]",
                "string into Go struct field .dependencies.0.tags of type []string",
            ),
            ("deprecated: x", "string into Go struct field .deprecated of type bool"),
            ("keywords: [[a]]", "array into .keywords.0 of type string"),
        ] {
            let chart_yaml = format!("apiVersion: v2\nversion: 1.0.0\n{lines}\n");
            assert_eq!(refused(&chart_yaml), format!("{FIELD}{expected}"));
        }
        for (lines, expected) in [
            ("version: 1", "chart.metadata.name is required"),
            ("name: a", "chart.metadata.version is required"),
            ("name: a\nversion: x", "chart.metadata.version \"x\" is invalid"),
            ("name: a/b\nversion: 1", "chart.metadata.name \"a/b\" is invalid"),
            ("name: .\nversion: 1", "chart.metadata.name \".\" is not allowed"),
            (
                "name: a\nversion: 1\ntype: foo",
                "chart.metadata.type must be application or library",
            ),
            (
                "name: a\nversion: 1\nmaintainers: [null]",
                "maintainers must not contain empty or null nodes",
            ),
            (
                "name: a\nversion: 1\ndependencies: [{name: b}, {name: b}]",
                "more than one dependency with name or alias \"b\"",
            ),
        ] {
            assert_eq!(refused(lines), format!("validation: {expected}"));
        }
        assert_eq!(refused("apiVersion: v3\nname: a\nversion: 1"), "invalid chart apiVersion");
        assert_eq!(refused("apiVersion: v9\nname: a\nversion: 1"), "unsupported chart version");
    }

    #[test]
    fn what_is_no_archive_is_named_by_its_content() {
        let line = |head: &[u8]| not_gzip_line(Path::new("/x.tgz"), head);
        assert!(line(b"x\n").ends_with("got 'application/octet-stream'"));
        assert!(line(b"<!DOCTYPE html>\n").ends_with("got 'text/html; charset=utf-8'"));
        assert!(line(&[b'a'; 512]).ends_with("got 'text/plain; charset=utf-8'"));
        assert!(not_gzip_line(Path::new("a.yaml"), b"a: 1").contains("seems to be a YAML file"));
    }
}
