//! `HOST[:PORT]`: the unit for which TLS and trust are decided.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use url::{Host, Url};

/// A host with an optional port, as the user names it: `reg.io`, `10.0.0.1:5000`, `[::1]:5000`. Names are compared in
/// lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostPort {
    host: String,
    port: Option<u16>,
}

/// Text that is not `HOST[:PORT]`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not HOST or HOST:PORT", .0.escape_debug())]
pub struct HostPortError(String);

impl HostPort {
    /// The host; an IPv6 address without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, when one was named.
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Whether a connection to `host` and `port` is meant. Without a port, every port is.
    pub fn matches(&self, host: &str, port: u16) -> bool {
        self.host == normal_host(host) && self.port.is_none_or(|own| own == port)
    }

    /// Where a URL goes. `None` for a URL without a host.
    pub(crate) fn of(url: &Url) -> Option<(String, u16)> {
        Some((normal_host(url.host_str()?), url.port_or_known_default()?))
    }

    /// Whether the host is `localhost` or a loopback address.
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost"
            || self.host.ends_with(".localhost")
            || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }

    /// Whether the host is loopback or a literal RFC 1918 address. A *name* is never private: whoever answers for it
    /// in the DNS could take the encryption away.
    pub fn is_private(&self) -> bool {
        self.is_loopback()
            || matches!(self.host.parse::<IpAddr>(), Ok(IpAddr::V4(ip)) if ip.is_private())
    }
}

/// Lower case, no brackets, no final dot.
pub(crate) fn normal_host(host: &str) -> String {
    let host = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

impl FromStr for HostPort {
    type Err = HostPortError;

    fn from_str(text: &str) -> Result<Self, HostPortError> {
        let fail = || HostPortError(text.chars().take(120).collect());
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if text.starts_with('[') == host.ends_with(']') => {
                let port = port.parse::<u16>().ok().filter(|port| *port > 0).ok_or_else(fail)?;
                (host, Some(port))
            }
            _ => (text, None),
        };
        let host = match Host::parse(host).map_err(|_| fail())? {
            Host::Domain(name) => name.strip_suffix('.').unwrap_or(&name).to_owned(),
            Host::Ipv4(ip) => ip.to_string(),
            Host::Ipv6(ip) => ip.to_string(),
        };
        if host.is_empty() || host.contains(['/', '@', '?', '#']) {
            return Err(fail());
        }
        Ok(Self { host, port })
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?;
        } else {
            f.write_str(&self.host)?;
        }
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> HostPort {
        text.parse().unwrap()
    }

    #[test]
    fn parses_and_prints() {
        for text in ["reg.io", "reg.io:5000", "10.0.0.1:443", "[::1]:5000", "[::1]", "localhost"] {
            assert_eq!(host(text).to_string(), text);
        }
        assert_eq!(host("REG.io.").to_string(), "reg.io");
        for text in
            ["", ":5000", "reg.io:", "reg.io:0", "reg.io:x", "http://reg.io", "a/b", "u@h", "::1:5"]
        {
            assert!(text.parse::<HostPort>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_port_narrows() {
        assert!(host("reg.io").matches("Reg.IO", 443));
        assert!(host("reg.io:5000").matches("reg.io", 5000));
        assert!(!host("reg.io:5000").matches("reg.io", 443));
        assert!(!host("reg.io").matches("xreg.io", 443));
        assert!(host("[::1]:5").matches("[::1]", 5));
    }

    #[test]
    fn private_means_literal() {
        for text in
            ["localhost:1", "127.9.9.9", "[::1]", "10.16.10.111", "172.31.0.1", "192.168.1.1:80"]
        {
            assert!(host(text).is_private(), "{text}");
        }
        for text in ["reg.local", "172.32.0.1", "8.8.8.8", "[fd00::1]", "10.0.0.1.nip.io"] {
            assert!(!host(text).is_private(), "{text}");
        }
    }
}
