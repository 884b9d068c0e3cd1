//! Passwords: bcrypt, htpasswd, and the derivation of Master Password.

use ring::hmac;
use scrypt::Params;

use crate::environment::Environment;

const BCRYPT_COST: u32 = 10;
const BCRYPT_LONGEST: usize = 72;

/// `$2a$10$…`, or the text of the error, which Sprig returns in its place.
pub(super) fn bcrypt(host: &mut impl Environment, password: &[u8]) -> String {
    const FAILED: &str = "failed to encrypt string with bcrypt: ";
    if password.len() > BCRYPT_LONGEST {
        return format!("{FAILED}bcrypt: password length exceeds {BCRYPT_LONGEST} bytes");
    }
    let mut salt = [0; 16];
    host.random(&mut salt);
    match bcrypt::hash_with_salt(password, BCRYPT_COST, salt) {
        Ok(parts) => parts.format_for_version(bcrypt::Version::TwoA),
        Err(error) => format!("{FAILED}{error}"),
    }
}

/// A line of a password file; a colon in the name would end it.
pub(super) fn htpasswd(host: &mut impl Environment, user: &[u8], password: &[u8]) -> Vec<u8> {
    if user.contains(&b':') {
        return [b"invalid username: ", user].concat();
    }
    [user, b":", bcrypt(host, password).as_bytes()].concat()
}

/// The names of the patterns of passwords, and the patterns.
const TEMPLATES: [(&str, &[&str]); 6] = [
    ("maximum", &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"]),
    (
        "long",
        &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
    ),
    ("medium", &["CvcnoCvc", "CvcCvcno"]),
    ("short", &["Cvcn"]),
    ("basic", &["aaanaaan", "aannaaan", "aaannaaa"]),
    ("pin", &["nnnn"]),
];

/// What a letter of a pattern stands for.
const fn characters(class: u8) -> &'static [u8] {
    match class {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

/// What a password is derived from.
pub(super) struct Derivation<'a> {
    pub(super) counter: u32,
    pub(super) kind: &'a [u8],
    pub(super) password: &'a [u8],
    pub(super) user: &'a [u8],
    pub(super) site: &'a [u8],
}

/// The password of Master Password, version 1 (the algorithm is public: scrypt, then HMAC-SHA-256).
pub(super) fn derive(derivation: &Derivation<'_>) -> Option<String> {
    const SCOPE: &[u8] = b"com.lyndir.masterpassword";
    let kind = str::from_utf8(derivation.kind).ok()?;
    let (_, templates) = TEMPLATES.iter().find(|(name, _)| *name == kind)?;
    let salted = |text: &[u8]| {
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes();
        [SCOPE, &length, text].concat()
    };
    let mut key = [0; 64];
    let parameters = Params::new(15, 8, 2).ok()?;
    scrypt::scrypt(derivation.password, &salted(derivation.user), &parameters, &mut key).ok()?;
    let message = [salted(derivation.site), derivation.counter.to_be_bytes().to_vec()].concat();
    let seed = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), &message);
    let seed = seed.as_ref();
    let template = templates[usize::from(seed[0]) % templates.len()];
    let picked = template.bytes().zip(&seed[1..]).map(|(class, number)| {
        let choice = characters(class);
        char::from(choice[usize::from(*number) % choice.len()])
    });
    Some(picked.collect())
}
