//! Authentication: nothing, `Basic`, or a bearer token, as the registry asks.
//!
//! **Who gets the credentials.** The registry's own host does, and the token service it names in `WWW-Authenticate`
//! when that is on the same host (any port), is Docker Hub's own (`auth.docker.io` for Docker Hub), or is on the list
//! [`crate::NetworkOptions::token_hosts`]. Any other realm is an error of kind [`ErrorKind::RealmRefused`] when there
//! are credentials to lose; without, an anonymous token is asked for there. A registry spoken to over https never
//! sends us to a realm over http, unless that host is on the plain-http list.

mod challenge;
mod credential;
mod docker_config;
mod token;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ::http::HeaderValue;
use ::http::header::WWW_AUTHENTICATE;
use url::Url;

use crate::request::basic;
use crate::response::HttpResponse;
use crate::{Client, Error, ErrorKind, Secret};
use challenge::Challenge;
pub use credential::Credential;
pub use docker_config::DockerConfig;
use token::Token;
pub(crate) use token::granted_actions;

/// How a registry wants to be authenticated to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthScheme {
    /// It never asked.
    None,
    /// User name and password with every request.
    Basic,
    /// A token from a token service.
    Bearer,
}

/// What a token is good for: scopes of the token specification, as `repository:a/b:pull,push`. Sorted, without
/// duplicates, so that equal needs share a token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Scopes(Vec<String>);

impl Scopes {
    pub(crate) fn pull(repository: &str) -> Self {
        Self(vec![format!("repository:{repository}:pull")])
    }

    pub(crate) fn push(repository: &str) -> Self {
        Self(vec![format!("repository:{repository}:pull,push")])
    }

    pub(crate) fn delete(repository: &str) -> Self {
        Self(vec![format!("repository:{repository}:delete,pull,push")])
    }

    /// Adds the right to read another repository, for a mount.
    pub(crate) fn and_pull(mut self, repository: &str) -> Self {
        self.0.push(format!("repository:{repository}:pull"));
        self.0.sort();
        self.0.dedup();
        self
    }
}

/// A place for the one token of a set of scopes. Whoever waits for it while it is being fetched gets the same one.
type Slot = Arc<tokio::sync::Mutex<Option<Token>>>;

/// Keeps what a registry asked for and the tokens it was given.
pub(crate) struct Authenticator {
    client: Client,
    registry: Url,
    credential: Option<Credential>,
    challenge: Mutex<Option<Challenge>>,
    tokens: Mutex<HashMap<Scopes, Slot>>,
}

impl Authenticator {
    pub(crate) fn new(client: &Client, registry: &Url, credential: Option<Credential>) -> Self {
        Self {
            client: client.clone(),
            registry: registry.clone(),
            credential,
            challenge: Mutex::default(),
            tokens: Mutex::default(),
        }
    }

    /// What the registry asked for so far.
    pub(crate) fn scheme(&self) -> AuthScheme {
        match self.challenge() {
            None => AuthScheme::None,
            Some(Challenge::Basic) => AuthScheme::Basic,
            Some(Challenge::Bearer { .. }) => AuthScheme::Bearer,
        }
    }

    fn challenge(&self) -> Option<Challenge> {
        self.challenge.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The `Authorization` for a request, `None` as long as the registry asks for nothing or there is nothing to give.
    pub(crate) async fn authorization(
        &self,
        scopes: &Scopes,
    ) -> Result<Option<HeaderValue>, Error> {
        match (self.challenge(), &self.credential) {
            (Some(_), Some(Credential::RegistryToken(token))) => Ok(Some(bearer(token))),
            (Some(Challenge::Basic), Some(Credential::Basic { username, password })) => {
                Ok(Some(basic(username, password)))
            }
            (None | Some(Challenge::Basic), _) => Ok(None),
            (Some(Challenge::Bearer { realm, service, scope }), _) => {
                let slot = self.slot(scopes);
                let mut slot = slot.lock().await;
                if let Some(token) = slot.as_ref().filter(|token| token.is_fresh()) {
                    return Ok(Some(bearer(token.secret())));
                }
                let wanted = match scope {
                    Some(scope) if scopes.0.is_empty() => vec![scope],
                    _ => scopes.0.clone(),
                };
                let token = self.fetch_token(&realm, service.as_deref(), &wanted).await?;
                Ok(Some(bearer(slot.insert(token).secret())))
            }
        }
    }

    fn slot(&self, scopes: &Scopes) -> Slot {
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(tokens.entry(scopes.clone()).or_default())
    }

    /// Takes in a 401. Tells whether asking again is worth it: a token may have expired, and the first request could
    /// not know what to bring.
    pub(crate) async fn challenged(
        &self,
        response: &HttpResponse,
        scopes: &Scopes,
        used: Option<&HeaderValue>,
    ) -> bool {
        let Some(challenge) = Challenge::of(response.headers()) else { return false };
        let is_basic = challenge == Challenge::Basic;
        *self.challenge.lock().unwrap_or_else(PoisonError::into_inner) = Some(challenge);
        match (&self.credential, used) {
            (Some(Credential::RegistryToken(_)), used) => used.is_none(),
            (Some(Credential::Basic { .. }), used) if is_basic => {
                !used.is_some_and(|used| used.as_bytes().starts_with(b"Basic "))
            }
            _ if is_basic => false,
            _ => {
                self.forget(scopes, used).await;
                true
            }
        }
    }

    /// Drops the token that was refused, unless another request has replaced it already.
    async fn forget(&self, scopes: &Scopes, used: Option<&HeaderValue>) {
        let slot = self.slot(scopes);
        let mut slot = slot.lock().await;
        let is_same = slot.as_ref().is_some_and(|token| used == Some(&bearer(token.secret())));
        if is_same {
            *slot = None;
        }
    }

    /// The error a final 401 means: with good credentials that lack the right, it is [`ErrorKind::Forbidden`].
    pub(crate) async fn refused(&self, response: HttpResponse) -> Error {
        let lacks_right = self.credential.is_some()
            && response
                .headers()
                .get_all(WWW_AUTHENTICATE)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .any(|value| value.contains("insufficient_scope"));
        let error = response.into_error().await;
        if lacks_right { error.with_kind(ErrorKind::Forbidden) } else { error }
    }
}

fn bearer(token: &Secret) -> HeaderValue {
    // Token::read and Credential have let only header characters through; anything else is sent as nothing.
    let mut value = HeaderValue::try_from(format!("Bearer {}", token.expose()))
        .unwrap_or_else(|_| HeaderValue::from_static("Bearer"));
    value.set_sensitive(true);
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_needs_are_equal_scopes() {
        let one = Scopes::push("b").and_pull("a").and_pull("a");
        assert_eq!(one.0, ["repository:a:pull", "repository:b:pull,push"]);
        assert_eq!(one, Scopes::push("b").and_pull("a"));
    }
}
