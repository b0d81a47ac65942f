//! Times that people write: systemd's calendar events, and a time of day.
//!
//! The grammar is that of systemd.time(7), so that a mistake is found before a timer is asked to keep it. What is
//! accepted has no character that could end a line or a value of a unit file.

use crate::{Error, Result, printable};
use std::fmt;
use std::ops::RangeInclusive;

/// Longest expression in bytes.
const LONGEST: usize = 200;
const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const SHORTHANDS: [&str; 9] =
    ["minutely", "hourly", "daily", "weekly", "monthly", "quarterly", "semiannually", "yearly", "annually"];

/// A calendar event, as `OnCalendar=` takes it: `daily`, `04:30`, `Mon..Fri 04:30 Europe/Berlin`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule(String);

impl Schedule {
    /// Checks the expression against the grammar. Whether the host knows its time zone only systemd can tell.
    pub fn parse(text: &str) -> Result<Schedule> {
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        if text.len() <= LONGEST && is_event(&words) {
            return Ok(Schedule(words.join(" ")));
        }
        let quoted = printable::quote(text);
        Err(Error::new(format!("the schedule '{quoted}' is not a calendar event of systemd"))
            .hint("write one such as daily, '04:30' or 'Mon..Fri 04:30'; man systemd.time describes them"))
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A time of day, local time: `06:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeOfDay {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
}

impl TimeOfDay {
    /// Reads `HH:MM`.
    pub fn parse(text: &str) -> Result<TimeOfDay> {
        let number = |text: &str, last: u8| {
            let is_plain = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
            text.parse::<u8>().ok().filter(|number| is_plain && *number <= last)
        };
        let parts = text.split_once(':').filter(|(_, minutes)| minutes.len() == 2);
        let time = parts.and_then(|(hour, minute)| {
            Some(TimeOfDay { hour: number(hour, 23)?, minute: number(minute, 59)? })
        });
        time.ok_or_else(|| {
            Error::new(format!("'{}' is not a time of day", printable::quote(text)))
                .hint("write hours and minutes, such as '06:00'")
        })
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

/// `[WEEKDAYS] [DATE] [TIME] [ZONE]` with at least one of the first three, or `SHORTHAND [ZONE]`.
fn is_event(words: &[&str]) -> bool {
    let is_shorthand = |word: &str| SHORTHANDS.contains(&word.to_ascii_lowercase().as_str());
    if let [first, rest @ ..] = words
        && is_shorthand(first)
    {
        return is_zone_or_nothing(rest);
    }
    let after = |words: &mut &[&str], is_it: fn(&str) -> bool| {
        let found = words.first().is_some_and(|word| is_it(word));
        *words = &words[usize::from(found)..];
        found
    };
    let mut rest = words;
    let found = [is_weekdays, is_date, is_time].map(|is_it| after(&mut rest, is_it));
    found.contains(&true) && is_zone_or_nothing(rest)
}

/// `UTC`, or a name of the time zone database.
fn is_zone_or_nothing(words: &[&str]) -> bool {
    let is_character = |b: u8| b.is_ascii_alphanumeric() || b"_+-/".contains(&b);
    match words {
        [] => true,
        [zone] => {
            zone.starts_with(|c: char| c.is_ascii_alphabetic())
                && zone.bytes().all(is_character)
                && !zone.ends_with('/')
                && !zone.contains("//")
                && !is_weekdays(zone)
        }
        _ => false,
    }
}

/// `Mon,Wed..Fri`; a comma may end it.
fn is_weekdays(word: &str) -> bool {
    let is_day = |day: &str| {
        let day = day.to_ascii_lowercase();
        DAYS.iter().any(|known| day == *known || day == known[..3])
    };
    let is_range = |range: &str| match range.split_once("..").or_else(|| range.split_once('-')) {
        Some((first, last)) => is_day(first) && is_day(last),
        None => is_day(range),
    };
    word.strip_suffix(',').unwrap_or(word).split(',').all(is_range)
}

/// `[YEAR-]MONTH-DAY`, or with `~` in front of the day, which then counts from the end of the month.
fn is_date(word: &str) -> bool {
    let Some((front, day)) = word.rsplit_once(['-', '~']) else { return false };
    let (year, month) = front.split_once('-').map_or((None, front), |(year, month)| (Some(year), month));
    let is_year = |year: &str| is_list(year, 0..=99) || is_list(year, 1970..=2199);
    year.is_none_or(is_year) && is_list(month, 1..=12) && is_list(day, 1..=31)
}

/// `HOUR:MINUTE[:SECOND]`
fn is_time(word: &str) -> bool {
    let parts: Vec<&str> = word.split(':').collect();
    match parts[..] {
        [hour, minute] => is_list(hour, 0..=23) && is_list(minute, 0..=59),
        [hour, minute, second] => is_list(hour, 0..=23) && is_list(minute, 0..=59) && is_list(second, 0..=59),
        _ => false,
    }
}

/// `*`, or values and ranges, each with a step: `1,5..9/2`.
fn is_list(text: &str, allowed: RangeInclusive<u32>) -> bool {
    text.split(',').all(|item| is_item(item, &allowed))
}

fn is_item(item: &str, allowed: &RangeInclusive<u32>) -> bool {
    let number = |text: &str| {
        let is_plain = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| is_plain)
    };
    let (values, step) = item.split_once('/').map_or((item, None), |(values, step)| (values, Some(step)));
    if step.is_some_and(|step| number(step).is_none_or(|step| step == 0)) {
        return false;
    }
    let is_allowed = |text: &str| number(text).filter(|number| allowed.contains(number));
    match values.split_once("..") {
        _ if values == "*" => true,
        Some((first, last)) => {
            is_allowed(first).zip(is_allowed(last)).is_some_and(|(first, last)| first <= last)
        }
        None => is_allowed(values).is_some(),
    }
}

#[cfg(test)]
mod tests;
