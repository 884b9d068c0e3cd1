//! Tokens: from whom, for what, how long (distribution specification, token authentication; OAuth2 for refresh
//! tokens).

use std::time::Duration;

use ::http::header::CONTENT_TYPE;
use ::http::{HeaderValue, Method};
use base64::Engine as _;
use bytes::Bytes;
use serde::Deserialize;
use tokio::time::Instant;
use url::Url;

use super::{Authenticator, Credential};
use crate::request::HttpRequest;
use crate::{Error, ErrorKind, HostPort, Secret};

/// The life of a token that names none, by the specification.
const DEFAULT_LIFE: Duration = Duration::from_mins(1);

/// More than any token service answers. Tokens with many grants have tens of kilobytes.
const MAX_ANSWER: usize = 1 << 20;

/// Docker Hub's registry and its token service are on two hosts.
const HUB: (&str, &str) = ("registry-1.docker.io", "auth.docker.io");

/// A bearer token.
pub(crate) struct Token {
    secret: Secret,
    good_until: Instant,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    token: String,
    #[serde(default)]
    access_token: String,
    expires_in: Option<u64>,
}

impl Token {
    pub(crate) fn secret(&self) -> &Secret {
        &self.secret
    }

    /// Whether it will still be good when a request that starts now arrives.
    pub(crate) fn is_fresh(&self) -> bool {
        Instant::now() < self.good_until
    }

    /// Counts the life from before the request: clocks of servers are not to be trusted, `issued_at` neither.
    fn read(body: &[u8], asked_at: Instant) -> Result<Self, &'static str> {
        let answer: Answer = serde_json::from_slice(body).map_err(|_| "the token is not JSON")?;
        let text = if answer.token.is_empty() { answer.access_token } else { answer.token };
        if text.is_empty() {
            return Err("there is no token in the answer");
        }
        if !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("the token has characters a token cannot have");
        }
        let life = answer.expires_in.map_or(DEFAULT_LIFE, Duration::from_secs);
        let margin = (life / 5).min(Duration::from_secs(10));
        // A life of centuries would overflow the clock.
        let life = life.saturating_sub(margin).min(Duration::from_hours(24));
        Ok(Self { secret: Secret::from(text), good_until: asked_at + life })
    }
}

impl Authenticator {
    /// Asks the realm for a token with `scopes`.
    pub(super) async fn fetch_token(
        &self,
        realm: &str,
        service: Option<&str>,
        scopes: &[String],
    ) -> Result<Token, Error> {
        let url = self.trusted_realm(realm)?;
        let asked_at = Instant::now();
        let request = self.token_request(url, service, scopes);
        let response = self.client.send(request).await?.error_for_status().await?;
        let broken = response.unexpected("");
        let body = response.bytes(MAX_ANSWER).await?;
        Token::read(&body, asked_at).map_err(|why| broken.with_message(why))
    }

    fn token_request(&self, mut url: Url, service: Option<&str>, scopes: &[String]) -> HttpRequest {
        let mut parameters: Vec<(&str, &str)> =
            service.map(|name| ("service", name)).into_iter().collect();
        if let Some(Credential::IdentityToken(refresh)) = &self.credential {
            let scope = scopes.join(" ");
            parameters.extend([
                ("grant_type", "refresh_token"),
                ("client_id", "ferry"),
                ("scope", scope.as_str()),
                ("refresh_token", refresh.expose()),
            ]);
            let form = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs(parameters)
                .finish();
            return HttpRequest::new(Method::POST, url)
                .header(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
                .body(Bytes::from(form));
        }
        parameters.extend(scopes.iter().map(|scope| ("scope", scope.as_str())));
        if !parameters.is_empty() {
            url.query_pairs_mut().extend_pairs(parameters);
        }
        let request = HttpRequest::new(Method::GET, url);
        match &self.credential {
            Some(Credential::Basic { username, password }) => request.basic(username, password),
            _ => request,
        }
    }

    /// The realm's URL, if it may be asked; the rule is in the module's documentation.
    fn trusted_realm(&self, realm: &str) -> Result<Url, Error> {
        let broken = || {
            Error::new(ErrorKind::UnexpectedAnswer)
                .on(&Method::GET, &self.registry)
                .about("token realm")
        };
        let mut url = Url::parse(realm).map_err(|error| broken().with_source(error))?;
        // A realm has no business naming a user.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let (Some((host, port)), "http" | "https") = (HostPort::of(&url), url.scheme()) else {
            return Err(broken().with_message("the token realm is no http or https URL"));
        };
        let refuse = |why: &str| {
            Error::new(ErrorKind::RealmRefused)
                .on(&Method::GET, &url)
                .about(format!("{host}:{port}"))
                .with_message(why)
        };
        let options = self.client.options();
        let is_plain_allowed = || options.plain_http.iter().any(|entry| entry.matches(&host, port));
        if self.registry.scheme() == "https" && url.scheme() == "http" && !is_plain_allowed() {
            return Err(refuse("from https to http"));
        }
        if self.credential.is_none() {
            return Ok(url);
        }
        let own = HostPort::of(&self.registry).map(|(own, _)| own).unwrap_or_default();
        let is_trusted = own == host
            || (own.as_str(), host.as_str()) == HUB
            || options.token_hosts.iter().any(|entry| entry.matches(&host, port));
        if is_trusted { Ok(url) } else { Err(refuse("not a host that was named for tokens")) }
    }
}

/// The actions a token grants on a repository, when the token is a JWT that says so. Read for an early error only; the
/// registry decides.
pub(crate) fn granted_actions(
    authorization: &HeaderValue,
    repository: &str,
) -> Option<Vec<String>> {
    #[derive(Deserialize)]
    struct Claims {
        access: Vec<Access>,
    }
    #[derive(Deserialize)]
    struct Access {
        r#type: String,
        name: String,
        #[serde(default)]
        actions: Option<Vec<String>>,
    }
    let token = authorization.to_str().ok()?.strip_prefix("Bearer ")?;
    let payload = token.split('.').nth(1)?;
    let json = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(payload.trim_end_matches('='))
        .ok()?;
    let claims: Claims = serde_json::from_slice(&json).ok()?;
    let of_repository = claims
        .access
        .into_iter()
        .filter(|access| access.r#type == "repository" && access.name == repository);
    Some(of_repository.filter_map(|access| access.actions).flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Client, NetworkOptions};

    fn authenticator(registry: &str, credential: Option<Credential>) -> Authenticator {
        let options = NetworkOptions {
            token_hosts: vec!["auth.corp:8443".parse().unwrap()],
            plain_http: vec!["plain.corp".parse().unwrap()],
            ..NetworkOptions::default()
        };
        let client = Client::new(options).unwrap();
        Authenticator::new(&client, &registry.parse().unwrap(), credential)
    }

    #[test]
    fn credentials_stay_with_the_registry_and_the_named_hosts() {
        let me = || Some(Credential::basic("me", "canary"));
        for (registry, realm, is_trusted) in [
            ("https://reg.io/", "https://reg.io/token", true),
            ("https://reg.io:5000/", "https://REG.io:9999/token", true),
            ("https://reg.io/", "https://auth.corp:8443/token", true),
            ("https://registry-1.docker.io/", "https://auth.docker.io/token", true),
            ("http://10.0.0.1:5000/", "http://10.0.0.1:5001/token", true),
            ("https://reg.io/", "https://auth.corp/token", false),
            ("https://reg.io/", "https://evil.io/token", false),
            ("https://reg.io/", "https://reg.io.evil.io/token", false),
            ("https://reg.io/", "https://reg.io@evil.io/token", false),
            ("https://reg.io/", "http://reg.io/token", false),
            ("https://plain.corp/", "http://plain.corp/token", true),
            ("https://reg.io/", "https://auth.docker.io/token", false),
            ("http://10.0.0.1/", "http://10.0.0.2/token", false),
        ] {
            let found = authenticator(registry, me()).trusted_realm(realm);
            assert_eq!(found.is_ok(), is_trusted, "{registry} {realm}");
            if let Err(error) = found {
                assert_eq!(error.kind(), ErrorKind::RealmRefused);
            }
        }
        let anonymous = authenticator("https://reg.io/", None);
        assert!(anonymous.trusted_realm("https://elsewhere.io/token").is_ok());
        assert!(anonymous.trusted_realm("http://elsewhere.io/token").is_err());
        for realm in ["", "token", "file:///etc/passwd", "ftp://reg.io/"] {
            let error = anonymous.trusted_realm(realm).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer, "{realm}");
        }
    }

    #[tokio::test]
    async fn a_token_lives_as_long_as_it_says() {
        let now = Instant::now();
        let token = Token::read(br#"{"access_token":"a.b-c","expires_in":300}"#, now).unwrap();
        assert_eq!(
            (token.secret().expose(), token.good_until - now),
            ("a.b-c", Duration::from_secs(290))
        );
        let token = Token::read(br#"{"token":"t","access_token":"other"}"#, now).unwrap();
        assert_eq!(
            (token.secret().expose(), token.good_until - now),
            ("t", Duration::from_secs(50))
        );
        let token = Token::read(br#"{"token":"t","expires_in":0}"#, now).unwrap();
        assert!(!token.is_fresh());
        for text in ["", "{}", r#"{"token":"a\nb"}"#, r#"{"token":5}"#, "<html>"] {
            assert!(Token::read(text.as_bytes(), now).is_err(), "{text}");
        }
    }

    #[test]
    fn reads_the_grants_of_a_jwt() {
        let claims = r#"{"access":[{"type":"repository","name":"a/b","actions":["pull"]},{"type":"repository","name":"c","actions":null}]}"#;
        let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims);
        let header = HeaderValue::try_from(format!("Bearer x.{payload}.y")).unwrap();
        assert_eq!(granted_actions(&header, "a/b"), Some(vec!["pull".to_owned()]));
        assert_eq!(granted_actions(&header, "c"), Some(Vec::new()));
        assert_eq!(granted_actions(&HeaderValue::from_static("Bearer opaque"), "a/b"), None);
    }
}
