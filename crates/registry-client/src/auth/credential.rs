//! Who we are.

use crate::Secret;

/// Credentials for one registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// User name and password (or access token used as one).
    Basic {
        /// The user or robot account.
        username: String,
        /// Its password.
        password: Secret,
    },
    /// An OAuth2 refresh token, as `docker login` gets from some registries (`identitytoken`).
    IdentityToken(Secret),
    /// A bearer token that is sent to the registry as it is (`registrytoken`).
    RegistryToken(Secret),
}

impl Credential {
    /// User name and password.
    pub fn basic(username: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self::Basic { username: username.into(), password: password.into() }
    }
}
