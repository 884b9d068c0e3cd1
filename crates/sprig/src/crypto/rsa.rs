//! RSA and DSA keys, generated from the caller's entropy.
//!
//! Not constant in time: who could measure a render could read the key in its output, too.

use num_bigint::BigUint;
use ring::digest::{SHA256, digest};

use super::der::{self, Reader};
use super::prime::{is_prime, random_below, random_bits, random_prime};
use crate::environment::Environment;

const EXPONENT: u32 = 65_537;

/// The algorithm and parameters before a SHA-256 hash in a signature (RFC 8017 §9.2).
const SHA256_PREFIX: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];

/// An RSA private key with two primes.
pub(super) struct RsaKey {
    modulus: BigUint,
    public: BigUint,
    private: BigUint,
    primes: [BigUint; 2],
}

impl RsaKey {
    pub(super) fn generate(host: &mut impl Environment, bits: u64) -> Self {
        let one = BigUint::from(1_u32);
        let public = BigUint::from(EXPONENT);
        loop {
            let primes = [random_prime(host, bits / 2), random_prime(host, bits / 2)];
            let [p, q] = &primes;
            let modulus = p * q;
            let totient = (p - &one) * (q - &one);
            if let Some(private) = public.modinv(&totient)
                && p != q
                && modulus.bits() == bits
            {
                return Self { modulus, public, private, primes };
            }
        }
    }

    /// PKCS#1, which holds what follows from the primes, too.
    pub(super) fn to_der(&self) -> Vec<u8> {
        let [p, q] = &self.primes;
        let [dp, dq, inverse] = self.remainders();
        let numbers = [
            &BigUint::default(),
            &self.modulus,
            &self.public,
            &self.private,
            p,
            q,
            &dp,
            &dq,
            &inverse,
        ];
        der::sequence(&numbers.map(|number| der::unsigned(&number.to_bytes_be())))
    }

    pub(super) fn from_der(bytes: &[u8]) -> Option<Self> {
        let mut fields = Reader(bytes).inside(der::SEQUENCE)?;
        let mut numbers = Vec::new();
        for _ in 0..6 {
            numbers.push(BigUint::from_bytes_be(fields.expect(der::INTEGER)?));
        }
        let [_, modulus, public, private, p, q] = numbers.try_into().ok()?;
        let key = Self { modulus, public, private, primes: [p, q] };
        let is_sound = &key.primes[0] * &key.primes[1] == key.modulus && key.modulus.bits() >= 512;
        is_sound.then_some(key)
    }

    /// The exponents for either prime, and the inverse of the second by the first.
    fn remainders(&self) -> [BigUint; 3] {
        let [p, q] = &self.primes;
        [&self.private % (p - 1_u32), &self.private % (q - 1_u32), q.modinv(p).unwrap_or_default()]
    }

    /// Modulus and exponent as they are in a certificate.
    pub(super) fn public_der(&self) -> Vec<u8> {
        der::sequence(
            &[&self.modulus, &self.public].map(|number| der::unsigned(&number.to_bytes_be())),
        )
    }

    /// The signature of a SHA-256 hash by PKCS#1 v1.5.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let width = usize::try_from(self.modulus.bits().div_ceil(8)).unwrap_or_default();
        let hash = digest(&SHA256, message);
        let tail = [&SHA256_PREFIX[..], hash.as_ref()].concat();
        let padding = vec![0xff; width.saturating_sub(tail.len() + 3)];
        let padded = BigUint::from_bytes_be(&[&[0, 1], padding.as_slice(), &[0], &tail].concat());
        let [p, q] = &self.primes;
        let [dp, dq, inverse] = self.remainders();
        let (by_p, by_q) = (padded.modpow(&dp, p), padded.modpow(&dq, q));
        let difference = (by_p + p - &by_q % p) % p;
        let signature = by_q + difference * inverse % p * q;
        let bytes = signature.to_bytes_be();
        [vec![0; width.saturating_sub(bytes.len())], bytes].concat()
    }
}

/// A DSA private key with parameters of its own, in the form of OpenSSL.
pub(super) fn generate_dsa(host: &mut impl Environment) -> Vec<u8> {
    let (p, q) = dsa_primes(host);
    let one = BigUint::from(1_u32);
    let exponent = (&p - &one) / &q;
    let mut base = BigUint::from(2_u32);
    let generator = loop {
        let generator = base.modpow(&exponent, &p);
        if generator != one {
            break generator;
        }
        base += 1_u32;
    };
    let private = random_below(host, &q);
    let public = generator.modpow(&private, &p);
    let numbers = [&BigUint::default(), &p, &q, &generator, &public, &private];
    der::sequence(&numbers.map(|number| der::unsigned(&number.to_bytes_be())))
}

/// A prime of 2048 bits, and one of 256 that divides the first less one.
fn dsa_primes(host: &mut impl Environment) -> (BigUint, BigUint) {
    const BITS: u64 = 2048;
    let q = random_prime(host, 256);
    let step = &q * 2_u32;
    loop {
        let mut start = random_bits(host, BITS);
        start.set_bit(BITS - 1, true);
        let p = &start - &start % &step + 1_u32;
        if p.bits() == BITS && is_prime(host, &p) {
            return (p, q);
        }
    }
}
