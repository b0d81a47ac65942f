//! YAML that people write, read into types by serde, with errors that name file, line and column.
//!
//! A document is a struct that derives `Deserialize` with `deny_unknown_fields`. Its fields are
//! `Option<Value<T>>`: a [`Value`] knows where it was written and whether it is the kind that was expected, so
//! that the reader of the struct refuses it in its own words. A scalar is a [`Text`] and keeps its spelling: an
//! overlay called `08` must not become `8`, nor a hostname `yes` become `true`.

mod error;
mod kinds;
mod suggest;

pub use kinds::{Expected, Found, Kind, List, Mapping, Number, Text, Value};
pub use serde_saphyr::Location;

use crate::{Error, Result};
use serde::de::DeserializeOwned;
use std::fmt::Display;

/// Largest document in bytes; real ones have a few hundred.
pub const MAX_BYTES: usize = 256 * 1024;
/// Deepest nesting. Aliases are bounded too: a small document of them can stand for a huge one.
const MAX_DEPTH: usize = 16;
const MAX_ALIASED_EVENTS: usize = 10_000;
const MAX_ALIAS_DEPTH: usize = 8;

/// The text of a document and the name that errors call it by.
#[derive(Debug, Clone, Copy)]
pub struct Document<'t> {
    text: &'t str,
    source: &'t str,
}

impl<'t> Document<'t> {
    /// `source` is a file's name, or "standard input".
    pub fn new(text: &'t str, source: &'t str) -> Self {
        Document { text, source }
    }

    /// Reads the only document of the text.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        if self.text.len() > MAX_BYTES {
            let limit = MAX_BYTES / 1024;
            return Err(Error::new(format!("{} is larger than {limit} KiB", self.source)));
        }
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! { max_depth: MAX_DEPTH },
            alias_limits: serde_saphyr::alias_limits! {
                max_total_replayed_events: MAX_ALIASED_EVENTS,
                max_replay_stack_depth: MAX_ALIAS_DEPTH,
            },
            duplicate_keys: serde_saphyr::DuplicateKeyPolicy::Error,
            non_finite_float_policy: serde_saphyr::NonFiniteFloatPolicy::PassThrough,
            strict_booleans: true,
            with_snippet: false,
        };
        serde_saphyr::from_str_with_options(self.text, options).map_err(|cause| {
            let (sentence, hint) = error::explain(&cause);
            self.error(cause.location().unwrap_or(Location::UNKNOWN), sentence).hint(hint)
        })
    }

    /// An error that begins with the source, the line and the column.
    pub fn error(&self, at: Location, sentence: impl Display) -> Error {
        if at == Location::UNKNOWN {
            return Error::new(format!("{}: {sentence}", self.source));
        }
        Error::new(format!("{}:{}:{}: {sentence}", self.source, at.line(), at.column()))
    }

    /// The value if it is of the expected kind; `what` names it in the error.
    pub fn expect<'v, T: Expected>(&self, value: &'v Value<T>, what: &str) -> Result<&'v T> {
        match &value.value {
            Found::Expected(expected) => Ok(expected),
            Found::Other(kind) => {
                let sentence = match kind {
                    Kind::Nothing => format!("{what} is empty"),
                    kind => format!("{what} is {kind}, not {}", T::NAME),
                };
                Err(self.error(value.referenced, sentence).hint(T::HINT))
            }
        }
    }

    /// A scalar's text: of a quoted one what the quotes stand for, of any other one what was written.
    pub fn text(&self, value: &Value<Text>, what: &str) -> Result<String> {
        Ok(self.spelling(self.expect(value, what)?, value.defined))
    }

    /// The text of a scalar that was defined at `at`.
    pub fn spelling(&self, scalar: &Text, at: Location) -> String {
        match scalar {
            Text::Read(text) => text.clone(),
            Text::AsWritten => self.written(at),
        }
    }

    /// What stands at a place of the text.
    pub fn written(&self, at: Location) -> String {
        let span = at.span();
        let slice = || {
            let start = usize::try_from(span.byte_offset()?).ok()?;
            let end = start + usize::try_from(span.byte_len()?).ok()?;
            self.text.get(start..end)
        };
        slice().unwrap_or_default().trim().to_owned()
    }
}

#[cfg(test)]
mod tests;
