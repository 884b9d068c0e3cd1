//! Functions of clock and entropy: the same answers give the same results, other answers other ones, and the shapes are
//! those of Sprig.

#![expect(clippy::unwrap_used, reason = "a test that fails says so")]

use gotemplate::{Budget, Functions, Limit, Limits, Map, MissingKey, Set};
use sprig::{Environment, Zone};

/// 2023-11-14 22:13:20.123456789 UTC, in Berlin.
struct Host {
    state: u64,
}

impl Environment for Host {
    fn now(&self) -> (i64, u32) {
        (1_700_000_000, 123_456_789)
    }

    fn local_zone(&self) -> Zone {
        Zone::named("Europe/Berlin").unwrap()
    }

    fn random(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.state ^ self.state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *byte = (mixed >> 32).to_le_bytes()[0];
        }
    }
}

fn execute(template: &str, seed: u64, limits: Limits) -> Result<String, gotemplate::Error> {
    let functions = Functions::new(sprig::functions());
    let mut set = Set::new("t", functions).with_missing_key(MissingKey::Zero);
    set.parse("t", template).unwrap();
    let mut host = Host { state: seed };
    let out = set.execute("t", &Map::new().into(), &mut host, &mut Budget::new(limits))?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

fn seeded(template: &str, seed: u64) -> String {
    execute(template, seed, Limits::default()).unwrap()
}

fn evaluate(template: &str) -> String {
    seeded(template, 1)
}

#[test]
fn the_clock_is_the_callers() {
    for (template, expected) in [
        ("{{ now }}", "2023-11-14 23:13:20.123456789 +0100 CET"),
        ("{{ now | date \"2006-01-02 15:04 MST\" }}", "2023-11-14 23:13 CET"),
        ("{{ dateInZone \"15:04\" now \"UTC\" }}", "22:13"),
        ("{{ htmlDate \"no time is now\" }}", "2023-11-14"),
        ("{{ htmlDate 1700000000.0 }}", "2023-11-14"),
        ("{{ date \"2006-01-02 15:04\" 0 }}", "1970-01-01 01:00"),
        ("{{ ago 1699999000 }}", "16m40s"),
        ("{{ durationRound (must_date_modify \"-50h\" now) }}", "2d"),
        ("{{ unixEpoch now }}", "1700000000"),
        (
            "{{ toDate \"2006-01-02 15:04\" \"2023-07-01 12:00\" }}",
            "2023-07-01 12:00:00 +0200 CEST",
        ),
        ("{{ toDate \"2006-01-02 MST\" \"2023-07-01 CEST\" }}", "2023-07-01 00:00:00 +0200 CEST"),
        (
            "{{ (toDate \"2006-01-02 -0700\" \"2023-07-01 +0200\") }}",
            "2023-07-01 00:00:00 +0200 CEST",
        ),
        ("{{ (now.AddDate 0 -4 0) }}", "2023-07-14 23:13:20.123456789 +0200 CEST"),
        (
            "{{ now.Location }} {{ now.UTC.Location }} {{ now.UTC.Local.Hour }}",
            "Europe/Berlin UTC 23",
        ),
        ("{{ (fromToml \"a = 2023-07-01\").a }}", "2023-07-01 00:00:00 +0100 date-local"),
    ] {
        assert_eq!(evaluate(template), expected, "{template}");
    }
}

#[test]
fn the_same_entropy_gives_the_same_bytes() {
    for template in [
        "{{ randAlphaNum 30 }} {{ randAlpha 30 }} {{ randAscii 30 }} {{ randNumeric 30 }} {{ randBytes 30 }}",
        "{{ uuidv4 }} {{ shuffle \"abcdefghijklmnop\" }} {{ randInt 0 1000000000 }}",
        "{{ bcrypt \"x\" }} {{ htpasswd \"u\" \"p\" }} {{ encryptAES \"k\" \"hello\" }}",
        "{{ $ca := genCAWithKey \"x\" 1 (genPrivateKey \"ecdsa\") }}{{ $ca.Cert }}{{ $ca.Key }}",
        "{{ $ca := genCAWithKey \"x\" 1 (genPrivateKey \"ed25519\") }}{{ $ca.Cert }}{{ $ca.Key }}",
    ] {
        assert_eq!(seeded(template, 1), seeded(template, 1), "{template}");
        assert_ne!(seeded(template, 1), seeded(template, 2), "{template}");
    }
}

#[test]
fn random_texts_are_of_their_alphabets() {
    let of = |template: &str, fits: fn(char) -> bool| {
        let text = evaluate(template);
        assert!(text.len() == 2000 && text.chars().all(fits), "{template}: {text}");
        // Every character turns up: nothing is left out, nothing is favoured by much.
        let alphabet = (0..128_u8).map(char::from).filter(|c| fits(*c));
        for c in alphabet {
            let count = text.matches(c).count();
            assert!(count > 0 && count < 400, "{template}: {count} times {c:?}");
        }
    };
    of("{{ randAlphaNum 2000 }}", |c| c.is_ascii_alphanumeric());
    of("{{ randAlpha 2000 }}", |c| c.is_ascii_alphabetic());
    of("{{ randNumeric 2000 }}", |c| c.is_ascii_digit());
    of("{{ randAscii 2000 }}", |c| (' '..='~').contains(&c));
    let uuid = evaluate("{{ uuidv4 }}");
    let shape: String = uuid.chars().map(|c| if c.is_ascii_hexdigit() { 'x' } else { c }).collect();
    assert_eq!(shape, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
    assert!(&uuid[14..15] == "4" && "89ab".contains(&uuid[19..20]), "{uuid}");
    let mut shuffled: Vec<char> = evaluate("{{ shuffle \"äbcdefgh\" }}").chars().collect();
    shuffled.sort_unstable();
    assert_eq!(shuffled.into_iter().collect::<String>(), "bcdefghä");
    for _ in 0..50 {
        let number: i64 = evaluate("{{ randInt -3 3 }}").parse().unwrap();
        assert!((-3..3).contains(&number));
    }
}

#[test]
fn passwords_are_hashed_as_bcrypt() {
    let line = evaluate("{{ htpasswd \"user\" \"pässword\" }}");
    let hash = line.strip_prefix("user:").unwrap();
    assert!(hash.starts_with("$2a$10$") && hash.len() == 60, "{hash}");
    assert!(bcrypt::verify("pässword", hash).unwrap());
    assert!(!bcrypt::verify("password", hash).unwrap());
}

#[test]
fn certificates_are_built_from_given_keys_and_none() {
    // The labels of keys: RSA in PKCS#1, ECDSA in SEC1, Ed25519 in PKCS#8, as Sprig writes them.
    for (template, start) in [
        (
            "{{ (genSelfSignedCertWithKey \"x\" (list \"1.2.3.4\") (list \"a.b\") 10 (genPrivateKey \"ecdsa\")).Key }}",
            "-----BEGIN EC PRIVATE KEY-----\n",
        ),
        (
            "{{ (genCAWithKey \"x\" 10 (genPrivateKey \"ed25519\")).Key }}",
            "-----BEGIN PRIVATE KEY-----\n",
        ),
        (
            "{{ $ca := genCAWithKey \"x\" 1 (genPrivateKey \"ecdsa\") }}{{ (genSignedCertWithKey \"y\" nil nil 10 $ca (genPrivateKey \"ed25519\")).Cert }}",
            "-----BEGIN CERTIFICATE-----\n",
        ),
        ("{{ (genSelfSignedCert \"x\" nil nil 10).Key }}", "-----BEGIN RSA PRIVATE KEY-----\n"),
    ] {
        let text = evaluate(template);
        assert!(text.starts_with(start) && text.ends_with("-----\n"), "{template}: {text}");
        assert!(text.lines().all(|line| line.len() <= 64));
    }
    let error = execute(
        "{{ $ca := genCAWithKey \"x\" 1 (genPrivateKey \"ecdsa\") }}\
         {{ $other := buildCustomCert ($ca.Cert | b64enc) (genPrivateKey \"ecdsa\" | b64enc) }}\
         {{ genSignedCert \"y\" nil nil 1 $other }}",
        1,
        Limits::default(),
    );
    let text = error.unwrap_err().text();
    assert!(text.ends_with("x509: provided PrivateKey doesn't match parent's PublicKey"), "{text}");
}

#[test]
fn what_arguments_make_large_ends_in_an_error() {
    let limits = Limits { output_bytes: 1 << 20, ..Limits::default() };
    for template in [
        "{{ repeat 1000000000 \"x\" }}",
        "{{ indent 1000000000 \"x\\ny\" }}",
        "{{ nindent 1000000000 \"x\\ny\" }}",
        "{{ until 1000000000 }}",
        "{{ untilStep 0 1000000000 1 }}",
        "{{ seq 1000000000 }}",
        "{{ randAlphaNum 1000000000 }}",
        "{{ randBytes 1000000000 }}",
        "{{ $x := \"xxxxxxxxxxxxxxxx\" }}{{ range 40 }}{{ $x = replace \"x\" \"xx\" $x }}{{ end }}",
        "{{ $x := \"xxxxxxxxxxxxxxxx\" }}{{ range 40 }}{{ $x = cat $x $x }}{{ end }}",
        "{{ $x := list 1 2 3 4 }}{{ range 40 }}{{ $x = concat $x $x }}{{ end }}",
    ] {
        let error = execute(template, 1, limits).unwrap_err();
        assert_eq!(error.limit(), Some(Limit::Output), "{template}: {}", error.text());
    }
}
