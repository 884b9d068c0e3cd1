//! Paths with slashes, cleaned lexically as Go's `path` does.

use gotemplate::{Function, Type, Value};

use crate::argument::Arguments;
use crate::inventory::functions;

const STRING: Type = Type::String;

pub(crate) fn functions<H>() -> Vec<Function<H>> {
    functions! {
        "base" (STRING) = |args| Ok(Value::string(base(args.text(0))));
        "osBase" (STRING) = |args| Ok(Value::string(base(args.text(0))));
        "dir" (STRING) = |args| Ok(Value::string(dir(args.text(0))));
        "osDir" (STRING) = |args| Ok(Value::string(dir(args.text(0))));
        "clean" (STRING) = |args| Ok(Value::string(clean(args.text(0))));
        "osClean" (STRING) = |args| Ok(Value::string(clean(args.text(0))));
        "ext" (STRING) = |args| Ok(Value::string(ext(args.text(0))));
        "osExt" (STRING) = |args| Ok(Value::string(ext(args.text(0))));
        "isAbs" (STRING) = |args| Ok(args.text(0).starts_with(b"/").into());
        "osIsAbs" (STRING) = |args| Ok(args.text(0).starts_with(b"/").into());
    }
}

fn base(path: &[u8]) -> &[u8] {
    if path.is_empty() {
        return b".";
    }
    let end = path.iter().rposition(|byte| *byte != b'/').map_or(0, |at| at + 1);
    let path = &path[..end];
    let name = path.iter().rposition(|byte| *byte == b'/').map_or(path, |at| &path[at + 1..]);
    if name.is_empty() { b"/" } else { name }
}

fn dir(path: &[u8]) -> Vec<u8> {
    let end = path.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
    clean(&path[..end])
}

fn ext(path: &[u8]) -> &[u8] {
    let name = path.iter().rposition(|byte| *byte == b'/').map_or(path, |at| &path[at + 1..]);
    name.iter().rposition(|byte| *byte == b'.').map_or(b"", |at| &name[at..])
}

/// The shortest path that means the same.
fn clean(path: &[u8]) -> Vec<u8> {
    let is_rooted = path.starts_with(b"/");
    let mut kept: Vec<&[u8]> = Vec::new();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." if kept.last().is_some_and(|last| *last != b"..") => {
                kept.pop();
            }
            b".." if is_rooted => {}
            part => kept.push(part),
        }
    }
    let cleaned = kept.join(&b'/');
    match (is_rooted, cleaned.is_empty()) {
        (true, _) => [b"/", cleaned.as_slice()].concat(),
        (false, true) => b".".to_vec(),
        (false, false) => cleaned,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned() {
        for (path, cleaned) in [
            ("", "."),
            ("a//b/../c", "a/c"),
            ("/../a/", "/a"),
            ("../../a/..", "../.."),
            ("./.", "."),
            ("/", "/"),
            ("a/../..", ".."),
        ] {
            assert_eq!(clean(path.as_bytes()), cleaned.as_bytes(), "{path}");
        }
        assert_eq!((base(b"a/b//"), base(b"///"), base(b"")), (&b"b"[..], &b"/"[..], &b"."[..]));
        assert_eq!(
            (dir(b"a/b/c"), dir(b"/a"), dir(b"a")),
            (b"a/b".to_vec(), b"/".to_vec(), b".".to_vec())
        );
        assert_eq!(
            (ext(b"a.b/c"), ext(b"x.tar.gz"), ext(b".a")),
            (&b""[..], &b".gz"[..], &b".a"[..])
        );
    }
}
