//! The few facts of a certificate that a verdict about it names (RFC 5280 section 4.1).
//!
//! webpki keeps dates and names to itself and says no more than which check failed; an operator needs to read whose
//! certificate it was. Only certificates that webpki could parse are looked at here, so whatever is out of the ordinary
//! simply has no facts.

use std::fmt::Write as _;

use crate::error::excerpt;

const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const BMP_STRING: u8 = 0x1e;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;

/// `2.5.29.19`
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
/// `2.5.29.37`
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x25];
/// `2.5.29.37.0`
const ANY_USAGE: &[u8] = &[0x55, 0x1d, 0x25, 0x00];
/// `1.3.6.1.5.5.7.3.1`
const SERVER_AUTH: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];

/// What a certificate says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    /// Who signed it, as `O=daocloud, CN=release CA`.
    pub(super) issuer: String,
    /// Who it is, in the same form.
    pub(super) subject: String,
    /// Whether issuer and subject are the same.
    pub(super) is_self_signed: bool,
    /// The first moment it is good for, as `2026-11-23T09:00:42Z`: such texts compare as the moments do.
    pub(super) not_before: String,
    /// The last one.
    pub(super) not_after: String,
    /// Whether it may sign others. Certificates of version 1 cannot say, and are taken for what they are used as.
    pub(super) is_authority: bool,
    /// Whether servers may show it: the extended key usage says so or is not there.
    pub(super) is_for_servers: bool,
}

impl Facts {
    /// Reads a certificate in DER. `None` when it is not of the usual form.
    pub(super) fn of(certificate: &[u8]) -> Option<Self> {
        let mut outer = Reader(Reader(certificate).expect(SEQUENCE)?);
        let mut fields = Reader(outer.expect(SEQUENCE)?);
        let version = fields.optional(VERSION);
        fields.expect(INTEGER)?;
        fields.expect(SEQUENCE)?;
        let issuer = fields.expect(SEQUENCE)?;
        let mut validity = Reader(fields.expect(SEQUENCE)?);
        let subject = fields.expect(SEQUENCE)?;
        fields.expect(SEQUENCE)?;
        let mut facts = Self {
            issuer: name(issuer)?,
            subject: name(subject)?,
            is_self_signed: issuer == subject,
            not_before: time(validity.next()?)?,
            not_after: time(validity.next()?)?,
            is_authority: version.is_none(),
            is_for_servers: true,
        };
        while !fields.0.is_empty() {
            if let (EXTENSIONS, content) = fields.next()? {
                facts.read_extensions(Reader(Reader(content).expect(SEQUENCE)?))?;
            }
        }
        Some(facts)
    }

    fn read_extensions(&mut self, mut extensions: Reader<'_>) -> Option<()> {
        while !extensions.0.is_empty() {
            let mut extension = Reader(extensions.expect(SEQUENCE)?);
            let id = extension.expect(OBJECT_IDENTIFIER)?;
            extension.optional(BOOLEAN);
            let mut value = Reader(extension.expect(OCTET_STRING)?);
            if id == BASIC_CONSTRAINTS {
                let said = Reader(value.expect(SEQUENCE)?).optional(BOOLEAN);
                self.is_authority = said.is_some_and(|said| said != [0]);
            } else if id == EXTENDED_KEY_USAGE {
                let mut usages = Reader(value.expect(SEQUENCE)?);
                self.is_for_servers = false;
                while !usages.0.is_empty() {
                    let usage = usages.expect(OBJECT_IDENTIFIER)?;
                    self.is_for_servers |= usage == SERVER_AUTH || usage == ANY_USAGE;
                }
            }
        }
        Some(())
    }
}

/// Elements of DER, one after the other.
#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Tag and content of the next element. `None` at the end and for what is cut short.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&[tag, first], rest) = self.0.split_first_chunk()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            // 0x80 is BER's; nothing that a handshake carries needs more than three bytes for its length.
            0x80 | 0x84.. => return None,
            0x81..=0x83 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first & 0x0f))?;
                (digits.iter().fold(0, |sum, digit| (sum << 8) | usize::from(*digit)), rest)
            }
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    /// The content of the next element, which has this tag.
    fn expect(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next().and_then(|(found, content)| (found == tag).then_some(content))
    }

    /// The content of the next element if it has this tag; another one is left where it is.
    fn optional(&mut self, tag: u8) -> Option<&'a [u8]> {
        let mut ahead = *self;
        let content = ahead.expect(tag)?;
        *self = ahead;
        Some(content)
    }
}

/// A distinguished name, its parts in their order. Kinds of parts that hardly anybody uses are left out.
fn name(parts: &[u8]) -> Option<String> {
    let mut text = String::new();
    let mut parts = Reader(parts);
    while !parts.0.is_empty() {
        let mut alternatives = Reader(parts.expect(SET)?);
        while !alternatives.0.is_empty() {
            let mut part = Reader(alternatives.expect(SEQUENCE)?);
            let kind = part.expect(OBJECT_IDENTIFIER)?;
            let value = string(part.next()?);
            let Some(label) = label(kind) else { continue };
            let separator = if text.is_empty() { "" } else { ", " };
            write!(text, "{separator}{label}={value}").ok()?;
        }
    }
    Some(if text.is_empty() { "(no name)".to_owned() } else { excerpt(&text) })
}

/// The usual abbreviation of an attribute of `2.5.4`.
fn label(kind: &[u8]) -> Option<&'static str> {
    Some(match kind {
        [0x55, 0x04, 0x03] => "CN",
        [0x55, 0x04, 0x06] => "C",
        [0x55, 0x04, 0x07] => "L",
        [0x55, 0x04, 0x08] => "ST",
        [0x55, 0x04, 0x0a] => "O",
        [0x55, 0x04, 0x0b] => "OU",
        _ => return None,
    })
}

fn string((tag, content): (u8, &[u8])) -> String {
    if tag != BMP_STRING {
        return String::from_utf8_lossy(content).into_owned();
    }
    let units: Vec<u16> = content
        .chunks_exact(2)
        .map(|pair| u16::from_be_bytes(pair.try_into().expect("chunks of two")))
        .collect();
    String::from_utf16_lossy(&units)
}

/// `261123090042Z` or `20261123090042Z` as `2026-11-23T09:00:42Z` (RFC 5280 section 4.1.2.5).
fn time((tag, content): (u8, &[u8])) -> Option<String> {
    let text = std::str::from_utf8(content).ok()?.strip_suffix('Z')?;
    let all = match tag {
        // Two digits of the year mean 1950 to 2049.
        UTC_TIME if text.len() == 12 => {
            format!("{}{text}", if text.as_bytes()[0] < b'5' { "20" } else { "19" })
        }
        GENERALIZED_TIME if text.len() == 14 => text.to_owned(),
        _ => return None,
    };
    if !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let [year, month, day] = [&all[..4], &all[4..6], &all[6..8]];
    let [hour, minute, second] = [&all[8..10], &all[10..12], &all[12..]];
    Some(format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z"))
}

#[cfg(test)]
mod tests {
    use rcgen::{
        BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
        date_time_ymd,
    };

    use super::*;

    fn made(change: impl FnOnce(&mut CertificateParams)) -> Vec<u8> {
        let mut parameters = CertificateParams::new(vec!["reg.io".to_owned()]).unwrap();
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        parameters.distinguished_name.push(DnType::OrganizationName, "daocloud");
        parameters.distinguished_name.push(DnType::CommonName, "证书\u{1b}[31m");
        change(&mut parameters);
        parameters.self_signed(&KeyPair::generate().unwrap()).unwrap().der().to_vec()
    }

    #[test]
    fn names_and_dates_are_read() {
        let facts = Facts::of(&made(|parameters| {
            parameters.not_before = date_time_ymd(1999, 1, 2);
            parameters.not_after = date_time_ymd(2051, 12, 31);
        }))
        .unwrap();
        assert_eq!(facts.subject, "O=daocloud, CN=证书\u{fffd}[31m");
        assert_eq!(facts.issuer, facts.subject);
        assert!(facts.is_self_signed && facts.is_for_servers && !facts.is_authority);
        // The first fits two digits of a year, the other one does not.
        assert_eq!(
            (facts.not_before.as_str(), facts.not_after.as_str()),
            ("1999-01-02T00:00:00Z", "2051-12-31T00:00:00Z")
        );
    }

    #[test]
    fn extensions_say_what_it_may_be_used_for() {
        let of = |change: fn(&mut CertificateParams)| {
            let facts = Facts::of(&made(change)).unwrap();
            (facts.is_authority, facts.is_for_servers)
        };
        let ca = |parameters: &mut CertificateParams| {
            parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        };
        let client = |parameters: &mut CertificateParams| {
            parameters.is_ca = IsCa::ExplicitNoCa;
            parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        };
        let any = |parameters: &mut CertificateParams| {
            let usages = [ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::Any];
            parameters.extended_key_usages = usages.into();
        };
        assert_eq!([of(ca), of(client), of(any)], [(true, true), (false, false), (false, true)]);
    }

    #[test]
    fn what_is_cut_short_or_damaged_is_no_reason_to_panic() {
        let good = made(|_| {});
        for length in 0..good.len() {
            assert_eq!(Facts::of(&good[..length]), None, "{length}");
        }
        let mut read = 0;
        for at in 0..good.len() {
            for bit in 0..8 {
                let mut bytes = good.clone();
                bytes[at] ^= 1 << bit;
                read += usize::from(Facts::of(&bytes).is_some());
            }
        }
        // Most of a certificate is names, key and signature, whose bytes are not judged here.
        assert!(read > good.len() && read < good.len() * 8, "{read}");
    }

    #[test]
    fn only_the_two_forms_of_a_time_are_times() {
        let good = [
            ((UTC_TIME, &b"491231235959Z"[..]), "2049-12-31T23:59:59Z"),
            ((UTC_TIME, b"500101000000Z"), "1950-01-01T00:00:00Z"),
            ((GENERALIZED_TIME, b"99991231235959Z"), "9999-12-31T23:59:59Z"),
        ];
        for (element, text) in good {
            assert_eq!(time(element).as_deref(), Some(text));
        }
        for bad in [&b"4912312359Z"[..], b"491231235959", b"49123123595xZ", b"20491231235959Z"] {
            assert_eq!(time((UTC_TIME, bad)), None);
        }
    }
}
