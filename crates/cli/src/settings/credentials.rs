//! Who we are at the registry and at the chart repository: flags, then environment, then the file.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use ops::{Credentials, Problem, ProblemKind, Secret};

use super::load_image::Auth;
use crate::environment::Environment;
use crate::language::Language;
use crate::say;

/// Passwords are lines, not files.
const MOST_BYTES: u64 = 64 << 10;

/// One of the two services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// The registry for images.
    Registry,
    /// The chart repository.
    ChartRepository,
}

/// What flags say about one service.
#[derive(Clone, Debug, Default)]
pub(crate) struct AuthFlags<'a> {
    /// `--…-username`.
    pub(crate) username: Option<&'a str>,
    /// `--…-password-file`.
    pub(crate) password_file: Option<&'a Path>,
    /// `--…-password-stdin`.
    pub(crate) password_from_stdin: bool,
    /// `--…-password`, which is refused.
    pub(crate) has_password: bool,
}

impl Service {
    /// The beginnings of the environment variables that hold its `USERNAME` and `PASSWORD`, most specific first.
    fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::Registry => &["FERRY_REGISTRY_", "TARGET_CONTAINERS_AUTH_"],
            Self::ChartRepository => &["FERRY_REPO_", "TARGET_REPO_AUTH_", "TARGET_AUTH_"],
        }
    }

    /// The word in its flags.
    fn word(self) -> &'static str {
        match self {
            Self::Registry => "registry",
            Self::ChartRepository => "repo",
        }
    }

    fn variable(self, name: &str, environment: &Environment) -> Option<String> {
        self.prefixes().iter().find_map(|prefix| environment.variable(&format!("{prefix}{name}")))
    }
}

/// What the file says about one service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InFile<'a> {
    /// The file's name, where there is a file.
    pub(crate) name: Option<&'a str>,
    /// Its `auth`.
    pub(crate) auth: &'a Auth,
}

/// Puts the credentials for one service together. Nothing at all is `None`; half of them is a mistake.
pub(crate) fn resolve(
    service: Service,
    flags: &AuthFlags<'_>,
    file: InFile<'_>,
    environment: &Environment,
    language: Language,
) -> Result<Option<Credentials>, Problem> {
    let word = service.word();
    if flags.has_password {
        let detail = say!(
            "every user of this machine can read it; use --{word}-password-file or --{word}-password-stdin",
            "本机所有用户都能看到；请使用 --{word}-password-file 或 --{word}-password-stdin"
        );
        return Err(invalid(&format!("--{word}-password"), detail.get(language)));
    }
    let username = flags.username.map(str::to_owned);
    let username = username.or_else(|| service.variable("USERNAME", environment));
    let username = username.or_else(|| file.auth.username.clone());
    let password = match (flags.password_file, flags.password_from_stdin) {
        (Some(path), _) => Some(password_file(&environment.absolute(path))?),
        (None, true) => Some(password_stdin()?),
        (None, false) => service.variable("PASSWORD", environment).map(Secret::from),
    };
    let password = password.or_else(|| file.auth.password.clone());
    match (username, password) {
        (Some(username), Some(password)) => Ok(Some(Credentials { username, password })),
        (None, None) => Ok(None),
        // What stands there cannot be used, and that is told where it stands.
        _ if file.auth.is_unusable => Ok(None),
        (given, _) => Err(half(service, given.is_some(), file, language)),
    }
}

/// One of two without the other.
fn half(service: Service, has_username: bool, file: InFile<'_>, language: Language) -> Problem {
    let (lacking, detail) = if has_username {
        ("password", say!("the user name has no password", "有用户名，没有密码"))
    } else {
        ("username", say!("the password has no user name", "有密码，没有用户名"))
    };
    let detail = detail.get(language);
    let key = match service {
        Service::Registry => "target.containers.auth",
        Service::ChartRepository => "target.repo.auth",
    };
    let empty = file.auth.empty.iter().find(|empty| empty.path.ends_with(lacking));
    match (file.name, empty) {
        (Some(name), Some(empty)) => {
            let subject = format!("{name}:{}:{}: {}", empty.line, empty.column, empty.path);
            let why = empty.why.get(language);
            let separator = if language == Language::Zh { "；" } else { "; " };
            invalid(&subject, &format!("{detail}{separator}{why}"))
        }
        (Some(name), None) if *file.auth != Auth::default() => {
            invalid(&format!("{name}: {key}"), detail)
        }
        _ => invalid(key, detail),
    }
}

fn invalid(subject: &str, detail: &str) -> Problem {
    Problem::error(ProblemKind::CredentialsInvalid, subject, detail)
}

/// The first line of a file.
pub(crate) fn password_file(path: &PathBuf) -> Result<Secret, Problem> {
    let subject = path.display().to_string();
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text))
        .map_err(|error| invalid(&subject, &error.to_string()))?;
    one_line(&text).ok_or_else(|| invalid(&subject, "it has to hold one line that is not empty"))
}

fn password_stdin() -> Result<Secret, Problem> {
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .take(MOST_BYTES)
        .read_to_string(&mut text)
        .map_err(|error| invalid("stdin", &error.to_string()))?;
    one_line(&text).ok_or_else(|| invalid("stdin", "it has to hold one line that is not empty"))
}

fn one_line(text: &str) -> Option<Secret> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    (!text.is_empty() && !text.contains(['\n', '\r'])).then(|| Secret::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(
        pairs: &[(&str, &str)],
        flags: &AuthFlags<'_>,
        file: &Auth,
    ) -> Result<Option<(String, String)>, Problem> {
        let environment = Environment::fixed(pairs);
        let file = InFile { name: Some("f.yaml"), auth: file };
        let found = resolve(Service::ChartRepository, flags, file, &environment, Language::En)?;
        Ok(found.map(|found| (found.username, found.password.expose().to_owned())))
    }

    fn in_file() -> Auth {
        let password = Some(Secret::from("file-password"));
        Auth { username: Some("file".into()), password, ..Auth::default() }
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let none = AuthFlags::default();
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(of(&[], &none, &in_file()).unwrap(), pair("file", "file-password"));
        let environment = [("TARGET_AUTH_USERNAME", "env"), ("TARGET_REPO_AUTH_PASSWORD", "p")];
        assert_eq!(of(&environment, &none, &in_file()).unwrap(), pair("env", "p"));
        let flags = AuthFlags { username: Some("flag"), ..none.clone() };
        assert_eq!(of(&environment, &flags, &in_file()).unwrap(), pair("flag", "p"));
        let both = [("FERRY_REPO_USERNAME", "ferry"), ("TARGET_REPO_AUTH_USERNAME", "env")];
        assert_eq!(of(&both, &none, &in_file()).unwrap(), pair("ferry", "file-password"));
        assert_eq!(of(&[], &none, &Auth::default()).unwrap(), None);
    }

    #[test]
    fn the_services_do_not_share_variables() {
        let environment = Environment::fixed(&[
            ("TARGET_CONTAINERS_AUTH_USERNAME", "a"),
            ("TARGET_CONTAINERS_AUTH_PASSWORD", "b"),
        ]);
        let (flags, auth) = (AuthFlags::default(), Auth::default());
        let file = InFile { name: None, auth: &auth };
        let ask = |service| resolve(service, &flags, file, &environment, Language::En).unwrap();
        assert_eq!(ask(Service::Registry).unwrap().username, "a");
        assert!(ask(Service::ChartRepository).is_none());
    }

    #[test]
    fn half_of_a_pair_and_passwords_in_argv_are_refused() {
        let half = Auth { username: None, ..in_file() };
        let problem = of(&[], &AuthFlags::default(), &half).unwrap_err();
        assert_eq!(problem.kind, ProblemKind::CredentialsInvalid);
        assert!(!format!("{problem:?}").contains("file-password"));
        let flags = AuthFlags { has_password: true, ..AuthFlags::default() };
        assert!(of(&[], &flags, &in_file()).unwrap_err().detail.contains("--repo-password-file"));
    }

    #[test]
    fn a_password_file_holds_one_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_owned();
        for (text, password) in
            [("canary\n", Some("canary")), ("a b\r\n", Some("a b")), ("", None), ("a\nb\n", None)]
        {
            std::fs::write(&path, text).unwrap();
            let read = password_file(&path).ok();
            assert_eq!(read.as_ref().map(Secret::expose), password);
        }
    }
}
