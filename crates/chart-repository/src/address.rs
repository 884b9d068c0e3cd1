//! Addresses of chart repositories.

use registry_client::{Credential, Secret, Url};

use crate::Error;

/// What a chart repository is, in the words of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Harbor: its own chart repository, or its registry where it has none any more.
    Harbor,
    /// ChartMuseum.
    ChartMuseum,
    /// A registry.
    Oci,
    /// Artifactory.
    JFrog,
    /// A directory.
    Local,
    /// Any `index.yaml`, to read from.
    Helm,
}

impl Kind {
    /// The word in the configuration.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Harbor => "HARBOR",
            Self::ChartMuseum => "CHARTMUSEUM",
            Self::Oci => "OCI",
            Self::JFrog => "JFROG",
            Self::Local => "LOCAL",
            Self::Helm => "HELM",
        }
    }
}

/// An `http` or `https` URL without user name, query and final slash, and the credentials that stood in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) url: Url,
    pub(crate) credential: Option<Credential>,
}

impl Address {
    pub(crate) fn parse(kind: Kind, text: &str) -> Result<Self, Error> {
        let fail = |reason| invalid(kind, text, reason);
        let mut url: Url = text.trim().parse().map_err(|_| fail("it is not a URL"))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(fail("it must start with http:// or https://"));
        }
        if !url.has_host() {
            return Err(fail("it has no host"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(fail("it may have no query"));
        }
        let credential = match url.password() {
            Some(password) if !url.username().is_empty() => {
                Some(Credential::basic(decode(url.username()), Secret::from(decode(password))))
            }
            None if url.username().is_empty() => None,
            _ => return Err(fail("it needs a user name and a password, or neither")),
        };
        // Neither can fail: the URL has a host.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self { url, credential })
    }
}

/// The same URL with further path segments, escaped as needed.
pub(crate) fn below(url: &Url, segments: &[&str]) -> Url {
    let mut url = url.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

/// The same host with another path.
pub(crate) fn with_path(url: &Url, path: &str) -> Url {
    let mut url = url.clone();
    url.set_path(path);
    url
}

/// `host` or `host:port`, as in a reference.
pub(crate) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// The URL for people and for helm: no slash at the end.
pub(crate) fn shown(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

pub(crate) fn invalid(kind: Kind, text: &str, reason: &'static str) -> Error {
    Error::Address { kind: kind.as_str(), address: without_credentials(text), reason }
}

/// A text that may be a URL, without what stands before `@` in its authority.
fn without_credentials(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").map_or(("", text), |(s, rest)| (s, rest));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let separator = if scheme.is_empty() { "" } else { "://" };
    let tail = tail.split(['?', '#']).next().unwrap_or_default();
    format!("{scheme}{separator}{host}{tail}").chars().take(200).collect()
}

/// Undoes percent encoding.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let pair = text.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        if let Some(byte) = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            decoded.push(byte);
            at += 3;
        } else {
            decoded.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_leave_the_url() {
        let address =
            Address::parse(Kind::ChartMuseum, "http://me:p%40ss@h:8080/org/repo/").unwrap();
        assert_eq!(address.url.as_str(), "http://h:8080/org/repo");
        assert_eq!(address.credential, Some(Credential::basic("me", Secret::from("p@ss"))));
        assert_eq!(authority(&address.url), "h:8080");
        let plain = Address::parse(Kind::ChartMuseum, "https://h").unwrap();
        assert_eq!((shown(&plain.url).as_str(), plain.credential), ("https://h", None));
    }

    #[test]
    fn a_refused_address_does_not_show_its_password() {
        for text in
            ["ftp://me:canary@h/x", "me:canary@h", "http://canary@h/x?token=canary", "http://"]
        {
            let error = Address::parse(Kind::JFrog, text).unwrap_err();
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }

    #[test]
    fn segments_are_escaped() {
        let url: Url = "http://h/a/".parse().unwrap();
        assert_eq!(below(&url, &["b c", "d/e", "1+2"]).as_str(), "http://h/a/b%20c/d%2Fe/1+2");
        let root: Url = "http://h".parse().unwrap();
        assert_eq!(below(&root, &["index.yaml"]).as_str(), "http://h/index.yaml");
    }
}
