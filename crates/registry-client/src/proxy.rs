//! Proxies: which one a URL goes through, and the tunnel for https.

use ::http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::connector::ConnectError;
use crate::error::excerpt;
use crate::wire::Stream;
use crate::{Error, ErrorKind, HostPort, ProxyOptions, Secret};

/// More than any proxy says before a tunnel.
const MAX_TUNNEL_ANSWER: usize = 16 << 10;

/// The proxies of a client.
pub(crate) struct Proxies(Option<Matcher>);

impl Proxies {
    pub(crate) fn new(options: &ProxyOptions) -> Result<Self, Error> {
        if options.http.is_none() && options.https.is_none() {
            return Ok(Self(None));
        }
        for proxy in [&options.http, &options.https].into_iter().flatten() {
            check(proxy)?;
        }
        let text = |proxy: &Option<Secret>| {
            proxy.as_ref().map(|proxy| proxy.expose().to_owned()).unwrap_or_default()
        };
        let matcher = Matcher::builder()
            .http(text(&options.http))
            .https(text(&options.https))
            .no(options.no_proxy.clone().unwrap_or_default())
            .build();
        Ok(Self(Some(matcher)))
    }

    /// The proxy for a URL. Loopback is always direct.
    pub(crate) fn for_uri(&self, uri: &Uri) -> Option<Intercept> {
        let matcher = self.0.as_ref()?;
        let host: HostPort = uri.host()?.parse().ok()?;
        if host.is_loopback() { None } else { matcher.intercept(uri) }
    }

    /// The `Proxy-Authorization` of a plain http request. An https request carries it in the tunnel's request.
    pub(crate) fn authorization(&self, uri: &Uri) -> Option<HeaderValue> {
        let proxy = self.for_uri(uri).filter(|_| uri.scheme_str() == Some("http"))?;
        proxy.basic_auth().cloned()
    }
}

/// A setting that would be ignored silently must be an error: the traffic would go elsewhere than the user said.
fn check(proxy: &Secret) -> Result<(), Error> {
    let text = proxy.expose();
    let text = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    match text.parse::<url::Url>() {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(()),
        _ => Err(Error::new(ErrorKind::Configuration)
            .about("proxy")
            .with_message("only http:// and https:// proxies are supported")),
    }
}

/// Asks a proxy for a tunnel to `host:port` (RFC 9110 §9.3.6).
pub(crate) async fn tunnel(
    mut stream: Box<dyn Stream>,
    host: &str,
    port: u16,
    authorization: Option<&HeaderValue>,
) -> Result<Box<dyn Stream>, ConnectError> {
    let fail = |error: std::io::Error| ConnectError::Proxy(error.to_string());
    let mut request =
        format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n").into_bytes();
    if let Some(value) = authorization {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(value.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    stream.write_all(&request).await.map_err(fail)?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        if answer.len() > MAX_TUNNEL_ANSWER {
            return Err(ConnectError::Proxy("the answer is too long".to_owned()));
        }
        // Byte by byte: what follows the empty line belongs to the tunnel.
        answer.push(stream.read_u8().await.map_err(fail)?);
    }
    let text = String::from_utf8_lossy(&answer);
    let line = text.lines().next().unwrap_or_default();
    let is_open = line.starts_with("HTTP/1.")
        && line
            .split(' ')
            .nth(1)
            .is_some_and(|status| status.len() == 3 && status.starts_with('2'));
    if is_open { Ok(stream) } else { Err(ConnectError::Proxy(excerpt(line))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(http: &str, no: &str) -> Proxies {
        Proxies::new(&ProxyOptions {
            http: Some(http.into()),
            https: Some(http.into()),
            no_proxy: Some(no.into()),
        })
        .unwrap()
    }

    #[test]
    fn loopback_and_exceptions_are_direct() {
        let proxies = proxies("http://proxy.corp:3128", "10.0.0.0/8,.corp");
        for (url, is_proxied) in [
            ("http://reg.io/", true),
            ("https://reg.io:5000/", true),
            ("http://localhost:5000/", false),
            ("http://127.0.0.1:5000/", false),
            ("http://[::1]:5000/", false),
            ("http://10.1.1.1/", false),
            ("https://reg.corp/", false),
            ("http://192.168.0.1/", true),
        ] {
            let uri: Uri = url.parse().unwrap();
            assert_eq!(proxies.for_uri(&uri).is_some(), is_proxied, "{url}");
        }
    }

    #[test]
    fn a_proxy_that_would_be_ignored_is_an_error() {
        for text in ["socks5://x:1", "http://", "::"] {
            let options = ProxyOptions { http: Some(text.into()), ..ProxyOptions::default() };
            assert!(Proxies::new(&options).is_err(), "{text}");
        }
    }

    #[test]
    fn credentials_travel_in_the_right_place() {
        let proxies = proxies("http://user:pass@proxy.corp:3128", "");
        let header = proxies.authorization(&"http://reg.io/".parse().unwrap()).unwrap();
        assert_eq!(header, "Basic dXNlcjpwYXNz");
        assert!(proxies.authorization(&"https://reg.io/".parse().unwrap()).is_none());
    }
}
