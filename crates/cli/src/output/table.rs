//! Tables with columns that line up, counted in terminal cells: a Chinese character is two wide.

use unicode_width::UnicodeWidthStr;

use super::printable;

/// Where a cell stands in its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table. Every cell is escaped by [`printable`]; columns are two spaces apart; no line ends in spaces.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    columns: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with a heading.
    pub(crate) fn new(columns: &[(&str, Align)]) -> Self {
        let heading = columns.iter().map(|(title, _)| (*title).to_owned()).collect();
        Self { columns: columns.iter().map(|(_, align)| *align).collect(), rows: vec![heading] }
    }

    /// A list of names and values without a heading.
    pub(crate) fn pairs() -> Self {
        Self { columns: vec![Align::Left, Align::Left], rows: Vec::new() }
    }

    /// Adds a row.
    pub(crate) fn row(&mut self, cells: &[impl AsRef<str>]) {
        self.rows.push(cells.iter().map(|cell| printable(cell.as_ref())).collect());
    }

    /// The lines, each ended by a line break.
    pub(crate) fn render(&self) -> String {
        let widths: Vec<usize> =
            (0..self.columns.len()).map(|column| self.width_of(column)).collect();
        let mut out = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for ((cell, align), width) in row.iter().zip(&self.columns).zip(&widths) {
                let padding = " ".repeat(width - cell.width());
                match align {
                    Align::Left => line.extend([cell, padding.as_str(), "  "]),
                    Align::Right => line.extend([padding.as_str(), cell, "  "]),
                }
            }
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }

    fn width_of(&self, column: usize) -> usize {
        self.rows
            .iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.width())
            .max()
            .unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_in_terminal_cells() {
        let mut table = Table::new(&[("名称", Align::Left), ("大小", Align::Right)]);
        table.row(&["多云编排", "1 B"]);
        table.row(&["kairship", "100 MB"]);
        assert_eq!(table.render(), "名称        大小\n多云编排     1 B\nkairship  100 MB\n");
    }

    #[test]
    fn cells_are_escaped_before_they_are_measured() {
        let mut table = Table::pairs();
        table.row(&["a\u{1b}[2J", "x"]);
        table.row(&["long enough to pad", "y"]);
        assert_eq!(table.render(), "a\\u{1b}[2J          x\nlong enough to pad  y\n");
    }
}
