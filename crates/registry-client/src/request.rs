//! Requests as the callers of the HTTP layer make them.

use std::fmt;

use ::http::header::AUTHORIZATION;
use ::http::{HeaderMap, HeaderName, HeaderValue, Method};
use base64::Engine as _;
use url::Url;

use crate::{Body, RedactedUrl, RetryPolicy, Secret};

/// A request. Build it with [`HttpRequest::new`] and the methods that follow.
///
/// ```
/// use registry_client::{HttpRequest, Method, Secret};
///
/// let url = "https://charts.example.com/index.yaml".parse().unwrap();
/// let request = HttpRequest::new(Method::GET, url).basic("robot", &Secret::from("…"));
/// assert_eq!(request.url().path(), "/index.yaml");
/// ```
pub struct HttpRequest {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    pub(crate) retry: Option<RetryPolicy>,
}

impl HttpRequest {
    /// A request without body. A user name and password in the URL become a `Basic` authorization.
    pub fn new(method: Method, mut url: Url) -> Self {
        let user = decoded(url.username());
        let password = Secret::from(url.password().map(decoded).unwrap_or_default());
        // Only URLs without a host refuse these, and they hold neither.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let request =
            Self { method, url, headers: HeaderMap::new(), body: Body::Empty, retry: None };
        if user.is_empty() { request } else { request.basic(&user, &password) }
    }

    /// Where it goes.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// Sets a header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Body>) -> Self {
        self.body = body.into();
        self
    }

    /// Sends user name and password with the request, and with no other request a redirect leads to unless that goes
    /// to the same host and port over the same scheme.
    #[must_use]
    pub fn basic(self, user: &str, password: &Secret) -> Self {
        let value = basic(user, password);
        self.header(AUTHORIZATION, value)
    }

    /// Another policy than the client's.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {:?}", self.method, RedactedUrl::from(&self.url), self.body)
    }
}

fn decoded(text: &str) -> String {
    // Both sides of a URL's user info are percent-encoded; the form decoder would also turn `+` into a space.
    let escaped = text.replace('+', "%2B");
    let pair = format!("k={escaped}");
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// A `Basic` authorization, marked so that nothing prints it.
pub(crate) fn basic(user: &str, password: &Secret) -> HeaderValue {
    let pair = format!("{user}:{}", password.expose());
    let text = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
    let mut value = HeaderValue::try_from(text).expect("base64 has header characters only");
    value.set_sensitive(true);
    value
}
