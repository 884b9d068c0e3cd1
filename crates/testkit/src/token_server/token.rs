//! Tokens: JSON Web Tokens that both registries read.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};

/// Signs with ES256 and shows its certificate in the header (`x5c`): 2.8.2 and 3.1.2 both read that.
#[derive(Debug)]
pub(super) struct Signer {
    key: EcdsaKeyPair,
    header: String,
}

impl Signer {
    /// A new key, and its self-signed certificate as PEM.
    pub(super) fn new() -> io::Result<(Self, String)> {
        let pair = rcgen::KeyPair::generate().map_err(io::Error::other)?;
        let certificate = rcgen::CertificateParams::new(Vec::new())
            .and_then(|parameters| parameters.self_signed(&pair))
            .map_err(io::Error::other)?;
        let key = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            &pair.serialize_der(),
            &SystemRandom::new(),
        )
        .map_err(|error| io::Error::other(error.to_string()))?;
        let header =
            json!({ "typ": "JWT", "alg": "ES256", "x5c": [STANDARD.encode(certificate.der())] });
        Ok((Self { key, header: encode(&header) }, certificate.pem()))
    }

    pub(super) fn sign(&self, claims: &Value) -> String {
        let text = format!("{}.{}", self.header, encode(claims));
        let signature = self
            .key
            .sign(&SystemRandom::new(), text.as_bytes())
            .expect("signing needs nothing but random numbers");
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn encode(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

pub(super) fn random_hex() -> String {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).expect("the system has random numbers");
    format!("{:032x}", u128::from_be_bytes(bytes))
}
