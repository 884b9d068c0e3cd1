//! Time zones.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// A time zone: what clocks show, and what it is called, at any time.
#[derive(Clone)]
pub struct Zone(Rules);

#[derive(Clone)]
enum Rules {
    Utc,
    Fixed { name: Box<str>, offset: i64 },
    Table { name: Box<str>, table: TimeZone },
}

/// What a zone is at some time.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Offset {
    /// Seconds east of Greenwich.
    pub(crate) seconds: i64,
    /// The abbreviation: `CEST`.
    pub(crate) name: String,
    pub(crate) is_daylight_saving: bool,
}

impl Zone {
    /// Coordinated universal time.
    pub const fn utc() -> Self {
        Self(Rules::Utc)
    }

    /// A zone of the IANA database, which the program carries with it: `Europe/Berlin`. Upper and lower case matter.
    pub fn named(name: &str) -> Option<Self> {
        if name == "UTC" {
            return Some(Self::utc());
        }
        let table = TimeZoneDatabase::bundled().get(name).ok()?;
        // The database does not care for case, Go's files do.
        (table.iana_name() == Some(name)).then(|| Self(Rules::Table { name: name.into(), table }))
    }

    /// The machine's zone from the bytes of its `/etc/localtime`.
    pub fn from_tzif(bytes: &[u8]) -> Option<Self> {
        let table = TimeZone::tzif("Local", bytes).ok()?;
        Some(Self(Rules::Table { name: "Local".into(), table }))
    }

    /// A zone that is always so many seconds east of Greenwich. The name can be empty.
    pub(crate) fn fixed(name: &str, offset: i64) -> Self {
        Self(Rules::Fixed { name: name.into(), offset })
    }

    /// Go's `Location.String`.
    pub(crate) fn name(&self) -> &str {
        match &self.0 {
            Rules::Utc => "UTC",
            Rules::Fixed { name, .. } | Rules::Table { name, .. } => name,
        }
    }

    pub(crate) const fn is_utc(&self) -> bool {
        matches!(self.0, Rules::Utc)
    }

    /// What the zone is at a time in seconds since 1970.
    pub(crate) fn at(&self, seconds: i64) -> Offset {
        match &self.0 {
            Rules::Utc => Offset { seconds: 0, name: "UTC".to_owned(), is_daylight_saving: false },
            Rules::Fixed { name, offset } => {
                Offset { seconds: *offset, name: name.to_string(), is_daylight_saving: false }
            }
            Rules::Table { table, .. } => {
                let (first, last) = (Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
                let timestamp =
                    Timestamp::from_second(seconds.clamp(first, last)).unwrap_or_default();
                let found = table.to_offset_info(timestamp);
                Offset {
                    seconds: found.offset().seconds().into(),
                    name: found.abbreviation().to_owned(),
                    is_daylight_saving: found.dst().is_dst(),
                }
            }
        }
    }

    /// The offsets that the zone ever had under an abbreviation, in seconds.
    pub(crate) fn offsets_named(&self, abbreviation: &str) -> Vec<i64> {
        /// Zones that change twice a year go on for ever.
        const MOST_CHANGES: usize = 500;
        match &self.0 {
            Rules::Utc => Vec::new(),
            Rules::Fixed { name, offset } => {
                (**name == *abbreviation).then_some(*offset).into_iter().collect()
            }
            Rules::Table { table, .. } => {
                let first = self.at(Timestamp::MIN.as_second());
                let transitions = table.following(Timestamp::MIN).take(MOST_CHANGES);
                let later = transitions
                    .filter(|change| change.abbreviation() == abbreviation)
                    .map(|change| i64::from(change.offset().seconds()));
                (first.name == abbreviation)
                    .then_some(first.seconds)
                    .into_iter()
                    .chain(later)
                    .collect()
            }
        }
    }

    /// The offset in force where clocks show `local`, in seconds since 1970 as if it were UTC.
    pub(crate) fn offset_for_clock(&self, local: i64) -> i64 {
        let guess = self.at(local).seconds;
        if guess == 0 { 0 } else { self.at(local - guess).seconds }
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Zone").field(&self.name()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_found_by_their_exact_names() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        assert_eq!(
            (berlin.at(1_593_820_800).seconds, berlin.at(1_593_820_800).name.as_str()),
            (7200, "CEST")
        );
        assert!(berlin.at(1_593_820_800).is_daylight_saving);
        // Half past two does not exist on that day.
        assert_eq!(berlin.offset_for_clock(1_585_449_000), 3600);
        for name in ["europe/berlin", "Nowhere", "", "../etc", "Local"] {
            assert!(Zone::named(name).is_none(), "{name}");
        }
        assert!(Zone::from_tzif(b"TZif").is_none());
    }
}
