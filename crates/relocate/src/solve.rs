//! One value for every key, so that every hint names its target.
//!
//! Hints share keys: one `global.imageRegistry` for twenty images, one repository with different literal paths behind
//! it. Each hint brings its ways in order of preference; the first combination in which no key needs two values is
//! taken. Hints that share no key do not meet.

use std::collections::HashMap;

use crate::candidate::Candidate;

/// How many combinations are tried before hints that share keys are given up.
const MOST_STEPS: usize = 200_000;

/// A hint with its ways.
pub(crate) struct Choice {
    /// The keys of its name, by number, in the order of a candidate's values.
    pub(crate) keys: Vec<usize>,
    pub(crate) candidates: Vec<Candidate>,
}

/// Two hints that need different values of one key.
#[derive(Debug, PartialEq)]
pub(crate) struct Clash {
    pub(crate) key: usize,
    /// The hint whose need came first; none when the key's value must stay as it is.
    pub(crate) first: Option<usize>,
    pub(crate) first_value: String,
    pub(crate) second: usize,
    pub(crate) second_value: String,
}

/// The candidate taken for each hint.
pub(crate) fn solve(
    choices: &[Choice],
    fixed: &HashMap<usize, String>,
) -> Result<Vec<usize>, Vec<Clash>> {
    let mut taken = vec![0; choices.len()];
    let mut clashes = Vec::new();
    for group in groups(choices) {
        match Search::new(choices, fixed, &group).run() {
            Ok(chosen) => group.iter().zip(chosen).for_each(|(hint, way)| taken[*hint] = way),
            Err(clash) => clashes.push(clash),
        }
    }
    if clashes.is_empty() { Ok(taken) } else { Err(clashes) }
}

/// Hints that share keys, directly or through others, in order.
fn groups(choices: &[Choice]) -> Vec<Vec<usize>> {
    let mut group_of: Vec<usize> = (0..choices.len()).collect();
    let mut first_with: HashMap<usize, usize> = HashMap::new();
    for (hint, choice) in choices.iter().enumerate() {
        for key in &choice.keys {
            let other = *first_with.entry(*key).or_insert(hint);
            let (from, to) = (root(&group_of, hint), root(&group_of, other));
            group_of[from.max(to)] = from.min(to);
        }
    }
    let mut members: HashMap<usize, Vec<usize>> = HashMap::new();
    for hint in 0..choices.len() {
        members.entry(root(&group_of, hint)).or_default().push(hint);
    }
    let mut groups: Vec<_> = members.into_values().collect();
    groups.sort();
    groups
}

fn root(group_of: &[usize], mut hint: usize) -> usize {
    while group_of[hint] != hint {
        hint = group_of[hint];
    }
    hint
}

struct Search<'a> {
    choices: &'a [Choice],
    fixed: &'a HashMap<usize, String>,
    group: &'a [usize],
    /// The value of each key, and the hint (by its place in the group) that set it first.
    set: HashMap<usize, (&'a str, usize)>,
    /// What went wrong furthest on.
    clash: Option<(usize, Clash)>,
}

impl<'a> Search<'a> {
    fn new(choices: &'a [Choice], fixed: &'a HashMap<usize, String>, group: &'a [usize]) -> Self {
        Self { choices, fixed, group, set: HashMap::new(), clash: None }
    }

    fn run(mut self) -> Result<Vec<usize>, Clash> {
        // The way each hint of the group has taken; the next to try is on top.
        let mut taken: Vec<usize> = Vec::with_capacity(self.group.len());
        let mut next = 0;
        for _ in 0..MOST_STEPS {
            let depth = taken.len();
            let Some(hint) = self.group.get(depth) else { return Ok(taken) };
            let candidates = &self.choices[*hint].candidates;
            match (next..candidates.len()).find(|way| self.take(depth, *way)) {
                Some(way) => {
                    taken.push(way);
                    next = 0;
                }
                None => match taken.pop() {
                    Some(way) => {
                        self.set.retain(|_, (_, by)| *by < depth - 1);
                        next = way + 1;
                    }
                    None => break,
                },
            }
        }
        Err(self.clash.map(|(_, clash)| clash).expect("a search that fails met a clash"))
    }

    /// Sets the keys of a hint to what one of its ways needs, if nothing stands against it.
    fn take(&mut self, depth: usize, way: usize) -> bool {
        let hint = self.group[depth];
        let choice = &self.choices[hint];
        let needs = || choice.keys.iter().copied().zip(&choice.candidates[way].values);
        let mut own: HashMap<usize, &str> = HashMap::new();
        for (key, value) in needs() {
            let (held, by) = match (self.fixed.get(&key), self.set.get(&key), own.get(&key)) {
                (Some(held), ..) => (held.as_str(), None),
                (None, Some((held, by)), _) => (*held, Some(self.group[*by])),
                (None, None, Some(held)) => (*held, Some(hint)),
                (None, None, None) => (value.as_str(), None),
            };
            if held != value {
                self.note(
                    depth,
                    Clash {
                        key,
                        first: by,
                        first_value: held.to_owned(),
                        second: hint,
                        second_value: value.clone(),
                    },
                );
                return false;
            }
            own.insert(key, value);
        }
        for (key, value) in needs() {
            self.set.entry(key).or_insert((value, depth));
        }
        true
    }

    fn note(&mut self, depth: usize, clash: Clash) {
        if self.clash.as_ref().is_none_or(|(furthest, _)| depth > *furthest) {
            self.clash = Some((depth, clash));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(keys: &[usize], ways: &[&[&str]]) -> Choice {
        let candidates = ways
            .iter()
            .map(|values| Candidate {
                values: values.iter().map(|value| (*value).to_owned()).collect(),
                target: "a".parse().unwrap(),
                says: "a".parse().unwrap(),
                is_adjusted: false,
            })
            .collect();
        Choice { keys: keys.to_vec(), candidates }
    }

    #[test]
    fn the_first_agreement_is_taken() {
        let choices = [
            choice(&[0, 1], &[&["r", "p/a"], &["r/p", "a"]]),
            choice(&[2], &[&["x"]]),
            choice(&[0, 3], &[&["r/p", "b"]]),
        ];
        assert_eq!(solve(&choices, &HashMap::new()), Ok(vec![1, 0, 0]));
    }

    #[test]
    fn what_cannot_agree_is_named() {
        let choices =
            [choice(&[0], &[&["x"]]), choice(&[0], &[&["y"], &["z"]]), choice(&[5], &[&["q"]])];
        let clash = Clash {
            key: 0,
            first: Some(0),
            first_value: "x".into(),
            second: 1,
            second_value: "y".into(),
        };
        assert_eq!(solve(&choices, &HashMap::new()), Err(vec![clash]));
        let fixed = HashMap::from([(5, "other".to_owned())]);
        assert_eq!(solve(&choices[2..], &fixed).unwrap_err()[0].first, None);
        let twice = [choice(&[1, 1], &[&["a", "b"], &["a", "a"]])];
        assert_eq!(solve(&twice, &HashMap::new()), Ok(vec![1]));
    }

    #[test]
    fn hopeless_sharing_ends() {
        let ways: Vec<Vec<String>> = (0..20).map(|way| vec![way.to_string()]).collect();
        let candidates: Vec<Candidate> = ways
            .into_iter()
            .map(|values| Candidate { values, ..choice(&[0], &[&["x"]]).candidates[0].clone() })
            .collect();
        // Twenty free keys, chained to one that can never agree.
        let mut choices: Vec<Choice> =
            (0..20).map(|key| Choice { keys: vec![key], candidates: candidates.clone() }).collect();
        for key in 0..19 {
            choices.push(choice(&[key, key + 1], &[&["no", "no"]]));
        }
        assert!(solve(&choices, &HashMap::new()).is_err());
    }
}
