//! `urlParse` and `urlJoin` with the rules of Go's `net/url`.

mod escape;
mod parse;

use gotemplate::{Failure, Function, Map, Type, Value};

use crate::argument::Arguments;
use crate::inventory::functions;
use escape::{Part, escape};
use parse::{Url, UserInfo};

pub(crate) fn functions<H>() -> Vec<Function<H>> {
    functions! {
        "urlParse" (Type::String) = to_dict;
        "urlJoin" (Type::ANY_MAP) = join;
    }
}

fn to_dict(args: &[Value]) -> Result<Value, Failure> {
    let url =
        parse::parse(args.text(0)).map_err(|error| format!("unable to parse url: {error}"))?;
    let user = url.user.as_ref().map_or_else(Vec::new, UserInfo::escaped);
    let hostname = url.hostname().to_vec();
    let entries = [
        ("scheme", url.scheme),
        ("host", url.host),
        ("hostname", hostname),
        ("path", url.path),
        ("query", url.query),
        ("opaque", url.opaque),
        ("fragment", url.fragment),
        ("userinfo", user),
    ];
    Ok(entries.into_iter().map(|(key, value)| (key, Value::string(value))).collect::<Map>().into())
}

fn join(args: &[Value]) -> Result<Value, Failure> {
    let dict = args.map(0);
    let text = |key: &str| match dict.get(key) {
        None => Ok(Vec::new()),
        Some(Value::String(text)) => Ok(text.to_vec()),
        Some(Value::Nil) => {
            Err(Failure::new("runtime error: invalid memory address or nil pointer dereference"))
        }
        Some(other) => Err(Failure::new(format!(
            "unable to parse {key} key, must be of type string, but {} found",
            other.kind()
        ))),
    };
    let mut url = Url {
        scheme: text("scheme")?,
        host: text("host")?,
        path: text("path")?,
        query: text("query")?,
        opaque: text("opaque")?,
        fragment: text("fragment")?,
        user: None,
    };
    let user = text("userinfo")?;
    if !user.is_empty() {
        // Read as a part of a URL, and that is what an error shows.
        let probe = [b"proto://", user.as_slice(), b"@host"].concat();
        let parsed = parse::parse(&probe)
            .map_err(|error| format!("unable to parse userinfo in dict: {error}"))?;
        url.user = parsed.user;
    }
    Ok(Value::string(write(&url)))
}

fn write(url: &Url) -> Vec<u8> {
    let mut out = Vec::new();
    if !url.scheme.is_empty() {
        out.extend_from_slice(&url.scheme);
        out.push(b':');
    }
    if url.opaque.is_empty() {
        write_hierarchy(url, &mut out);
    } else {
        out.extend_from_slice(&url.opaque);
    }
    if !url.query.is_empty() {
        out.push(b'?');
        out.extend_from_slice(&url.query);
    }
    if !url.fragment.is_empty() {
        out.push(b'#');
        out.extend(escape(&url.fragment, Part::Fragment));
    }
    out
}

fn write_hierarchy(url: &Url, out: &mut Vec<u8>) {
    let has_authority = !url.host.is_empty() || url.user.is_some();
    if has_authority || !url.scheme.is_empty() && !url.path.is_empty() {
        out.extend_from_slice(b"//");
    }
    if let Some(user) = &url.user {
        out.extend(user.escaped());
        out.push(b'@');
    }
    out.extend(escape(&url.host, Part::Host));
    let path = if url.path == b"*" { url.path.clone() } else { escape(&url.path, Part::Path) };
    if !url.host.is_empty() && path.first().is_some_and(|byte| *byte != b'/') {
        out.push(b'/');
    }
    // A colon in the first segment of a path alone would make a scheme of what is before it.
    let first = path.split(|byte| *byte == b'/').next().unwrap_or_default();
    if out.is_empty() && first.contains(&b':') {
        out.extend_from_slice(b"./");
    }
    out.extend(path);
}
