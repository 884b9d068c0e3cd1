//! Docker's `config.json`: stored credentials and credential helpers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use crate::error::excerpt;
use crate::{Credential, Error, ErrorKind, Secret};

/// The key `docker login` stores Docker Hub under.
const HUB_KEY: &str = "https://index.docker.io/v1/";

/// How long a helper may take. Some ask a key ring that asks a person; nobody answers here.
const HELPER_TIMEOUT: Duration = Duration::from_secs(20);

/// More than any helper prints.
const MAX_HELPER_OUTPUT: u64 = 64 << 10;

/// A docker `config.json`, read once.
#[derive(Debug)]
pub struct DockerConfig {
    path: PathBuf,
    config: Config,
    helper_timeout: Duration,
    helper_dir: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Config {
    auths: BTreeMap<String, Entry>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: Secret64,
    username: String,
    password: Option<SecretText>,
    identitytoken: Option<SecretText>,
    registrytoken: Option<SecretText>,
}

/// Base64 of `user:password`; a secret as well.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
struct Secret64(SecretText);

#[derive(Deserialize)]
#[serde(from = "String")]
struct SecretText(Secret);

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(Secret::from(text))
    }
}

impl Default for SecretText {
    fn default() -> Self {
        Self(Secret::from(""))
    }
}

impl std::fmt::Debug for SecretText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// What a credential helper prints.
#[derive(Deserialize)]
struct HelperAnswer {
    #[serde(rename = "Username")]
    username: String,
    #[serde(rename = "Secret")]
    secret: SecretText,
}

impl DockerConfig {
    /// Reads the file. A file that does not exist is an error: the caller knows whether it was asked for.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let fail = |source: crate::error::BoxError| {
            Error::caused_by(ErrorKind::Credentials, source).about(path.display())
        };
        let text = std::fs::read(path).map_err(|error| fail(error.into()))?;
        // serde_json's message would show a piece of the file only for a wrong type; say the place, not the value.
        let config = serde_json::from_slice(&text).map_err(|error| {
            fail(
                format!("not a docker config (line {}, column {})", error.line(), error.column())
                    .into(),
            )
        })?;
        Ok(Self { path: path.to_owned(), config, helper_timeout: HELPER_TIMEOUT, helper_dir: None })
    }

    /// The credentials for `host[:port]`, `None` when the file has none. The order is Docker's: the host's own helper,
    /// the general store, the file itself. Keys are compared without scheme and path.
    pub async fn credential(&self, host: &str) -> Result<Option<Credential>, Error> {
        let wanted = normal_key(host);
        let own = self.config.cred_helpers.iter().find(|(key, _)| normal_key(key) == wanted);
        if let Some((key, helper)) = own {
            return self.ask(helper, &[key.as_str()]).await;
        }
        let stored = self.entry(&wanted);
        if let Some(store) = self.config.creds_store.as_deref().filter(|store| !store.is_empty()) {
            let https = format!("https://{wanted}");
            let mut servers: Vec<&str> = stored.iter().map(|(key, _)| *key).collect();
            if wanted == normal_key(HUB_KEY) {
                servers.push(HUB_KEY);
            }
            servers.extend([wanted.as_str(), https.as_str()]);
            if let Some(found) = self.ask(store, &servers).await? {
                return Ok(Some(found));
            }
        }
        let Some((_, entry)) = stored else { return Ok(None) };
        entry.credential().map_err(|why| {
            Error::new(ErrorKind::Credentials)
                .about(self.path.display())
                .with_message(format!("{wanted}: {why}"))
        })
    }

    /// The entry of a host: the exact key first, then one that means the same.
    fn entry(&self, wanted: &str) -> Option<(&str, &Entry)> {
        let auths = &self.config.auths;
        if let Some((key, entry)) = auths.get_key_value(wanted) {
            return Some((key.as_str(), entry));
        }
        auths
            .iter()
            .find(|(key, _)| normal_key(key) == wanted)
            .map(|(key, entry)| (key.as_str(), entry))
    }

    /// Asks a helper for the first of `servers` it knows.
    async fn ask(&self, helper: &str, servers: &[&str]) -> Result<Option<Credential>, Error> {
        let fail = |message: String| {
            Error::new(ErrorKind::Credentials)
                .about(format!("docker-credential-{}", excerpt(helper)))
                .with_message(message)
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if helper.is_empty() || !helper.chars().all(is_name) {
            return Err(fail("not a helper's name".to_owned()));
        }
        for server in servers {
            let run = self.run(helper, server);
            let output = tokio::time::timeout(self.helper_timeout, run)
                .await
                .map_err(|_| fail(format!("no answer within {:?}", self.helper_timeout)))?
                .map_err(|error| fail(error.to_string()))?;
            match output {
                Output::Known(text) => {
                    let answer: HelperAnswer = serde_json::from_slice(&text)
                        .map_err(|_| fail("the answer is not what a helper prints".to_owned()))?;
                    return Ok(Some(answer.into()));
                }
                Output::Unknown => {}
                Output::Failed(message) => return Err(fail(message)),
            }
        }
        Ok(None)
    }

    async fn run(&self, helper: &str, server: &str) -> std::io::Result<Output> {
        let name = format!("docker-credential-{helper}");
        let program =
            self.helper_dir.as_ref().map_or_else(|| name.clone().into(), |dir| dir.join(&name));
        let mut child = Command::new(program)
            .arg("get")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // A helper that does not read its input has no use for it.
            let _ = stdin.write_all(server.as_bytes()).await;
        }
        let mut text = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            stdout.take(MAX_HELPER_OUTPUT).read_to_end(&mut text).await?;
        }
        let status = child.wait().await?;
        if status.success() {
            return Ok(Output::Known(text));
        }
        let message = String::from_utf8_lossy(&text);
        // The helper protocol has no code for this, only these words.
        if message.contains("credentials not found") {
            return Ok(Output::Unknown);
        }
        Ok(Output::Failed(excerpt(&message)))
    }
}

/// How a helper ended.
enum Output {
    Known(Vec<u8>),
    Unknown,
    Failed(String),
}

impl Entry {
    fn credential(&self) -> Result<Option<Credential>, &'static str> {
        let text = |field: &Option<SecretText>| {
            field
                .as_ref()
                .map(|SecretText(secret)| secret.clone())
                .filter(|secret| !secret.expose().is_empty())
        };
        if let Some(token) = text(&self.registrytoken) {
            return Ok(Some(Credential::RegistryToken(token)));
        }
        if let Some(token) = text(&self.identitytoken) {
            return Ok(Some(Credential::IdentityToken(token)));
        }
        let encoded = self.auth.0.0.expose().trim();
        if !encoded.is_empty() {
            let pair = base64::engine::general_purpose::STANDARD
                .decode(encoded)
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .ok_or("`auth` is not base64")?;
            let (user, password) = pair.split_once(':').ok_or("`auth` holds no user:password")?;
            // Docker pads some of them with NUL.
            return Ok(Some(Credential::basic(user, password.trim_matches('\0'))));
        }
        match (&self.username, text(&self.password)) {
            (user, Some(password)) if !user.is_empty() => {
                Ok(Some(Credential::basic(user.clone(), password)))
            }
            _ => Ok(None),
        }
    }
}

impl From<HelperAnswer> for Credential {
    fn from(answer: HelperAnswer) -> Self {
        let SecretText(secret) = answer.secret;
        if answer.username == "<token>" {
            Self::IdentityToken(secret)
        } else {
            Self::Basic { username: answer.username, password: secret }
        }
    }
}

/// `host[:port]` of a key: no scheme, no path, Docker Hub under its one name.
fn normal_key(key: &str) -> String {
    let rest = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let host = rest.split('/').next().unwrap_or(rest).to_ascii_lowercase();
    match host.as_str() {
        "docker.io" | "registry-1.docker.io" => "index.docker.io".to_owned(),
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn config(dir: &Path, text: &str) -> DockerConfig {
        let path = dir.join("config.json");
        std::fs::write(&path, text).unwrap();
        let mut config = DockerConfig::read(&path).unwrap();
        config.helper_dir = Some(dir.to_owned());
        config.helper_timeout = Duration::from_secs(5);
        config
    }

    fn helper(dir: &Path, name: &str, script: &str) {
        let path = dir.join(format!("docker-credential-{name}"));
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[tokio::test]
    async fn finds_a_host_under_any_spelling_of_its_key() {
        let dir = tempfile::tempdir().unwrap();
        // me:secret
        let text = r#"{"auths":{"https://Reg.io:5000/v1/":{"auth":"bWU6c2VjcmV0"},
            "https://index.docker.io/v1/":{"username":"hub","password":"p"},
            "id.io":{"identitytoken":"t"},"raw.io":{"registrytoken":"r"},"empty.io":{}}}"#;
        let config = config(dir.path(), text);
        let get = async |host: &str| config.credential(host).await.unwrap();
        assert_eq!(get("reg.io:5000").await, Some(Credential::basic("me", "secret")));
        assert_eq!(get("docker.io").await, Some(Credential::basic("hub", "p")));
        assert_eq!(get("registry-1.docker.io").await, Some(Credential::basic("hub", "p")));
        assert_eq!(get("id.io").await, Some(Credential::IdentityToken("t".into())));
        assert_eq!(get("raw.io").await, Some(Credential::RegistryToken("r".into())));
        for host in ["reg.io", "empty.io", "other.io"] {
            assert_eq!(get(host).await, None, "{host}");
        }
        assert!(!format!("{config:?}").contains("secret"));
        assert!(!format!("{config:?}").contains("bWU6c2VjcmV0"));
    }

    #[tokio::test]
    async fn asks_helpers_before_the_file() {
        let dir = tempfile::tempdir().unwrap();
        helper(dir.path(), "one", r#"read s; echo "{\"Username\":\"$s\",\"Secret\":\"x\"}""#);
        helper(dir.path(), "none", "echo credentials not found in native keychain; exit 1");
        let config = config(
            dir.path(),
            r#"{"credsStore":"none","credHelpers":{"gcr.io":"one"},"auths":{"reg.io":{"auth":"bWU6c2VjcmV0"}}}"#,
        );
        assert_eq!(
            config.credential("gcr.io").await.unwrap(),
            Some(Credential::basic("gcr.io", "x"))
        );
        assert_eq!(
            config.credential("reg.io").await.unwrap(),
            Some(Credential::basic("me", "secret"))
        );
        assert_eq!(config.credential("x.io").await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_broken_or_slow_helper_is_named() {
        let dir = tempfile::tempdir().unwrap();
        helper(dir.path(), "slow", "sleep 30");
        helper(dir.path(), "broken", "echo not logged in; exit 2");
        let mut config = config(
            dir.path(),
            r#"{"credHelpers":{"a.io":"slow","b.io":"broken","c.io":"../evil","d.io":"missing"}}"#,
        );
        config.helper_timeout = Duration::from_millis(200);
        for (host, words) in
            [("a.io", "within"), ("b.io", "not logged in"), ("c.io", "name"), ("d.io", "")]
        {
            let error = config.credential(host).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Credentials, "{host}");
            assert!(error.to_string().contains(words), "{host}: {error}");
        }
    }

    #[test]
    fn a_broken_file_is_named_without_its_content() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.json");
        std::fs::write(&path, r#"{"auths":{"a":{"auth":{"canary":1}}}}"#).unwrap();
        let error = DockerConfig::read(&path).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("canary"));
        assert!(error.to_string().contains("config.json"));
    }
}
