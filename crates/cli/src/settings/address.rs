//! Addresses as people write them: registries with or without scheme and path, URLs of chart repositories.

use ops::{Reference, Scheme};

use crate::language::Sentence;
use crate::say;

/// A registry, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RegistryAddress {
    /// `host` or `host:port`.
    pub(crate) host: String,
    /// What a URL said.
    pub(crate) scheme: Option<Scheme>,
    /// What stood behind the host, without slashes around it.
    pub(crate) path: Option<String>,
}

/// The URL of a chart repository, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RepoUrl {
    /// `None` for `oci://`, which says nothing about TLS.
    pub(crate) scheme: Option<Scheme>,
    /// Whether it begins with `oci://`.
    pub(crate) is_oci: bool,
    /// `host` or `host:port`.
    pub(crate) host: String,
    /// From the first slash on.
    pub(crate) path: String,
}

impl RegistryAddress {
    /// Reads `host`, `host:port`, `host/path` or a URL of them. The mistake never repeats what could be a password.
    pub(crate) fn parse(text: &str) -> Result<Self, Sentence> {
        let (scheme, rest) = match text.split_once("://") {
            Some(("http", rest)) => (Some(Scheme::Http), rest),
            Some(("https", rest)) => (Some(Scheme::Https), rest),
            Some(("oci" | "docker", rest)) => (None, rest),
            Some((scheme, _)) => {
                let scheme = excerpt(scheme);
                return Err(say!(
                    "`{scheme}` is no scheme of a registry: write HOST or http(s)://HOST",
                    "`{scheme}` 不是镜像仓库的协议：请写 HOST 或 http(s)://HOST"
                ));
            }
            None => (None, text),
        };
        refuse_placeholder(rest)?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path = path.trim_matches('/');
        check_host(host)?;
        Ok(Self {
            host: host.to_owned(),
            scheme,
            path: (!path.is_empty()).then(|| path.to_owned()),
        })
    }
}

impl RepoUrl {
    /// Reads `http://…`, `https://…` or `oci://…`.
    pub(crate) fn parse(text: &str) -> Result<Self, Sentence> {
        let missing = || {
            say!(
                "it has to begin with http://, https:// or oci://",
                "必须以 http://、https:// 或 oci:// 开头"
            )
        };
        let (scheme, rest) = text.split_once("://").ok_or_else(missing)?;
        let (scheme, is_oci) = match scheme {
            "http" => (Some(Scheme::Http), false),
            "https" => (Some(Scheme::Https), false),
            "oci" => (None, true),
            _ => return Err(missing()),
        };
        refuse_placeholder(rest)?;
        let at = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(at);
        check_host(host)?;
        Ok(Self { scheme, is_oci, host: host.to_owned(), path: path.to_owned() })
    }

    /// Whether both mean the same port of the same host. A host without a port means the scheme's.
    pub(crate) fn is_at(&self, host: &str) -> bool {
        let full = |host: &str| -> String {
            let host = host.to_ascii_lowercase();
            let has_port = host.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
            match self.scheme {
                Some(Scheme::Http) if !has_port => format!("{host}:80"),
                Some(Scheme::Https) if !has_port => format!("{host}:443"),
                _ => host,
            }
        };
        full(host) == full(&self.host)
    }
}

/// `{harbor url}` and `<HOST>` of manuals, and blanks.
fn refuse_placeholder(text: &str) -> Result<(), Sentence> {
    if text.contains(['{', '}', '<', '>', '$', ' ']) {
        return Err(say!(
            "a placeholder of the manual is still in it",
            "其中还有手册里的占位符，请替换为实际值"
        ));
    }
    Ok(())
}

fn check_host(host: &str) -> Result<(), Sentence> {
    if host.contains('@') {
        return Err(say!(
            "credentials do not belong into an address: use `auth`, environment variables or a password file",
            "地址中不应包含凭证：请使用 `auth`、环境变量或密码文件"
        ));
    }
    if Reference::new(host, "x", None, None).is_err() {
        let host = excerpt(host);
        return Err(say!(
            "`{host}` is not HOST or HOST:PORT",
            "`{host}` 不是 HOST 或 HOST:PORT 的形式"
        ));
    }
    Ok(())
}

fn excerpt(text: &str) -> String {
    text.chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registry(text: &str) -> (String, Option<Scheme>, Option<String>) {
        let address = RegistryAddress::parse(text).unwrap();
        (address.host, address.scheme, address.path)
    }

    #[test]
    fn registries_are_taken_apart() {
        assert_eq!(registry("10.16.10.111"), ("10.16.10.111".into(), None, None));
        assert_eq!(
            registry("http://reg.io:5000/a/b/"),
            ("reg.io:5000".into(), Some(Scheme::Http), Some("a/b".into()))
        );
        assert_eq!(registry("[::1]:5000/a").0, "[::1]:5000");
        for text in
            ["", "ftp://reg.io", "a b", "http://{harbor url}", "me:canary@reg.io", "reg.io:x"]
        {
            let mistake = RegistryAddress::parse(text).unwrap_err();
            assert!(!mistake.en.contains("canary"), "{text}");
        }
    }

    #[test]
    fn urls_of_chart_repositories_are_taken_apart() {
        let url = RepoUrl::parse("http://10.16.10.111/chartrepo/release.daocloud.io").unwrap();
        assert_eq!(
            (url.host.as_str(), url.path.as_str()),
            ("10.16.10.111", "/chartrepo/release.daocloud.io")
        );
        assert!(url.is_at("10.16.10.111") && url.is_at("10.16.10.111:80"));
        assert!(!url.is_at("10.16.10.111:5000") && !url.is_at("10.16.10.112"));
        assert!(RepoUrl::parse("oci://reg.io/p").unwrap().is_oci);
        for text in [
            "10.16.10.111/chartrepo",
            "ftp://x/y",
            "http:///x",
            "http://{harbor url}/chartrepo/{project}",
        ] {
            assert!(RepoUrl::parse(text).is_err(), "{text}");
        }
    }
}
