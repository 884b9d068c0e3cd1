//! Figures, as tables that people read.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use crate::failure::{Attempt, Result};
use crate::workspace;

/// Several measurements of one thing, in one unit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Series(Vec<f64>);

impl Series {
    /// Takes in one more measurement.
    pub(crate) fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// The smallest, 0 of none.
    pub(crate) fn min(&self) -> f64 {
        self.sorted().first().copied().unwrap_or(0.0)
    }

    /// The largest, 0 of none.
    pub(crate) fn max(&self) -> f64 {
        self.sorted().last().copied().unwrap_or(0.0)
    }

    /// The one in the middle, or the mean of the two in the middle; 0 of none.
    pub(crate) fn median(&self) -> f64 {
        let sorted = self.sorted();
        match (sorted.len(), sorted.len() / 2) {
            (0, _) => 0.0,
            (len, half) if len % 2 == 1 => sorted[half],
            (_, half) => f64::midpoint(sorted[half - 1], sorted[half]),
        }
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `min`, `median`, `max` as cells.
    pub(crate) fn cells(&self) -> [String; 3] {
        [self.min(), self.median(), self.max()].map(number)
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }
}

impl FromIterator<f64> for Series {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

/// A figure that has a bar to meet.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bar {
    /// Not above this.
    AtMost(f64),
    /// Not below this.
    AtLeast(f64),
}

impl Bar {
    /// `≤ 1.2: met`. Said, never asserted.
    pub(crate) fn judge(self, value: f64) -> String {
        let (sign, bar, met) = match self {
            Self::AtMost(bar) => ("≤", bar, value <= bar),
            Self::AtLeast(bar) => ("≥", bar, value >= bar),
        };
        format!("{sign} {bar}: {}", if met { "met" } else { "MISSED" })
    }
}

/// Three significant digits or so.
pub(crate) fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 || size == 0.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

/// Bytes in millions, as tables give them.
#[expect(clippy::cast_precision_loss, reason = "a figure of a table is rounded anyway")]
pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// `part / whole`.
#[expect(clippy::cast_precision_loss, reason = "a figure of a table is rounded anyway")]
pub(crate) fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

/// A page of tables and sentences.
#[derive(Default)]
pub(crate) struct Page(String);

impl Page {
    /// A page with a heading and what was measured on.
    pub(crate) fn new(title: &str) -> Self {
        Self(format!("## {title}\n\n"))
    }

    /// A sentence of its own.
    pub(crate) fn say(&mut self, text: &str) {
        let _ = writeln!(self.0, "{text}\n");
    }

    /// A table; the first cell of each row is text, the others are set to the right.
    pub(crate) fn table(&mut self, head: &[&str], rows: &[Vec<String>]) {
        let _ = writeln!(self.0, "| {} |", head.join(" | "));
        let rule = std::iter::once("---").chain(std::iter::repeat_n("---:", head.len() - 1));
        let _ = writeln!(self.0, "|{}|", rule.collect::<Vec<_>>().join("|"));
        for row in rows {
            let _ = writeln!(self.0, "| {} |", row.join(" | "));
        }
        self.0.push('\n');
    }

    /// Prints the page and writes it to `target/bench/NAME.md`.
    pub(crate) fn publish(&self, name: &str) -> Result<()> {
        println!("\n{}", self.0);
        let file = directory().join(format!("{name}.md"));
        fs::create_dir_all(directory())
            .and_then(|()| fs::write(&file, &self.0))
            .attempt(|| format!("cannot write {}", file.display()))
    }
}

/// Where results and scratch files of the bench are.
pub(crate) fn directory() -> PathBuf {
    workspace::target().join("bench")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_an_even_number_is_between_two() {
        let series: Series = [4.0, 1.0, 3.0, 2.0].into_iter().collect();
        assert_eq!(series.cells(), ["1.00", "2.50", "4.00"]);
        assert_eq!([7.0].into_iter().collect::<Series>().cells(), ["7.00", "7.00", "7.00"]);
    }

    #[test]
    fn a_bar_is_met_on_the_line() {
        assert_eq!(Bar::AtMost(1.2).judge(1.2), "≤ 1.2: met");
        assert_eq!(Bar::AtMost(1.2).judge(1.21), "≤ 1.2: MISSED");
        assert_eq!(Bar::AtLeast(1.35).judge(1.3), "≥ 1.35: MISSED");
    }

    #[test]
    fn small_numbers_keep_their_digits() {
        assert_eq!([0.0123, 0.5, 12.34, 2506.4].map(number), ["0.012", "0.50", "12.3", "2506"]);
    }
}
