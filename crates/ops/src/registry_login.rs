//! `registry login` and `logout`: credentials in docker's `config.json`, or with its credential helpers.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use base64::Engine as _;
use chart_repository::write_atomically;
use registry_client::{
    Client, Credential, ErrorKind, HostPort, Registry, RegistryOptions, Scheme, Secret,
};
use serde::Serialize as _;
use serde_json::{Map, Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

use crate::network::request_problem;
use crate::repo_access::{HelmAccess, HelmFiles, go_words, io_failure};
use crate::{HelmFailure, HelmWarning, Problem, ProblemKind};

/// How long a helper may take.
const HELPER: Duration = Duration::from_secs(20);

/// Asks the registry whether it takes the credentials, and stores them.
pub async fn registry_login(
    host: &str,
    access: &HelmAccess,
    files: &HelmFiles,
    warnings: &mut Vec<HelmWarning>,
) -> Result<(), HelmFailure> {
    if host.contains('/') {
        warnings.push(HelmWarning::NotAHost { given: host.to_owned() });
    }
    let invalid = || {
        let problem = Problem::error(ProblemKind::RegistryHost, host, "");
        HelmFailure::new(format!("invalid reference: invalid registry {host:?}"), problem)
    };
    let parsed: HostPort = host.parse().map_err(|_| invalid())?;
    let password = access.password.clone().unwrap_or_else(|| Secret::from(""));
    probe(host, &parsed, access, &password).await?;
    let mut config = read_config(&files.registry)?;
    if let Some(helper) = helper(&config, host) {
        let request = json!({
            "ServerURL": server(host), "Username": access.username, "Secret": password.expose(),
        });
        return run_helper(&helper, "store", request.to_string().as_bytes()).await;
    }
    let pair = format!("{}:{}", access.username, password.expose());
    let auth = base64::engine::general_purpose::STANDARD.encode(pair);
    let auths = config.entry("auths").or_insert_with(|| json!({}));
    if !auths.is_object() {
        *auths = json!({});
    }
    auths[server(host)] = json!({ "auth": auth });
    write_config(&files.registry, config)
}

async fn probe(
    host: &str,
    parsed: &HostPort,
    access: &HelmAccess,
    password: &Secret,
) -> Result<(), HelmFailure> {
    let credential = if access.username.is_empty() {
        Credential::IdentityToken(password.clone())
    } else {
        Credential::basic(access.username.clone(), password.clone())
    };
    let failed = |error: registry_client::Error| {
        let cause = match error.kind() {
            ErrorKind::UnexpectedAnswer | ErrorKind::NotFound => "not found".to_owned(),
            ErrorKind::Unauthorized => format!(
                "GET \"{}\": response status code 401: unauthorized: authentication required",
                error.url().map(ToString::to_string).unwrap_or_default()
            ),
            _ => go_words(&error),
        };
        HelmFailure::new(
            format!("authenticating to {host:?}: {cause}"),
            request_problem(host, &error),
        )
    };
    let url = format!("https://{parsed}/")
        .parse()
        .map_err(|_| HelmFailure::plain("invalid reference"))?;
    let client: Client = access.client(&url)?;
    let scheme = Some(if access.plain_http { Scheme::Http } else { Scheme::Https });
    let options = RegistryOptions { scheme, credential: Some(credential) };
    let registry = Registry::open(&client, parsed, options).await.map_err(failed)?;
    registry.probe().await.map_err(failed)?;
    Ok(())
}

/// Removes the credentials of a registry. There being none is no failure.
pub async fn registry_logout(host: &str, files: &HelmFiles) -> Result<(), HelmFailure> {
    if !files.registry.exists() {
        return Ok(());
    }
    let mut config = read_config(&files.registry)?;
    if let Some(helper) = helper(&config, host) {
        return run_helper(&helper, "erase", server(host).as_bytes()).await;
    }
    let Some(auths) = config.get_mut("auths").and_then(Value::as_object_mut) else { return Ok(()) };
    if auths.shift_remove(&server(host)).is_none() {
        return Ok(());
    }
    write_config(&files.registry, config)
}

/// The key of a registry: Docker Hub has one of its own.
fn server(host: &str) -> String {
    match host {
        "docker.io" | "index.docker.io" | "registry-1.docker.io" => {
            "https://index.docker.io/v1/".to_owned()
        }
        _ => host.to_owned(),
    }
}

/// The credential helper that keeps this registry's credentials.
fn helper(config: &Map<String, Value>, host: &str) -> Option<String> {
    let own = config.get("credHelpers").and_then(|helpers| helpers.get(server(host)));
    let name = own.or_else(|| config.get("credsStore")).and_then(Value::as_str)?;
    (!name.is_empty()).then(|| name.to_owned())
}

async fn run_helper(name: &str, action: &str, input: &[u8]) -> Result<(), HelmFailure> {
    let program = format!("docker-credential-{name}");
    let failed = |why: String| {
        let problem = Problem::error(ProblemKind::CredentialHelper, &program, why.clone());
        HelmFailure::new(format!("failed to {action} credentials: {program}: {why}"), problem)
    };
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')) {
        return Err(failed("not a helper's name".to_owned()));
    }
    let run = async {
        let mut child = Command::new(&program)
            .arg(action)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            // A helper that has read enough may close its end.
            let _ = stdin.write_all(input).await;
        }
        child.wait_with_output().await
    };
    let output = tokio::time::timeout(HELPER, run)
        .await
        .map_err(|_| failed(format!("no answer within {HELPER:?}")))?
        .map_err(|error| failed(error.to_string()))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let is_absent = action == "erase" && said.contains("credentials not found");
    if output.status.success() || is_absent {
        return Ok(());
    }
    Err(failed(said.trim().chars().take(200).collect()))
}

fn read_config(path: &Path) -> Result<Map<String, Value>, HelmFailure> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Map::new()),
        Err(error) => return Err(io_failure("open", path, &error)),
    };
    if bytes.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(config)) => Ok(config),
        // The text of the error could show a piece of a secret.
        _ => Err(HelmFailure::new(
            format!("failed to decode config file at {}: invalid config format", path.display()),
            Problem::error(ProblemKind::CredentialsInvalid, path.display().to_string(), ""),
        )),
    }
}

/// Writes the file as Go does: keys sorted at the top, indented with tabs, no line break at the end.
fn write_config(path: &Path, config: Map<String, Value>) -> Result<(), HelmFailure> {
    let sorted: std::collections::BTreeMap<String, Value> = config
        .into_iter()
        .filter(|(key, value)| !(key == "credsStore" && *value == json!("")))
        .map(|(key, value)| (key.clone(), if key == "auths" { ordered(value) } else { value }))
        .collect();
    let mut text = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"\t");
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, formatter);
    sorted.serialize(&mut serializer).expect("JSON can be written");
    if let Some(parent) = path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        fs::create_dir_all(parent).map_err(|error| io_failure("mkdir", parent, &error))?;
    }
    write_atomically(path, &text, 0o600).map_err(|error| io_failure("open", path, &error))
}

fn ordered(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let sorted: std::collections::BTreeMap<String, Value> = map.into_iter().collect();
            Value::Object(sorted.into_iter().collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_docker_s_and_keeps_what_it_does_not_know() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("helm/config.json");
        let config = json!({
            "auths": { "b.io": { "auth": "YTpi" }, "a.io": { "auth": "eDp5" } },
            "foo": { "z": 1 }, "credsStore": "", "HttpHeaders": { "a": "b" },
        });
        let Value::Object(config) = config else { unreachable!() };
        write_config(&path, config).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(
            text,
            "{\n\t\"HttpHeaders\": {\n\t\t\"a\": \"b\"\n\t},\n\t\"auths\": {\n\t\t\"a.io\": {\n\t\t\t\"auth\": \"eDp5\"\n\t\t},\n\t\t\"b.io\": {\n\t\t\t\"auth\": \"YTpi\"\n\t\t}\n\t},\n\t\"foo\": {\n\t\t\"z\": 1\n\t}\n}"
        );
        assert_eq!(read_config(&path).unwrap().len(), 3);
        fs::write(&path, "{\"auths\": canary}").unwrap();
        assert!(!format!("{:?}", read_config(&path).unwrap_err()).contains("canary"));
    }
}
