//! Private keys: making, reading, writing and signing with them.

use p256::ecdsa::signature::Signer;
use ring::signature::{Ed25519KeyPair, KeyPair};

use super::der::{self, Reader};
use super::pem;
use super::rsa::{RsaKey, generate_dsa};
use crate::environment::Environment;

const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
const SHA256_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
const EC_PUBLIC_KEY: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
const ECDSA_WITH_SHA256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const ECDSA_WITH_SHA384: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
const P384: &[u8] = &[0x2b, 0x81, 4, 0, 34];
const ED25519: &[u8] = &[0x2b, 0x65, 112];

/// A private key.
pub(super) enum PrivateKey {
    Rsa(RsaKey),
    P256(p256::SecretKey),
    P384(p384::SecretKey),
    /// The seed.
    Ed25519([u8; 32]),
    /// DSA cannot sign certificates: it is only ever passed through.
    Dsa(Vec<u8>),
}

fn identifier(bytes: &[u8]) -> Vec<u8> {
    der::element(der::OBJECT_IDENTIFIER, bytes)
}

impl PrivateKey {
    pub(super) fn generate_rsa(host: &mut impl Environment, bits: u64) -> Self {
        Self::Rsa(RsaKey::generate(host, bits))
    }

    /// A key of one of Sprig's types: `rsa` or nothing, `dsa`, `ecdsa`, `ed25519`.
    pub(super) fn generate(host: &mut impl Environment, kind: &[u8]) -> Option<Self> {
        Some(match kind {
            b"" | b"rsa" => Self::generate_rsa(host, 4096),
            b"dsa" => Self::Dsa(generate_dsa(host)),
            b"ecdsa" => loop {
                let mut bytes = [0; 32];
                host.random(&mut bytes);
                // All but a vanishing part of 32 bytes are a scalar of the curve.
                if let Ok(key) = p256::SecretKey::from_slice(&bytes) {
                    break Self::P256(key);
                }
            },
            b"ed25519" => {
                let mut seed = [0; 32];
                host.random(&mut seed);
                Self::Ed25519(seed)
            }
            _ => return None,
        })
    }

    /// PEM in the form Go's libraries write.
    pub(super) fn to_pem(&self) -> String {
        let (label, bytes) = match self {
            Self::Rsa(key) => ("RSA PRIVATE KEY", key.to_der()),
            Self::Dsa(bytes) => ("DSA PRIVATE KEY", bytes.clone()),
            Self::P256(key) => {
                ("EC PRIVATE KEY", ec_der(P256, &key.to_bytes(), &key.public_key().to_sec1_bytes()))
            }
            Self::P384(key) => {
                ("EC PRIVATE KEY", ec_der(P384, &key.to_bytes(), &key.public_key().to_sec1_bytes()))
            }
            Self::Ed25519(seed) => {
                let algorithm = der::sequence(&[identifier(ED25519)]);
                let inner = der::element(der::OCTET_STRING, &der::element(der::OCTET_STRING, seed));
                ("PRIVATE KEY", der::sequence(&[der::unsigned(&[]), algorithm, inner]))
            }
        };
        pem::encode(label, &bytes)
    }

    /// The key in the first PEM block of a text. The errors are Sprig's.
    pub(super) fn from_pem(text: &[u8]) -> Result<Self, String> {
        let (label, bytes) = pem::decode(text).ok_or("no PEM data in input")?;
        let unreadable =
            |what: &str| format!("{what}: the key is malformed or of an unsupported kind");
        match label.as_str() {
            "PRIVATE KEY" => pkcs8(&bytes).ok_or_else(|| unreadable("decoding PEM as PKCS#8")),
            "RSA PRIVATE KEY" => {
                let key = RsaKey::from_der(&bytes).map(Self::Rsa);
                key.ok_or_else(|| unreadable("parsing RSA private key from PEM"))
            }
            "EC PRIVATE KEY" => {
                sec1(&bytes, None).ok_or_else(|| unreadable("parsing EC private key from PEM"))
            }
            "DSA PRIVATE KEY" => Ok(Self::Dsa(bytes)),
            label => Err(format!("no private key data in PEM block of type {label}")),
        }
    }

    /// The public key as it is in a certificate: the bits of it, and all of `SubjectPublicKeyInfo`. None for keys that
    /// cannot be certified.
    pub(super) fn public_info(&self) -> Option<(Vec<u8>, Vec<u8>)> {
        let null = vec![5, 0];
        let (algorithm, bits) = match self {
            Self::Rsa(key) => (vec![identifier(RSA_ENCRYPTION), null], key.public_der()),
            Self::P256(key) => (
                vec![identifier(EC_PUBLIC_KEY), identifier(P256)],
                key.public_key().to_sec1_bytes().into_vec(),
            ),
            Self::P384(key) => (
                vec![identifier(EC_PUBLIC_KEY), identifier(P384)],
                key.public_key().to_sec1_bytes().into_vec(),
            ),
            Self::Ed25519(seed) => {
                (vec![identifier(ED25519)], ed25519(seed)?.public_key().as_ref().to_vec())
            }
            Self::Dsa(_) => return None,
        };
        let info = der::sequence(&[der::sequence(&algorithm), der::bit_string(&bits)]);
        Some((bits, info))
    }

    /// The algorithm that [`PrivateKey::sign`] uses, as a certificate names it.
    pub(super) fn signature_algorithm(&self) -> Vec<u8> {
        match self {
            Self::Rsa(_) => der::sequence(&[identifier(SHA256_WITH_RSA), vec![5, 0]]),
            Self::P256(_) => der::sequence(&[identifier(ECDSA_WITH_SHA256)]),
            Self::P384(_) => der::sequence(&[identifier(ECDSA_WITH_SHA384)]),
            Self::Ed25519(_) | Self::Dsa(_) => der::sequence(&[identifier(ED25519)]),
        }
    }

    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        Some(match self {
            Self::Rsa(key) => key.sign(message),
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature =
                    p256::ecdsa::SigningKey::from(key).sign(message);
                signature.to_der().as_bytes().to_vec()
            }
            Self::P384(key) => {
                let signature: p384::ecdsa::Signature =
                    p384::ecdsa::SigningKey::from(key).sign(message);
                signature.to_der().as_bytes().to_vec()
            }
            Self::Ed25519(seed) => ed25519(seed)?.sign(message).as_ref().to_vec(),
            Self::Dsa(_) => return None,
        })
    }
}

fn ed25519(seed: &[u8; 32]) -> Option<Ed25519KeyPair> {
    Ed25519KeyPair::from_seed_unchecked(seed).ok()
}

/// RFC 5915: version, scalar, curve, public point.
fn ec_der(curve: &[u8], scalar: &[u8], point: &[u8]) -> Vec<u8> {
    der::sequence(&[
        der::unsigned(&[1]),
        der::element(der::OCTET_STRING, scalar),
        der::element(der::context(0), &identifier(curve)),
        der::element(der::context(1), &der::bit_string(point)),
    ])
}

/// `curve` is what surrounds the key says; the key's own word counts where there is none.
fn sec1(bytes: &[u8], curve: Option<&[u8]>) -> Option<PrivateKey> {
    let mut fields = Reader(bytes).inside(der::SEQUENCE)?;
    fields.expect(der::INTEGER)?;
    let scalar = fields.expect(der::OCTET_STRING)?;
    let own =
        fields.inside(der::context(0)).and_then(|mut inner| inner.expect(der::OBJECT_IDENTIFIER));
    match curve.or(own)? {
        P256 => p256::SecretKey::from_slice(scalar).ok().map(PrivateKey::P256),
        P384 => p384::SecretKey::from_slice(scalar).ok().map(PrivateKey::P384),
        _ => None,
    }
}

fn pkcs8(bytes: &[u8]) -> Option<PrivateKey> {
    let mut fields = Reader(bytes).inside(der::SEQUENCE)?;
    fields.expect(der::INTEGER)?;
    let mut algorithm = fields.inside(der::SEQUENCE)?;
    let key = fields.expect(der::OCTET_STRING)?;
    match algorithm.expect(der::OBJECT_IDENTIFIER)? {
        RSA_ENCRYPTION => RsaKey::from_der(key).map(PrivateKey::Rsa),
        EC_PUBLIC_KEY => sec1(key, algorithm.expect(der::OBJECT_IDENTIFIER)),
        ED25519 => Reader(key).expect(der::OCTET_STRING)?.try_into().ok().map(PrivateKey::Ed25519),
        _ => None,
    }
}
