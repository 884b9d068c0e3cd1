//! TOML as a template's values: integers stay integers, dates are times.

use gotemplate::{List, Map, Type, Value};
use goyaml::TomlError;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::date::{self, Zone};
use crate::environment::Environment;

const TABLES: Type = Type::Slice(&Type::ANY_MAP);

/// Reads a TOML text.
pub(super) fn from_toml(host: &impl Environment, text: &str) -> Result<Map, TomlError> {
    let Ok(table) = DeTable::parse(text) else {
        // That goyaml words the error of the same parser differently, is what it is for.
        return goyaml::from_toml(text).map(super::read::map);
    };
    Ok(Reader { host, text }.map(table.get_ref()))
}

struct Reader<'a, H> {
    host: &'a H,
    text: &'a str,
}

impl<H: Environment> Reader<'_, H> {
    fn map(&self, table: &DeTable<'_>) -> Map {
        table.iter().map(|(key, value)| (key.get_ref().as_ref(), self.value(value))).collect()
    }

    fn value(&self, value: &Spanned<DeValue<'_>>) -> Value {
        match value.get_ref() {
            DeValue::String(text) => text.as_ref().into(),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map_or(Value::Nil, Value::int64),
            DeValue::Float(number) => Value::float(number.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(truth) => (*truth).into(),
            DeValue::Datetime(datetime) => {
                let date = datetime.date.map(|date| date.to_string());
                let time = datetime.time.map(|time| time.to_string());
                let zone = datetime.offset.map(|offset| offset.to_string());
                self.time(date.as_deref(), time.as_deref(), zone.as_deref())
            }
            DeValue::Array(items) => {
                let list = items.iter().map(|item| self.value(item)).collect();
                // Tables under `[[name]]` headers have a type of their own; an inline list that begins so has a list
                // in it, not a table.
                let is_headed =
                    self.text.get(value.span().start..).is_some_and(|text| text.starts_with("[["));
                let has_tables = items.iter().all(|item| item.get_ref().is_table());
                let ty = if is_headed && has_tables { &TABLES } else { &Type::ANY_SLICE };
                List::typed(ty, list).into()
            }
            DeValue::Table(table) => self.map(table).into(),
        }
    }

    /// What is not written is the first day of year 0 and midnight; a zone that is not written is one that says so.
    fn time(&self, date: Option<&str>, time: Option<&str>, zone: Option<&str>) -> Value {
        let (seconds, _) = self.host.now();
        let local = self.host.local_zone();
        let offset = local.at(seconds).seconds;
        let (layout, shown) = match (zone, date, time) {
            (Some(_), ..) => ("2006-01-02T15:04:05Z07:00", local.clone()),
            (None, Some(_), Some(_)) => {
                ("2006-01-02T15:04:05", Zone::fixed("datetime-local", offset))
            }
            (None, _, None) => ("2006-01-02T15:04:05", Zone::fixed("date-local", offset)),
            (None, None, Some(_)) => ("2006-01-02T15:04:05", Zone::fixed("time-local", offset)),
        };
        let date = date.unwrap_or("0000-01-01");
        let time = time.unwrap_or("00:00:00");
        let text = format!("{date}T{time}{}", zone.unwrap_or_default());
        date::read(layout, &text, &shown, &local).map_or(Value::Nil, Value::from)
    }
}
