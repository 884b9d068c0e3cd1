//! When a request is sent again, and how long to wait before.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::{Duration, SystemTime};

use crate::{Error, ErrorKind};

/// How often and how patiently a request is repeated. Only connection errors, 408, 429 and 5xx are: what a registry
/// refuses with another 4xx it will refuse again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all, the first included. 1 turns repetition off.
    pub attempts: u32,
    /// The pause after the first failure. It doubles with each further one.
    pub first_delay: Duration,
    /// The longest pause of our own choice.
    pub max_delay: Duration,
    /// The longest `Retry-After` that is obeyed; a longer one is cut to this.
    pub max_retry_after: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 5,
            first_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(10),
            max_retry_after: Duration::from_mins(1),
        }
    }
}

impl RetryPolicy {
    /// No second attempt.
    pub fn never() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// The pause after failure number `failures` (from 1): exponential, with a random half so that many clients do
    /// not come back together. A server's `Retry-After` is a lower bound.
    pub(crate) fn delay(&self, failures: u32, retry_after: Option<Duration>) -> Duration {
        let doubled = 1u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
        let full = self.first_delay.saturating_mul(doubled).min(self.max_delay);
        let own = full.mul_f64(0.5 + random_fraction() / 2.0);
        own.max(retry_after.unwrap_or_default().min(self.max_retry_after))
    }
}

/// Told about every repetition, for the terminal and the log.
pub trait RetryObserver: Send + Sync {
    /// Attempt number `attempt` (from 1) failed with `error`; the next one follows after `delay`.
    fn retrying(&self, error: &Error, attempt: u32, delay: Duration);
}

impl ErrorKind {
    /// Whether the same request may succeed a moment later.
    pub fn is_transient(self) -> bool {
        matches!(
            self,
            Self::Unreachable
                | Self::ConnectionLost
                | Self::Timeout
                | Self::TooManyRequests
                | Self::ServerError
                | Self::DnsUnavailable
        )
    }
}

/// Seconds of a `Retry-After` header. A date is turned into a pause from now.
pub(crate) fn retry_after(headers: &http::HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    http_date(text)?.duration_since(now).ok()
}

/// An IMF-fixdate (RFC 9110 §5.6.7), the only form servers may send today: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<SystemTime> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let rest = text.split_once(", ")?.1.strip_suffix(" GMT")?;
    let mut words = rest.split([' ', ':']);
    let day: u64 = words.next()?.parse().ok()?;
    let name = words.next()?;
    let month = MONTHS.iter().position(|month| *month == name)? as u64 + 1;
    let year: u64 = words.next()?.parse().ok().filter(|year| (1970..10_000).contains(year))?;
    let mut clock = [0u64; 3];
    for part in &mut clock {
        *part = words.next()?.parse().ok()?;
    }
    // Days since the epoch by the civil calendar, counted in years that start in March.
    let (shifted_year, shifted_month) =
        if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let day_of_year = (153 * shifted_month + 2) / 5 + day.checked_sub(1)?;
    let days = 365 * shifted_year + shifted_year / 4 - shifted_year / 100
        + shifted_year / 400
        + day_of_year;
    let seconds = days.checked_sub(719_468)? * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2];
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

/// From 0 to 1. The hasher's keys are random, which is all the randomness a pause needs.
fn random_fraction() -> f64 {
    let bits = RandomState::new().build_hasher().finish() >> 32;
    f64::from(u32::try_from(bits).unwrap_or(u32::MAX)) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay_bounded() {
        let policy = RetryPolicy::default();
        for (failures, low, high) in
            [(1, 100, 200), (2, 200, 400), (3, 400, 800), (60, 5_000, 10_000)]
        {
            let delay = policy.delay(failures, None);
            assert!(
                delay >= Duration::from_millis(low) && delay <= Duration::from_millis(high),
                "{failures}: {delay:?}"
            );
        }
    }

    #[test]
    fn obeys_retry_after_up_to_a_limit() {
        let policy = RetryPolicy::default();
        assert!(policy.delay(1, Some(Duration::from_secs(3))) >= Duration::from_secs(3));
        let capped = policy.delay(1, Some(Duration::from_hours(24)));
        assert_eq!(capped, policy.max_retry_after);
    }

    #[test]
    fn reads_seconds_and_dates() {
        let headers = |text: &str| {
            let mut headers = http::HeaderMap::new();
            headers.insert(http::header::RETRY_AFTER, text.parse().unwrap());
            headers
        };
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(retry_after(&headers("7"), at), Some(Duration::from_secs(7)));
        let date = "Sun, 06 Nov 1994 08:49:47 GMT";
        assert_eq!(retry_after(&headers(date), at), Some(Duration::from_secs(10)));
        for text in ["-1", "soon", "Sun, 99 Foo 1994 08:49:47 GMT", "Sun, 06 Nov"] {
            assert_eq!(retry_after(&headers(text), at), None, "{text}");
        }
    }
}
