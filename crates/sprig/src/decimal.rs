//! Decimal arithmetic as shopspring/decimal does it, so that 0.1 + 0.2 is 0.3.

use gotemplate::Failure;
use num_bigint::{BigInt, Sign};

/// Digits behind the point that a division gives.
const DIVISION_PRECISION: i64 = 16;

/// `digits` · 10^`exponent`.
#[derive(Clone, Debug)]
pub(crate) struct Decimal {
    digits: BigInt,
    exponent: i64,
}

/// What to do with two decimals.
#[derive(Clone, Copy)]
pub(crate) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Decimal {
    /// The decimal with the shortest digits that read back as `number`.
    pub(crate) fn from_float(number: f64) -> Result<Self, Failure> {
        if !number.is_finite() {
            let name = if number.is_nan() {
                "NaN"
            } else if number > 0.0 {
                "+Inf"
            } else {
                "-Inf"
            };
            return Err(Failure::new(format!("Cannot create a Decimal from {name}")));
        }
        let text = format!("{number:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}").parse().unwrap_or_default();
        let places = i64::try_from(fraction.len()).unwrap_or_default();
        Ok(Self { digits, exponent: exponent.parse::<i64>().unwrap_or_default() - places })
    }

    pub(crate) fn apply(&self, operation: Operation, other: &Self) -> Result<Self, Failure> {
        let exponent = self.exponent.min(other.exponent);
        Ok(match operation {
            Operation::Add => {
                Self { digits: self.digits_at(exponent) + other.digits_at(exponent), exponent }
            }
            Operation::Subtract => {
                Self { digits: self.digits_at(exponent) - other.digits_at(exponent), exponent }
            }
            Operation::Multiply => Self {
                digits: &self.digits * &other.digits,
                exponent: self.exponent + other.exponent,
            },
            Operation::Divide => self.divide(other)?,
        })
    }

    /// The digits with a smaller exponent.
    fn digits_at(&self, exponent: i64) -> BigInt {
        &self.digits * power_of_ten(self.exponent - exponent)
    }

    /// Rounded half away from zero.
    fn divide(&self, other: &Self) -> Result<Self, Failure> {
        if other.digits.sign() == Sign::NoSign {
            return Err(Failure::new("decimal division by 0"));
        }
        let shift = self.exponent - other.exponent + DIVISION_PRECISION;
        let (mut dividend, mut divisor) = (self.digits.clone(), other.digits.clone());
        if shift >= 0 {
            dividend *= power_of_ten(shift);
        } else {
            divisor *= power_of_ten(-shift);
        }
        let quotient = &dividend / &divisor;
        let remainder: BigInt = (&dividend - &quotient * &divisor) * 2;
        let away = if (dividend.sign() == Sign::Minus) == (divisor.sign() == Sign::Minus) {
            1
        } else {
            -1
        };
        let rounds_up = remainder.magnitude() >= divisor.magnitude();
        Ok(Self {
            digits: if rounds_up { quotient + away } else { quotient },
            exponent: -DIVISION_PRECISION,
        })
    }

    /// The nearest float64.
    pub(crate) fn to_float(&self) -> f64 {
        format!("{}e{}", self.digits, self.exponent).parse().unwrap_or_default()
    }
}

fn power_of_ten(exponent: i64) -> BigInt {
    BigInt::from(10).pow(u32::try_from(exponent).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calculate(a: f64, operation: Operation, b: f64) -> f64 {
        let [a, b] = [a, b].map(|number| Decimal::from_float(number).unwrap());
        a.apply(operation, &b).unwrap().to_float()
    }

    #[test]
    #[expect(clippy::float_cmp, reason = "exactness is the point")]
    fn decimals_are_exact() {
        assert_eq!(calculate(0.1, Operation::Add, 0.2), 0.3);
        assert_eq!(calculate(1.0, Operation::Subtract, 0.9), 0.1);
        assert_eq!(calculate(1e300, Operation::Multiply, 1e-300), 1.0);
        assert_eq!(calculate(1.0, Operation::Divide, 3.0), 0.333_333_333_333_333_3);
        assert_eq!(calculate(-2.0, Operation::Divide, 3.0), -0.666_666_666_666_666_7);
        assert_eq!(calculate(1e-20, Operation::Divide, 1.0), 0.0);
        let zero = Decimal::from_float(0.0).unwrap();
        assert_eq!(zero.divide(&zero).unwrap_err().text(), "decimal division by 0");
        assert_eq!(
            Decimal::from_float(f64::NAN).unwrap_err().text(),
            "Cannot create a Decimal from NaN"
        );
    }
}
