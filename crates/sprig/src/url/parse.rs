//! Taking URLs apart.

use super::escape::{Part, escape, unescape};
use crate::format::quote;

/// A URL in parts, without escapes but for query and opaque part.
#[derive(Default)]
pub(super) struct Url {
    pub(super) scheme: Vec<u8>,
    pub(super) opaque: Vec<u8>,
    pub(super) user: Option<UserInfo>,
    pub(super) host: Vec<u8>,
    pub(super) path: Vec<u8>,
    pub(super) query: Vec<u8>,
    pub(super) fragment: Vec<u8>,
}

pub(super) struct UserInfo {
    name: Vec<u8>,
    password: Option<Vec<u8>>,
}

impl UserInfo {
    pub(super) fn escaped(&self) -> Vec<u8> {
        let mut out = escape(&self.name, Part::User);
        if let Some(password) = &self.password {
            out.push(b':');
            out.extend(escape(password, Part::User));
        }
        out
    }
}

impl Url {
    /// The host without port and brackets.
    pub(super) fn hostname(&self) -> &[u8] {
        let colon = self.host.iter().rposition(|byte| *byte == b':');
        let end = colon.filter(|colon| is_port(&self.host[*colon..])).unwrap_or(self.host.len());
        let host = &self.host[..end];
        host.strip_prefix(b"[").and_then(|host| host.strip_suffix(b"]")).unwrap_or(host)
    }
}

/// Parses a reference; the error is Go's: `parse "TEXT": REASON`.
pub(super) fn parse(text: &[u8]) -> Result<Url, String> {
    let (before, fragment) = cut(text, b"#").unwrap_or((text, b""));
    let in_text = |text: &[u8], reason: String| format!("parse {}: {reason}", quote(text));
    let mut url = parse_before_fragment(before).map_err(|reason| in_text(before, reason))?;
    url.fragment = unescape(fragment, Part::Fragment).map_err(|reason| in_text(text, reason))?;
    Ok(url)
}

fn cut<'a>(text: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let place = text.windows(at.len()).position(|window| window == at)?;
    Some((&text[..place], &text[place + at.len()..]))
}

fn parse_before_fragment(text: &[u8]) -> Result<Url, String> {
    if text.iter().any(|byte| *byte < b' ' || *byte == 0x7f) {
        return Err("net/url: invalid control character in URL".to_owned());
    }
    let mut url = Url::default();
    if text == b"*" {
        url.path = text.to_vec();
        return Ok(url);
    }
    let (scheme, rest) = split_scheme(text)?;
    url.scheme = scheme.to_ascii_lowercase();
    let (rest, query) = cut(rest, b"?").unwrap_or((rest, b""));
    url.query = query.to_vec();
    if !rest.starts_with(b"/") {
        if !scheme.is_empty() {
            url.opaque = rest.to_vec();
            return Ok(url);
        }
        let first = cut(rest, b"/").map_or(rest, |(first, _)| first);
        if first.contains(&b':') {
            return Err("first path segment in URL cannot contain colon".to_owned());
        }
    }
    let mut path = rest;
    if let Some(authority) = rest.strip_prefix(b"//")
        && (!scheme.is_empty() || !authority.starts_with(b"/"))
    {
        let end = authority.iter().position(|byte| *byte == b'/').unwrap_or(authority.len());
        (url.user, url.host) = parse_authority(&url.scheme, &authority[..end])?;
        path = &authority[end..];
    }
    url.path = unescape(path, Part::Path)?;
    Ok(url)
}

/// Scheme and what follows its colon; no scheme where the text begins with something else.
fn split_scheme(text: &[u8]) -> Result<(&[u8], &[u8]), String> {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    let end = text.iter().position(|byte| !is_inner(*byte)).unwrap_or(text.len());
    match text.get(end) {
        Some(b':') if end == 0 => Err("missing protocol scheme".to_owned()),
        Some(b':') if text[0].is_ascii_alphabetic() => Ok((&text[..end], &text[end + 1..])),
        _ => Ok((b"", text)),
    }
}

fn parse_authority(scheme: &[u8], text: &[u8]) -> Result<(Option<UserInfo>, Vec<u8>), String> {
    let Some(at) = text.iter().rposition(|byte| *byte == b'@') else {
        return Ok((None, parse_host(scheme, text)?));
    };
    let host = parse_host(scheme, &text[at + 1..])?;
    let user = &text[..at];
    let is_valid = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(byte);
    if !user.iter().all(is_valid) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    let (name, password) =
        cut(user, b":").map_or((user, None), |(name, password)| (name, Some(password)));
    let name = unescape(name, Part::User)?;
    let password = password.map(|password| unescape(password, Part::User)).transpose()?;
    Ok((Some(UserInfo { name, password }), host))
}

fn parse_host(scheme: &[u8], host: &[u8]) -> Result<Vec<u8>, String> {
    let check_port = |port: &[u8]| {
        if is_port(port) { Ok(()) } else { Err(format!("invalid port {} after host", quote(port))) }
    };
    match host.iter().rposition(|byte| *byte == b'[') {
        Some(0) => {}
        Some(_) => return Err("invalid IP-literal".to_owned()),
        None => {
            // Go is strict about colons where it knows the scheme.
            let mut bytes = host.iter();
            let is_strict = matches!(scheme, b"http" | b"https");
            let is_colon = |byte: &u8| *byte == b':';
            let colon =
                if is_strict { bytes.position(is_colon) } else { bytes.rposition(is_colon) };
            if let Some(colon) = colon {
                check_port(&host[colon..])?;
            }
            return unescape(host, Part::Host);
        }
    }
    let Some(end) = host.iter().rposition(|byte| *byte == b']') else {
        return Err("missing ']' in host".to_owned());
    };
    check_port(&host[end + 1..])?;
    let zone = cut(&host[..end], b"%25").map_or(end, |(before, _)| before.len());
    let address = unescape(&host[..zone], Part::Host)?;
    let zone = unescape(&host[zone..end], Part::Zone)?;
    check_address(&address[1..])?;
    Ok([address, zone, unescape(&host[end..], Part::Host)?].concat())
}

fn check_address(address: &[u8]) -> Result<(), String> {
    let is_address =
        str::from_utf8(address).is_ok_and(|text| text.parse::<std::net::Ipv6Addr>().is_ok());
    if is_address {
        Ok(())
    } else {
        Err(format!("invalid host: ParseAddr({}): unable to parse IP", quote(address)))
    }
}

/// Nothing, or a colon and digits.
fn is_port(text: &[u8]) -> bool {
    text.is_empty() || text[0] == b':' && text[1..].iter().all(u8::is_ascii_digit)
}
