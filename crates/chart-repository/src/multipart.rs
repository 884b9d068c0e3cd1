//! `multipart/form-data` with one file, which is how ChartMuseum wants charts.

use bytes::Bytes;
use oci::Digest;

/// A form with one file.
#[derive(Debug)]
pub(crate) struct Form {
    /// The `Content-Type` header.
    pub(crate) content_type: String,
    /// The body in pieces; the file is not copied.
    pub(crate) chunks: Vec<Bytes>,
}

impl Form {
    /// A form whose part `chart` is the file. The boundary is drawn from the file's digest: it cannot occur in the file
    /// by design, and the same file always gives the same request.
    pub(crate) fn chart(file_name: &str, file: &Bytes, digest: &Digest) -> Self {
        let boundary = format!("ferry-{}", &digest.hex()[..40]);
        // Quotes and line breaks would end the header; names were checked, this keeps it true for any name.
        let file_name: String =
            file_name.chars().filter(|c| !c.is_control() && !matches!(c, '"' | '\\')).collect();
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"chart\"; filename=\"{file_name}\"\r\n\
             Content-Type: application/gzip\r\n\r\n"
        );
        let tail = format!("\r\n--{boundary}--\r\n");
        Self {
            content_type: format!("multipart/form-data; boundary={boundary}"),
            chunks: vec![head.into(), file.clone(), tail.into()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_stands_between_two_boundaries() {
        let file = Bytes::from_static(b"\x1f\x8bdata");
        let form = Form::chart("c-1\"\r\n.tgz", &file, &Digest::of(&file));
        let boundary = form.content_type.split_once("boundary=").unwrap().1;
        let body = form.chunks.concat();
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"chart\"; filename=\"c-1.tgz\"\r\n\
             Content-Type: application/gzip\r\n\r\n"
        );
        assert!(body.starts_with(expected.as_bytes()));
        assert_eq!(form.chunks[1], file);
        assert!(body.ends_with(format!("data\r\n--{boundary}--\r\n").as_bytes()));
    }
}
