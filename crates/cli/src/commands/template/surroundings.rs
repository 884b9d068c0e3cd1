//! Clock, time zone and entropy of this machine, for templates.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use ops::{Problem, ProblemKind};
use ops::{Refusal, RenderEnvironment, Zone};

use crate::environment::Environment;

/// What this machine has.
pub(crate) fn render_environment(environment: &Environment) -> Result<RenderEnvironment, Refusal> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    Ok(RenderEnvironment {
        now: (seconds, now.subsec_nanos()),
        local_zone: local_zone(environment),
        seed: seed()?,
    })
}

fn seed() -> Result<[u8; 32], Refusal> {
    const SOURCE: &str = "/dev/urandom";
    let mut seed = [0; 32];
    File::open(SOURCE).and_then(|mut file| file.read_exact(&mut seed)).map_err(|error| {
        let problem = Problem::error(ProblemKind::LocalIo, SOURCE, error.to_string());
        Refusal::new(format!("open {SOURCE}: {error}"), problem)
    })?;
    Ok(seed)
}

/// The zone Go takes for the local one: `TZ` names it, or a file; without it `/etc/localtime` does.
fn local_zone(environment: &Environment) -> Zone {
    let of_file = |path: &Path| std::fs::read(path).ok().and_then(|text| Zone::from_tzif(&text));
    let zone = match environment.variable("TZ") {
        None => of_file(Path::new("/etc/localtime")),
        Some(name) => {
            let name = name.strip_prefix(':').unwrap_or(&name);
            if name.starts_with('/') { of_file(Path::new(name)) } else { Zone::named(name) }
        }
    };
    zone.unwrap_or_else(Zone::utc)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_names_the_zone() {
        let zone = |name| format!("{:?}", local_zone(&Environment::fixed(&[("TZ", name)])));
        assert!(zone("Europe/Berlin").contains("Berlin"));
        assert!(zone(":Asia/Shanghai").contains("Shanghai"));
        assert!(zone("Nowhere/Else").contains("UTC"));
        assert!(zone("/no/such/file").contains("UTC"));
    }

    #[test]
    fn seeds_differ() {
        assert_ne!(seed().unwrap(), seed().unwrap());
    }
}
