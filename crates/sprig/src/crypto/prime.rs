//! Prime numbers.

use num_bigint::BigUint;

use crate::environment::Environment;

/// How far a search goes on from one random start before it takes another, in steps of two.
const SEARCH: u32 = 1 << 13;

/// Candidates that one of these divides need no costly test: of a thousand odd numbers 130 are left.
const SMALL_PRIMES: [u32; 1027] = small_primes();

const fn small_primes() -> [u32; 1027] {
    let mut primes = [0; 1027];
    let (mut count, mut candidate) = (0, 3);
    while count < primes.len() {
        let mut divisor = 3;
        while divisor * divisor <= candidate && candidate % divisor != 0 {
            divisor += 2;
        }
        if divisor * divisor > candidate {
            primes[count] = candidate;
            count += 1;
        }
        candidate += 2;
    }
    primes
}

/// How often a random number is tested for being prime, so that a composite passes less often than once in 2^112
/// (FIPS 186-5, table B.1, and 4^-20 for the short ones it does not speak of).
fn rounds(number: &BigUint) -> usize {
    if number.bits() >= 1024 { 5 } else { 20 }
}

/// A random number of at most `bits` bits.
pub(super) fn random_bits(host: &mut impl Environment, bits: u64) -> BigUint {
    let mut bytes = vec![0; usize::try_from(bits.div_ceil(8)).unwrap_or_default()];
    host.random(&mut bytes);
    let surplus = bytes.len() as u64 * 8 - bits;
    if let Some(first) = bytes.first_mut() {
        *first &= 0xff >> surplus;
    }
    BigUint::from_bytes_be(&bytes)
}

/// A random number from 1 to before `limit`.
pub(super) fn random_below(host: &mut impl Environment, limit: &BigUint) -> BigUint {
    loop {
        let number = random_bits(host, limit.bits());
        if number.bits() > 0 && number < *limit {
            return number;
        }
    }
}

/// A random prime of exactly `bits` bits, the highest two of them set, so that the product of two has twice as many.
pub(super) fn random_prime(host: &mut impl Environment, bits: u64) -> BigUint {
    loop {
        let mut start = random_bits(host, bits);
        for bit in [0, bits - 1, bits - 2] {
            start.set_bit(bit, true);
        }
        let remainders = SMALL_PRIMES.map(|prime| remainder(&start, prime));
        for step in (0..SEARCH).step_by(2) {
            let mut pairs = SMALL_PRIMES.iter().zip(&remainders);
            if pairs.any(|(prime, remainder)| (remainder + step) % prime == 0) {
                continue;
            }
            let candidate = &start + step;
            if candidate.bits() == bits && passes(host, &candidate) {
                return candidate;
            }
        }
    }
}

fn remainder(number: &BigUint, prime: u32) -> u32 {
    (number % prime).iter_u32_digits().next().unwrap_or(0)
}

/// Whether an odd number beyond the small primes is one itself.
pub(super) fn is_prime(host: &mut impl Environment, number: &BigUint) -> bool {
    SMALL_PRIMES.iter().all(|prime| remainder(number, *prime) != 0) && passes(host, number)
}

/// The test of Miller and Rabin.
fn passes(host: &mut impl Environment, number: &BigUint) -> bool {
    let one = BigUint::from(1_u32);
    let last = number - &one;
    let twos = last.trailing_zeros().unwrap_or(0);
    let odd = &last >> twos;
    (0..rounds(number)).all(|_| {
        let base = random_below(host, &last);
        let mut power = base.modpow(&odd, number);
        if power == one || power == last {
            return true;
        }
        (1..twos).any(|_| {
            power = &power * &power % number;
            power == last
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::Fake;

    #[test]
    fn primes_are_told_from_composites() {
        let mut host = Fake::default();
        let mersenne = (BigUint::from(1_u32) << 127_u32) - 1_u32;
        assert!(is_prime(&mut host, &mersenne));
        assert!(!is_prime(&mut host, &(&mersenne * &mersenne)));
        // A Carmichael number without small factors: 1009 · 2017 · 3025 is not one, 6k+1 · 12k+1 · 18k+1 is.
        let carmichael =
            [6_u64, 12, 18].iter().map(|n| BigUint::from(n * 1_515 + 1)).product::<BigUint>();
        assert!(!is_prime(&mut host, &carmichael));
        let prime = random_prime(&mut host, 128);
        assert_eq!(prime.bits(), 128);
        assert_eq!(
            random_prime(&mut Fake::default(), 128),
            random_prime(&mut Fake::default(), 128)
        );
    }
}
