//! Go's `time.Time` and what hangs on it.

use std::any::Any;
use std::rc::Rc;

use gotemplate::{Failure, Field, JsonForm, List, Method, Object, Shape, Str, Type, Value};

use super::civil::Date;
use super::duration::{self, DURATION, Duration, SECOND};
use super::format::{self, RFC3339_NANO, STRING};
use super::layout::{MONTHS, WEEKDAYS};
use super::zone::{Offset, Zone};
use crate::argument::Arguments;
use crate::environment::Environment;

const SECONDS_PER_DAY: i64 = 86_400;
/// From the year 1, where Go's zero time is, to 1970.
const SECONDS_TO_1970: i64 = 62_135_596_800;

/// A point in time, and the zone it is shown in.
#[derive(Clone, Debug)]
pub(crate) struct Time {
    /// Seconds since 1970.
    pub(crate) seconds: i64,
    pub(crate) nanoseconds: u32,
    pub(crate) zone: Zone,
    /// What `Local` means where the time was made.
    pub(crate) local: Zone,
}

pub(super) const TIME: Type = Type::Object("time.Time");

/// What a clock and a calendar show.
pub(super) struct Clock {
    pub(super) date: Date,
    /// From Sunday, which is 0.
    pub(super) weekday: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    pub(super) nanosecond: u32,
    pub(super) offset: Offset,
}

impl Time {
    /// Go's zero time.
    pub(super) fn zero(local: Zone) -> Self {
        Self { seconds: -SECONDS_TO_1970, nanoseconds: 0, zone: Zone::utc(), local }
    }

    /// The time it is, to the second, in UTC.
    pub(crate) fn now_in_utc(host: &impl Environment) -> Self {
        let (seconds, _) = host.now();
        Self { seconds, nanoseconds: 0, zone: Zone::utc(), local: host.local_zone() }
    }

    /// `20060102150405Z`.
    pub(crate) fn compact(&self) -> String {
        self.format("20060102150405Z").to_string()
    }

    pub(super) fn clock(&self) -> Clock {
        let offset = self.zone.at(self.seconds);
        let shown = self.seconds.wrapping_add(offset.seconds);
        let days = shown.div_euclid(SECONDS_PER_DAY);
        let of_day = shown.rem_euclid(SECONDS_PER_DAY);
        Clock {
            date: Date::from_days(days),
            weekday: (days + 4).rem_euclid(7),
            hour: of_day / 3600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
            nanosecond: self.nanoseconds,
            offset,
        }
    }

    /// The same time shown in another zone.
    pub(super) fn in_zone(&self, zone: Zone) -> Self {
        Self { zone, ..self.clone() }
    }

    pub(super) fn add(&self, duration: Duration) -> Self {
        let nanoseconds = i64::from(self.nanoseconds) + duration.0 % SECOND;
        let carry = nanoseconds.div_euclid(SECOND);
        let seconds = self.seconds.wrapping_add(duration.0 / SECOND).wrapping_add(carry);
        let nanoseconds = u32::try_from(nanoseconds.rem_euclid(SECOND)).unwrap_or_default();
        Self { seconds, nanoseconds, ..self.clone() }
    }

    /// As far as a duration goes.
    pub(super) fn since(&self, earlier: &Self) -> Duration {
        let total = |time: &Self| {
            i128::from(time.seconds) * i128::from(SECOND) + i128::from(time.nanoseconds)
        };
        let difference = total(self) - total(earlier);
        let limit = if difference < 0 { i64::MIN } else { i64::MAX };
        Duration(i64::try_from(difference).unwrap_or(limit))
    }

    /// What is beyond the last multiple of `unit` since Go's zero time.
    fn beyond(&self, unit: i64) -> i64 {
        let seconds = i128::from(self.seconds) + i128::from(SECONDS_TO_1970);
        let total = seconds * i128::from(SECOND) + i128::from(self.nanoseconds);
        i64::try_from(total.rem_euclid(i128::from(unit))).unwrap_or_default()
    }

    fn truncate(&self, unit: Duration) -> Self {
        if unit.0 <= 0 { self.clone() } else { self.add(Duration(-self.beyond(unit.0))) }
    }

    fn round(&self, unit: Duration) -> Self {
        if unit.0 <= 0 {
            return self.clone();
        }
        let beyond = self.beyond(unit.0);
        let is_down = i128::from(beyond) * 2 < i128::from(unit.0);
        self.add(Duration(if is_down { -beyond } else { unit.0 - beyond }))
    }

    fn add_date(&self, years: i64, months: i64, days: i64) -> Self {
        let Clock { date, hour, minute, second, .. } = self.clock();
        let date = Date {
            year: date.year.wrapping_add(years),
            month: date.month.wrapping_add(months),
            day: date.day.wrapping_add(days),
        };
        let local = date.to_days() * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second;
        Self { seconds: local - self.zone.offset_for_clock(local), ..self.clone() }
    }

    pub(super) fn format(&self, layout: &str) -> Str {
        format::format(self, layout.as_bytes()).into()
    }

    const fn order(&self) -> (i64, u32) {
        (self.seconds, self.nanoseconds)
    }

    /// RFC 3339 with as many digits of the fraction as there are; `None` where the year has not four digits.
    pub(crate) fn rfc3339(&self) -> Option<Str> {
        (0..=9999).contains(&self.clock().date.year).then(|| self.format(RFC3339_NANO))
    }
}

impl From<Time> for Value {
    fn from(time: Time) -> Self {
        Self::Object(Rc::new(time))
    }
}

impl Object for Time {
    fn type_name(&self) -> &'static str {
        "time.Time"
    }

    fn shape(&self) -> Shape {
        let field = |name, value| Field { name, value };
        let location = if self.zone.is_utc() { Value::Nil } else { location(&self.zone) };
        Shape::Struct(vec![
            field("wall", Value::Uint(self.nanoseconds.into(), gotemplate::UintKind::Uint64)),
            field("ext", Value::int64(self.seconds.wrapping_add(SECONDS_TO_1970))),
            field("loc", location),
        ])
    }

    fn field(&self, _: &str) -> Option<Value> {
        None
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        METHODS.iter().find(|method| method.name == name)
    }

    fn string(&self) -> Option<Str> {
        Some(self.format(STRING))
    }

    fn equals(&self, other: &dyn Object) -> Option<bool> {
        let other = other.as_any().downcast_ref::<Self>();
        Some(other.is_some_and(|other| {
            self.order() == other.order() && self.zone.name() == other.zone.name()
        }))
    }

    fn json(&self) -> JsonForm {
        match self.rfc3339() {
            Some(text) => JsonForm::Value(Value::String(text)),
            None => JsonForm::Unsupported("time.Time"),
        }
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

fn of(value: &Value) -> Time {
    value.downcast::<Time>().cloned().unwrap_or_else(|| Time::zero(Zone::utc()))
}

type Body = fn(&Value, &[Value]) -> Result<Value, Failure>;

const fn method(name: &'static str, params: &'static [Type], body: Body) -> Method {
    Method { name, params, variadic: None, body }
}

const INT: Type = Type::INT;
const LOCATION: Type = Type::Object("*time.Location");

static METHODS: [Method; 34] = [
    method("Year", &[], |own, _| Ok(Value::int(of(own).clock().date.year))),
    method("Month", &[], |own, _| Ok(Named::month(of(own).clock().date.month))),
    method("Day", &[], |own, _| Ok(Value::int(of(own).clock().date.day))),
    method("Weekday", &[], |own, _| Ok(Named::weekday(of(own).clock().weekday))),
    method("YearDay", &[], |own, _| Ok(Value::int(of(own).clock().date.day_of_year()))),
    method("Hour", &[], |own, _| Ok(Value::int(of(own).clock().hour))),
    method("Minute", &[], |own, _| Ok(Value::int(of(own).clock().minute))),
    method("Second", &[], |own, _| Ok(Value::int(of(own).clock().second))),
    method("Nanosecond", &[], |own, _| Ok(Value::int(of(own).nanoseconds.into()))),
    method("Unix", &[], |own, _| Ok(Value::int64(of(own).seconds))),
    method("UnixMilli", &[], |own, _| Ok(since_1970(own, 1_000))),
    method("UnixMicro", &[], |own, _| Ok(since_1970(own, 1_000_000))),
    method("UnixNano", &[], |own, _| Ok(since_1970(own, SECOND))),
    method("IsZero", &[], |own, _| Ok((of(own).order() == (-SECONDS_TO_1970, 0)).into())),
    method("IsDST", &[], |own, _| Ok(of(own).clock().offset.is_daylight_saving.into())),
    method("UTC", &[], |own, _| Ok(of(own).in_zone(Zone::utc()).into())),
    method("Local", &[], |own, _| {
        let time = of(own);
        Ok(time.in_zone(time.local.clone()).into())
    }),
    method("In", &[LOCATION], |own, args| Ok(of(own).in_zone(zone_of(args.value(0))).into())),
    method("Location", &[], |own, _| Ok(location(&of(own).zone))),
    method("Format", &[Type::String], |own, args| {
        Ok(Value::string(format::format(&of(own), args.text(0))))
    }),
    method("String", &[], |own, _| Ok(of(own).format(STRING).into())),
    method("MarshalText", &[], |own, _| marshal(own, "")),
    method("MarshalJSON", &[], |own, _| marshal(own, "\"")),
    method("Add", &[DURATION], |own, args| Ok(of(own).add(duration::of(args.value(0))).into())),
    method("Sub", &[TIME], |own, args| Ok(of(own).since(&of(args.value(0))).into())),
    method("AddDate", &[INT, INT, INT], |own, args| {
        Ok(of(own).add_date(args.integer(0), args.integer(1), args.integer(2)).into())
    }),
    method("Truncate", &[DURATION], |own, args| {
        Ok(of(own).truncate(duration::of(args.value(0))).into())
    }),
    method("Round", &[DURATION], |own, args| Ok(of(own).round(duration::of(args.value(0))).into())),
    method("Before", &[TIME], |own, args| Ok((of(own).order() < of(args.value(0)).order()).into())),
    method("After", &[TIME], |own, args| Ok((of(own).order() > of(args.value(0)).order()).into())),
    method("Equal", &[TIME], |own, args| Ok((of(own).order() == of(args.value(0)).order()).into())),
    method("Compare", &[TIME], |own, args| {
        Ok(Value::int(of(own).order().cmp(&of(args.value(0)).order()) as i64))
    }),
    method("AppendFormat", &[Type::BYTES, Type::String], |own, args| {
        let start = args.items(0).as_bytes().unwrap_or_default().to_vec();
        Ok(List::bytes([start, format::format(&of(own), args.text(1))].concat()).into())
    }),
    method("GoString", &[], |own, _| Ok(go_string(&of(own)).into())),
];

fn since_1970(own: &Value, per_second: i64) -> Value {
    let time = of(own);
    let part = i64::from(time.nanoseconds) / (SECOND / per_second);
    Value::int64(time.seconds.wrapping_mul(per_second).wrapping_add(part))
}

fn marshal(own: &Value, quote: &str) -> Result<Value, Failure> {
    let name = if quote.is_empty() { "MarshalText" } else { "MarshalJSON" };
    let text =
        of(own).rfc3339().ok_or_else(|| format!("Time.{name}: year outside of range [0,9999]"))?;
    Ok(List::bytes(format!("{quote}{text}{quote}").into_bytes()).into())
}

fn go_string(time: &Time) -> String {
    let Clock { date, hour, minute, second, nanosecond, .. } = time.clock();
    let month = usize::try_from(date.month - 1).ok().and_then(|at| MONTHS.get(at)).unwrap_or(&"");
    let zone = match time.zone.name() {
        "UTC" => "time.UTC".to_owned(),
        "Local" => "time.Local".to_owned(),
        name => format!("time.Location({})", duration::quote(name.as_bytes())),
    };
    format!(
        "time.Date({}, time.{month}, {}, {hour}, {minute}, {second}, {nanosecond}, {zone})",
        date.year, date.day
    )
}

/// Go's `time.Month` and `time.Weekday`: integers with names.
struct Named {
    type_name: &'static str,
    number: i64,
    name: &'static str,
}

impl Named {
    fn month(number: i64) -> Value {
        Self::value("time.Month", number, &MONTHS, number - 1)
    }

    fn weekday(number: i64) -> Value {
        Self::value("time.Weekday", number, &WEEKDAYS, number)
    }

    fn value(type_name: &'static str, number: i64, names: &[&'static str], at: i64) -> Value {
        let name =
            usize::try_from(at).ok().and_then(|at| names.get(at)).copied().unwrap_or_default();
        Value::Object(Rc::new(Self { type_name, number, name }))
    }
}

static NAMED_METHODS: [Method; 1] = [method("String", &[], |own, _| {
    Ok(own.downcast::<Named>().map_or("", |named| named.name).into())
})];

impl Object for Named {
    fn type_name(&self) -> &'static str {
        self.type_name
    }

    fn shape(&self) -> Shape {
        Shape::Alias(Value::int(self.number))
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        NAMED_METHODS.iter().find(|method| method.name == name)
    }

    fn string(&self) -> Option<Str> {
        Some(self.name.into())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Go's `*time.Location`.
struct Location(Zone);

fn location(zone: &Zone) -> Value {
    Value::Object(Rc::new(Location(zone.clone())))
}

fn zone_of(value: &Value) -> Zone {
    value.downcast::<Location>().map_or_else(Zone::utc, |location| location.0.clone())
}

static LOCATION_METHODS: [Method; 1] =
    [method("String", &[], |own, _| Ok(zone_of(own).name().into()))];

impl Object for Location {
    fn type_name(&self) -> &'static str {
        "*time.Location"
    }

    fn shape(&self) -> Shape {
        Shape::Struct(vec![Field { name: "name", value: self.0.name().into() }])
    }

    fn kind(&self) -> gotemplate::Kind {
        gotemplate::Kind::Ptr
    }

    fn method(&self, name: &str) -> Option<&'static Method> {
        LOCATION_METHODS.iter().find(|method| method.name == name)
    }

    fn string(&self) -> Option<Str> {
        Some(self.0.name().into())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
