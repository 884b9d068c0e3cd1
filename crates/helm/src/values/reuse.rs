//! Values of an upgrade: what of the last release's goes on.

use super::{CoalesceError, Purpose, Table, Value, coalesce, coalesce_tables};
use crate::resolve::ResolvedChart;

/// Which values of the last release an upgrade keeps: helm's flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reuse {
    /// No flag: the user's old values if there are no new ones.
    #[default]
    Default,
    /// `--reset-values`: none.
    Reset,
    /// `--reuse-values`: the old ones below the new, the old chart's defaults in place of the new chart's.
    Reuse,
    /// `--reset-then-reuse-values`: the old ones below the new, over the new chart's defaults.
    ResetThenReuse,
}

/// What is known of the last release.
#[derive(Clone, Copy, Debug)]
pub struct PreviousRelease<'a> {
    /// Its chart as it was stored.
    pub chart: &'a ResolvedChart,
    /// The user's values it was made with.
    pub config: &'a Table,
}

/// The values to upgrade with, and the defaults that take the place of the new chart's, if any.
pub fn reuse_values(
    previous: PreviousRelease<'_>,
    new: Table,
    reuse: Reuse,
) -> Result<(Table, Option<Table>), CoalesceError> {
    let over_old = |new: &Table| {
        let values = new.to_template();
        coalesce_tables(&values, &previous.config.to_template(), Purpose::Render);
        Table::from_template(&values)
    };
    match reuse {
        Reuse::Reuse => {
            let old = coalesce(previous.chart, previous.config, Purpose::Render)?;
            Ok((over_old(&new), Some(Table::from_template(&old.values))))
        }
        Reuse::ResetThenReuse => Ok((over_old(&new), None)),
        Reuse::Default if new.is_empty() => Ok((previous.config.clone(), None)),
        Reuse::Default | Reuse::Reset => Ok((new, None)),
    }
}

/// What a stored release's JSON says: every number is a float then.
impl From<serde_json::Map<String, serde_json::Value>> for Table {
    fn from(json: serde_json::Map<String, serde_json::Value>) -> Self {
        json.into_iter().map(|(key, value)| (key, Value::from_json(value))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Chart, File, read_values};

    fn reused(new: &str, reuse: Reuse) -> (String, Option<String>) {
        let chart = Chart::from_files(vec![
            File::new("Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\n"),
            File::new("values.yaml", "a: 1\nb: {c: 1, d: 2}\n"),
        ]);
        let chart = ResolvedChart::read(&chart.unwrap()).unwrap();
        let table = |text: &str| read_values(text.as_bytes()).unwrap();
        let previous = PreviousRelease { chart: &chart, config: &table("b: {c: 5}\ne: 1\n") };
        let (values, defaults) = reuse_values(previous, table(new), reuse).unwrap();
        (values.to_json().to_string(), defaults.map(|table| table.to_json().to_string()))
    }

    #[test]
    fn without_flags_old_values_stay_only_where_there_are_no_new_ones() {
        assert_eq!(reused("", Reuse::Default), (r#"{"b":{"c":5},"e":1}"#.to_owned(), None));
        assert_eq!(reused("x: 1", Reuse::Default), (r#"{"x":1}"#.to_owned(), None));
        assert_eq!(reused("x: 1", Reuse::Reset), (r#"{"x":1}"#.to_owned(), None));
        assert_eq!(reused("", Reuse::Reset), ("{}".to_owned(), None));
    }

    #[test]
    fn old_values_lie_below_new_ones() {
        let merged = r#"{"b":{"c":5,"d":7},"x":1}"#.to_owned();
        let new = "x: 1\nb: {d: 7}\ne: null\n";
        assert_eq!(reused(new, Reuse::ResetThenReuse), (merged.clone(), None));
        let defaults = r#"{"a":1,"b":{"c":5,"d":2},"e":1}"#.to_owned();
        assert_eq!(reused(new, Reuse::Reuse), (merged, Some(defaults)));
    }
}
