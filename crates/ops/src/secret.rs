//! Credentials that do not print themselves.

pub use registry_client::Secret;

/// A user name and a password.
#[derive(Clone, Debug)]
pub struct Credentials {
    /// The user name.
    pub username: String,
    /// The password or token.
    pub password: Secret,
}
