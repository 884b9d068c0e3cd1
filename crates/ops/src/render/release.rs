//! Names of releases.

use gotemplate::{Budget, Functions, Limits, Set, Value};
use helm::{Environment, Zone};
use sha2::{Digest, Sha256};

use crate::chart::{Refusal, refuse};
use crate::problem::ProblemKind;

const LONGEST_NAME: usize = 53;
const RULE: &str = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

/// What helm asks of a name, with its words and its line in the log.
pub(super) fn check_name(name: &str) -> Result<(), Refusal> {
    let reason = if name.is_empty() {
        "no release name set".to_owned()
    } else if name.len() > LONGEST_NAME || !name.split('.').all(is_label) {
        format!(
            "invalid release name, must match regex {RULE} and the length must not be longer than {LONGEST_NAME}"
        )
    } else {
        return Ok(());
    };
    let error = format!("release name {name:?}: {reason}");
    let log = format!("level=ERROR msg=\"release name check failed\" error={error:?}");
    let line = format!("release name check failed: {error}");
    Err(refuse(ProblemKind::ReleaseNameInvalid, name, line).after(vec![log]))
}

fn is_label(label: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !label.is_empty()
        && label.bytes().all(is_inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// `--name-template`: a template of its own, with Sprig's functions and no values.
pub(super) fn name_from_template(
    template: &str,
    environment: &Environment,
) -> Result<String, Refusal> {
    const NAME: &str = "name-template";
    let refused = |line: String| refuse(ProblemKind::ReleaseNameInvalid, template, line);
    let mut set = Set::new(NAME, Functions::new(sprig::functions::<Surroundings>()));
    set.parse(NAME, template).map_err(|error| refused(error.text()))?;
    let mut host = Surroundings { environment: environment.clone(), blocks: 0 };
    let mut budget = Budget::new(Limits::default());
    let name = set
        .execute(NAME, &Value::Nil, &mut host, &mut budget)
        .map_err(|error| refused(error.text()))?;
    Ok(String::from_utf8_lossy(&name).into_owned())
}

struct Surroundings {
    environment: Environment,
    blocks: u64,
}

impl sprig::Environment for Surroundings {
    fn now(&self) -> (i64, u32) {
        self.environment.now
    }

    fn local_zone(&self) -> Zone {
        self.environment.local_zone.clone()
    }

    /// Hashes of the seed and a counter.
    fn random(&mut self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let hash = Sha256::new()
                .chain_update(self.environment.seed)
                .chain_update(self.blocks.to_le_bytes())
                .finalize();
            chunk.copy_from_slice(&hash[..chunk.len()]);
            self.blocks += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment() -> Environment {
        Environment { now: (0, 0), local_zone: Zone::utc(), seed: [7; 32] }
    }

    #[test]
    fn names_are_checked_as_helm_does() {
        for good in ["a", "a-b", "a.b-c.1", &"a".repeat(53)] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "A", "a_b", "-a", "a-", "a..b", &"a".repeat(54)] {
            let refusal = check_name(bad).unwrap_err();
            assert!(refusal.line.starts_with("release name check failed: release name"), "{bad}");
            assert_eq!(refusal.said.len(), 1);
        }
    }

    #[test]
    fn a_template_makes_a_name() {
        let name = |text| name_from_template(text, &environment());
        assert_eq!(name("a-{{ \"X\" | lower }}").unwrap(), "a-x");
        assert_eq!(
            name("{{ fail \"a\" }}").unwrap_err().line,
            "template: name-template:1:3: executing \"name-template\" at <fail \"a\">: error calling fail: a"
        );
        assert_eq!(
            name("{{ include \"a\" . }}").unwrap_err().line,
            "template: name-template:1: function \"include\" not defined"
        );
    }
}
