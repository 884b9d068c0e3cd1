//! The natural order of keys in YAML that Go writes.

use std::cmp::Ordering;

/// Compares keys the way a person would: `a2` before `a10`. At the first difference, of a letter and something else the
/// something else comes first; behind a digit that is `behind_digit`'s to say (yaml.v2: [`Ordering::Less`], still the
/// something else; yaml.v3: [`Ordering::Greater`], the letter). Two letters go by code point; numbers that start there
/// by value, then by length.
pub(crate) fn natural(a: &str, b: &str, behind_digit: Ordering) -> Ordering {
    let shared = length_of_shared(a, b);
    let (prefix, a, b) = (&a[..shared], &a[shared..], &b[shared..]);
    let (Some(first_a), Some(first_b)) = (a.chars().next(), b.chars().next()) else {
        return a.len().cmp(&b.len());
    };
    match (is_letter(first_a), is_letter(first_b)) {
        (true, true) => first_a.cmp(&first_b),
        (false, false) => {
            // A zero that differs is a digit like others where a number is under way.
            let has_zero = first_a == '0' || first_b == '0';
            let lead = i64::from(has_zero && ends_in_number(prefix));
            let (number_a, length_a) = number_at_start(lead, a);
            let (number_b, length_b) = number_at_start(lead, b);
            number_a
                .cmp(&number_b)
                .then(length_a.cmp(&length_b))
                .then_with(|| first_a.cmp(&first_b))
        }
        (is_letter_a, _) => {
            let other_first = if is_letter_a { Ordering::Greater } else { Ordering::Less };
            let is_behind_digit = prefix.chars().next_back().is_some_and(is_digit);
            if is_behind_digit && behind_digit == Ordering::Greater {
                other_first.reverse()
            } else {
                other_first
            }
        }
    }
}

/// Bytes of the characters that both start with.
fn length_of_shared(a: &str, b: &str) -> usize {
    let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    (0..=same).rev().find(|at| a.is_char_boundary(*at)).unwrap_or(0)
}

/// Whether the digits at the end of a text have one that is not zero.
fn ends_in_number(text: &str) -> bool {
    text.chars().rev().take_while(|c| is_digit(*c)).any(|c| c != '0')
}

/// The number a text starts with, behind a leading digit, and the count of its own digits. Go lets it overflow.
fn number_at_start(lead: i64, text: &str) -> (i64, usize) {
    text.chars().take_while(|c| is_digit(*c)).fold((lead, 0), |(number, length), c| {
        let digit = i64::from(u32::from(c)) - i64::from(u32::from('0'));
        (number.wrapping_mul(10).wrapping_add(digit), length + 1)
    })
}

/// Go's `unicode.IsLetter`, as near as the standard library comes.
fn is_letter(c: char) -> bool {
    c.is_alphabetic() && !c.is_numeric()
}

/// Go's `unicode.IsDigit`, without the digits of other scripts that the standard library cannot tell from other numbers.
fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// Sorts with a natural order, which is not transitive (`a5` < `a10` < `a1b` < `a5`): where keys go round in a circle,
/// Go's result differs from run to run. Then they stay as they are if all neighbours are in order, or else come in the
/// order of whole numbers if all neighbours are in order then; those are the results Go has most often.
pub(crate) fn sort<T: Copy>(
    items: &mut [T],
    key: impl Fn(&T) -> &str,
    compare: impl Fn(&str, &str) -> Ordering,
) {
    let compare = |a: &T, b: &T| compare(key(a), key(b));
    let is_in_order =
        |items: &[T]| items.windows(2).all(|pair| compare(&pair[0], &pair[1]).is_le());
    if is_in_order(items) {
        return;
    }
    items.sort_by(|a, b| by_whole_numbers(key(a), key(b)));
    if !is_in_order(items) {
        merge_sort(items, &compare);
    }
}

/// A natural order that is one: numbers are compared as a whole, never from the middle.
fn by_whole_numbers(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (Some(first_a), Some(first_b)) = (a.chars().next(), b.chars().next()) else {
            return a.len().cmp(&b.len());
        };
        let (digits_a, rest_a) = split_digits(a);
        let (digits_b, rest_b) = split_digits(b);
        let order = if digits_a.is_empty() || digits_b.is_empty() {
            // White space and punctuation, then numbers, then letters.
            let rank = |c: char| (is_letter(c), is_digit(c));
            rank(first_a).cmp(&rank(first_b)).then(first_a.cmp(&first_b))
        } else {
            let (number_a, number_b) =
                (digits_a.trim_start_matches('0'), digits_b.trim_start_matches('0'));
            let by_value = number_a.len().cmp(&number_b.len()).then(number_a.cmp(number_b));
            by_value.then(digits_a.len().cmp(&digits_b.len()))
        };
        if order.is_ne() {
            return order;
        }
        (a, b) = if digits_a.is_empty() {
            (&a[first_a.len_utf8()..], &b[first_b.len_utf8()..])
        } else {
            (rest_a, rest_b)
        };
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.len() - text.trim_start_matches(is_digit).len())
}

/// Sorts with any comparison; the standard library's sort may panic on one that is not transitive. Stable.
fn merge_sort<T: Copy>(items: &mut [T], compare: &impl Fn(&T, &T) -> Ordering) {
    if items.len() < 2 {
        return;
    }
    let (left, right) = items.split_at_mut(items.len() / 2);
    merge_sort(left, compare);
    merge_sort(right, compare);
    let (left, right) = (left.to_vec(), right.to_vec());
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    for slot in items {
        let from_right = match (left.peek(), right.peek()) {
            (Some(l), Some(r)) => compare(l, r) == Ordering::Greater,
            (None, _) => true,
            (_, None) => false,
        };
        let next = if from_right { right.next() } else { left.next() };
        *slot = *next.expect("both halves together fill the whole");
    }
}

#[cfg(test)]
mod tests {
    use crate::KeyOrder;

    #[test]
    fn keys_are_in_natural_order() {
        let sorted = [
            "", "-", "_", "1", "2", "10", "A", "Ab", "B", "a", "a b", "a-b", "a.b", "a/b", "a_b",
            "a1", "a1.5", "a1b", "a01", "a001", "a2", "a10", "aB", "ab", "b", "é",
        ];
        for pair in sorted.windows(2) {
            assert!(KeyOrder::Natural.compare(pair[0], pair[1]).is_lt(), "{pair:?}");
            assert!(KeyOrder::Natural.compare(pair[1], pair[0]).is_gt(), "{pair:?}");
        }
        assert!(KeyOrder::NaturalV3.compare("a1b", "a1.5").is_lt());
        assert!(KeyOrder::NaturalV3.compare("a-", "ab").is_lt());
        assert!(KeyOrder::Natural.compare("x10", "x1-").is_gt());
        assert!(KeyOrder::Natural.compare("é1", "è2").is_gt());
    }

    #[test]
    fn an_order_with_a_cycle_sorts_without_panic() {
        let mut keys: Vec<String> =
            (0..300).map(|at| format!("a{}{}", at * 7 % 31, ["", "b", ".", "0"][at % 4])).collect();
        keys.sort();
        let mut sorted: Vec<&str> = keys.iter().map(String::as_str).collect();
        KeyOrder::Natural.sort(&mut sorted, |key| key);
        sorted.sort_unstable();
        assert_eq!(sorted, keys);

        let mut circle = ["a5", "a10", "a1b", "a1"];
        KeyOrder::Natural.sort(&mut circle, |key| key);
        assert_eq!(circle, ["a1", "a1b", "a5", "a10"]);
    }
}
