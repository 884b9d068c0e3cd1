//! Forms as `multipart/form-data` carries them (RFC 7578), as far as a chart upload needs them.

use bytes::Bytes;

/// A form with the two files of a chart upload; other fields are left out.
#[derive(Debug, Default)]
pub(super) struct Form {
    pub(super) chart: Option<Bytes>,
    pub(super) provenance: Option<Bytes>,
}

const MAX_PARTS: usize = 16;
const MAX_PART_HEAD: usize = 8 << 10;

/// The boundary in a `Content-Type`. `None` when the type is another one.
pub(super) fn boundary(content_type: &str) -> Option<&str> {
    let (kind, parameters) = content_type.split_once(';')?;
    let is_form = kind.trim().eq_ignore_ascii_case("multipart/form-data");
    is_form.then(|| parameter(parameters, "boundary")).flatten()
}

impl Form {
    /// Takes a whole body apart, without copying it.
    pub(super) fn parse(body: &Bytes, boundary: &str) -> Result<Self, &'static str> {
        if boundary.is_empty() || boundary.len() > 70 {
            return Err("the form's boundary must have 1 to 70 characters");
        }
        let delimiter = format!("\r\n--{boundary}");
        // The first delimiter may stand at the very beginning, without a line break before it.
        let mut at = if body.starts_with(&delimiter.as_bytes()[2..]) {
            delimiter.len() - 2
        } else {
            find(body, delimiter.as_bytes()).ok_or("the form has no parts")? + delimiter.len()
        };
        let mut form = Self::default();
        for _ in 0..MAX_PARTS {
            if body[at..].starts_with(b"--") {
                return Ok(form);
            }
            let head = at + find(&body[at..], b"\r\n").ok_or("the form is cut off")?;
            let window = &body[head..body.len().min(head + MAX_PART_HEAD)];
            let content =
                head + find(window, b"\r\n\r\n").ok_or("a part of the form has no head")? + 4;
            let end = content
                + find(&body[content..], delimiter.as_bytes()).ok_or("the form is cut off")?;
            form.add(&body[head..content], body.slice(content..end))?;
            at = end + delimiter.len();
        }
        Err("the form has too many parts")
    }

    fn add(&mut self, head: &[u8], content: Bytes) -> Result<(), &'static str> {
        let head = String::from_utf8_lossy(head);
        let field = match field_name(&head) {
            Some("chart") => &mut self.chart,
            Some("prov") => &mut self.provenance,
            _ => return Ok(()),
        };
        if field.replace(content).is_some() {
            return Err("the form has a field twice");
        }
        Ok(())
    }
}

fn field_name(head: &str) -> Option<&str> {
    head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_disposition = name.trim().eq_ignore_ascii_case("content-disposition");
        let (_, parameters) = value.split_once(';').filter(|_| is_disposition)?;
        parameter(parameters, "name")
    })
}

/// The value of a parameter. A quoted value may hold semicolons.
fn parameter<'a>(mut parameters: &'a str, wanted: &str) -> Option<&'a str> {
    loop {
        let (name, rest) = parameters.split_once('=')?;
        let (value, rest) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let end = closing_quote(quoted)?;
                (&quoted[..end], quoted[end + 1..].trim_start().trim_start_matches(';'))
            }
            None => {
                rest.split_once(';').map_or((rest.trim(), ""), |(value, rest)| (value.trim(), rest))
            }
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        parameters = rest;
    }
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut is_escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let closes = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        closes.then_some(at)
    })
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let (first, rest) = needle.split_first()?;
    let mut from = 0;
    loop {
        let at = from + haystack.get(from..)?.iter().position(|b| b == first)?;
        if haystack[at + 1..].starts_with(rest) {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Form, &'static str> {
        Form::parse(&Bytes::copy_from_slice(text.as_bytes()), "b")
    }

    #[test]
    fn reads_the_boundary() {
        for (header, found) in [
            ("multipart/form-data; boundary=abc", Some("abc")),
            ("Multipart/Form-Data; charset=utf-8; boundary=\"a;b\"", Some("a;b")),
            ("multipart/form-data", None),
            ("multipart/mixed; boundary=abc", None),
            ("application/gzip", None),
        ] {
            assert_eq!(boundary(header), found, "{header}");
        }
    }

    #[test]
    fn finds_both_files_byte_for_byte() {
        let form = parse(
            "preamble\r\n--b\r\nContent-Disposition: form-data; filename=\"name=;chart.tgz\"; name=\"chart\"\r\n\
             Content-Type: application/gzip\r\n\r\n\r\n-b\r\n--\r\n--b  \r\ncontent-disposition: form-data; name=prov\r\n\r\n\
             signed\r\n--b\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--b--\r\nepilogue",
        )
        .unwrap();
        assert_eq!(form.chart.unwrap(), "\r\n-b\r\n--");
        assert_eq!(form.provenance.unwrap(), "signed");
        let empty = parse("--b\r\nContent-Disposition: form-data; name=\"chart\"\r\n\r\n\r\n--b--")
            .unwrap();
        assert_eq!(empty.chart.unwrap(), "");
    }

    #[test]
    fn refuses_what_is_broken_or_too_much() {
        let part = "Content-Disposition: form-data; name=\"chart\"\r\n\r\nx\r\n--b";
        for text in [
            "",
            "--b",
            "--b\r\n",
            "no parts",
            "--b\r\nContent-Disposition: form-data; name=\"chart\"\r\n\r\ncut off",
            &format!("--b\r\n{part}\r\n{part}--"),
            &format!("--b\r\nX: {}\r\n\r\nx\r\n--b--", "y".repeat(10_000)),
            &format!("--b{}", "\r\nX: y\r\n\r\nx\r\n--b".repeat(40)),
        ] {
            assert!(parse(text).is_err(), "{text:.60}");
        }
        assert!(Form::parse(&Bytes::from_static(b"--"), "").is_err());
    }
}
