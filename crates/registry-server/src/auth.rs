//! Who may use the registry.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, header};
use sha2::{Digest as _, Sha256};

use crate::error::{ApiError, Code};

/// A user and password that are let in. Only their hashes are kept.
#[derive(Clone)]
pub struct User {
    name: [u8; 32],
    password: [u8; 32],
}

impl User {
    /// A user who may read and write everything.
    pub fn new(name: &str, password: &str) -> Self {
        Self { name: hash(name), password: hash(password) }
    }

    /// Takes the same time whatever differs.
    fn is(&self, name: &[u8; 32], password: &[u8; 32]) -> bool {
        let pairs = self.name.iter().chain(&self.password).zip(name.iter().chain(password));
        pairs.fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("User(***)")
    }
}

fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Lets a request pass whose `Authorization` names one of the users; without users, every request.
pub(crate) fn check(users: &[User], headers: &HeaderMap) -> Result<(), ApiError> {
    if users.is_empty() {
        return Ok(());
    }
    let given =
        headers.get(header::AUTHORIZATION).and_then(|value| credentials(value.to_str().ok()?));
    let (name, password) = given.unwrap_or_default();
    let (name, password) = (hash(&name), hash(&password));
    // Every user is looked at, so that the time does not tell which one it was.
    let is_known = users.iter().fold(false, |found, user| found | user.is(&name, &password));
    if is_known { Ok(()) } else { Err(refusal()) }
}

fn refusal() -> ApiError {
    ApiError::new(
        Code::Unauthorized,
        "authentication required: give a user and password that this registry knows",
    )
    .with_header(header::WWW_AUTHENTICATE, "Basic realm=\"ferry\"")
}

fn credentials(header: &str) -> Option<(String, String)> {
    let (scheme, encoded) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_header(users: &[User], header: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(header) = header {
            headers.insert(header::AUTHORIZATION, header.parse().unwrap());
        }
        check(users, &headers).is_ok()
    }

    #[test]
    fn lets_in_who_is_known() {
        let users = [User::new("admin", "pass:word"), User::new("用户", "密码")];
        let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
        for (text, is_known) in [
            ("admin:pass:word", true),
            ("用户:密码", true),
            ("admin:密码", false),
            ("admin:", false),
            (":", false),
            ("admin", false),
        ] {
            assert_eq!(check_header(&users, Some(&basic(text))), is_known, "{text}");
        }
        assert!(check_header(&users, Some(&basic("admin:pass:word").replace("Basic", "basic"))));
        for header in [None, Some("Basic"), Some("Basic ???"), Some("Bearer abc")] {
            assert!(!check_header(&users, header), "{header:?}");
            assert!(check_header(&[], header));
        }
    }

    #[test]
    fn a_user_is_not_printed() {
        assert_eq!(format!("{:?}", User::new("admin", "canary")), "User(***)");
    }
}
