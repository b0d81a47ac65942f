//! The key `update`: a truth value, or a mapping that says more and turns updates on.

use super::{Place, Placed, Reader, truth};
use crate::calendar::{Schedule, TimeOfDay};
use crate::name::InstanceName;
use crate::yaml::{Expected, Mapping, Text, Value};
use crate::{Error, Result, printable};
use serde::Deserialize;
use serde::de::MapAccess;

/// The longest warning in seconds.
pub const MAX_WARN: u32 = 3600;

/// Whether and how the game is updated by a timer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Update {
    /// It is.
    pub enabled: Option<Placed<bool>>,
    /// When.
    pub schedule: Option<Placed<Schedule>>,
    /// The instance that tries a build before it is published.
    pub canary: Option<Placed<InstanceName>>,
    /// How long players are warned before a restart, in seconds.
    pub warn: Option<Placed<u32>>,
    /// When servers that still have players are restarted all the same.
    pub deadline: Option<Placed<TimeOfDay>>,
}

/// As it is written.
#[derive(Debug, PartialEq)]
pub(super) enum Written {
    Truth(Text),
    Details(Box<Details>),
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Details {
    schedule: Option<Value<Text>>,
    canary: Option<Value<Text>>,
    warn: Option<Value<Text>>,
    deadline: Option<Value<Text>>,
}

impl Expected for Written {
    const NAME: &'static str = "true, false or a mapping";
    const HINT: &'static str = "write update: true, or update: {schedule: '04:30'}";

    fn from_text(text: &str) -> Option<Self> {
        Text::from_text(text).map(Written::Truth)
    }
    fn from_number() -> Option<Self> {
        Text::from_number().map(Written::Truth)
    }
    fn from_mapping<'de, A: MapAccess<'de>>(mapping: A) -> Result<Option<Self>, A::Error> {
        Ok(Mapping::from_mapping(mapping)?.map(|Mapping(details)| Written::Details(Box::new(details))))
    }
}

impl Reader<'_> {
    pub(super) fn update(&self, written: &Option<Value<Written>>) -> Result<Update> {
        let Some(value) = written else { return Ok(Update::default()) };
        let place = Place::of(value.referenced);
        match self.document.expect(value, "update")? {
            Written::Truth(text) => {
                let text = self.document.spelling(text, value.defined);
                let enabled =
                    truth("update", &text).map_err(|error| super::at(self.source, place, &error))?;
                Ok(Update { enabled: Some(Placed { value: enabled, place }), ..Update::default() })
            }
            Written::Details(details) => Ok(Update {
                enabled: Some(Placed { value: true, place }),
                schedule: self.value(&details.schedule, "schedule", Schedule::parse)?,
                canary: self.value(&details.canary, "canary", InstanceName::parse)?,
                warn: self.value(&details.warn, "warn", seconds)?,
                deadline: self.value(&details.deadline, "deadline", TimeOfDay::parse)?,
            }),
        }
    }
}

fn seconds(text: &str) -> Result<u32> {
    // The comparison refuses 060 and +60.
    let number = text.parse::<u32>().ok().filter(|number| number.to_string() == text);
    number.filter(|number| *number <= MAX_WARN).ok_or_else(|| {
        Error::new(format!("warn '{}' is not a number from 0 to {MAX_WARN}", printable::quote(text)))
            .hint("write how many seconds before a restart players are warned, such as warn: 60")
    })
}
