//! What the library found wrong, as one sentence and a hint; the caller adds the place.

use super::{MAX_DEPTH, suggest};
use crate::printable;
use serde_saphyr::budget::BudgetBreach;
use serde_saphyr::{Error, MessageFormatter, UserMessageFormatter};

const SPECIAL_CHARACTERS: &str = "values with special characters need quotes: 'like this'";
/// Of a sentence that may quote the document.
const LONGEST: usize = 300;

/// The sentence and the hint.
pub(super) fn explain(error: &Error) -> (String, String) {
    match error {
        Error::AliasError { error, .. } | Error::WithSnippet { error, .. } => explain(error),
        Error::SerdeUnknownField { field, expected, .. } => {
            (format!("unknown key '{}'", printable::quote(field)), known_keys(field, expected))
        }
        Error::DuplicateMappingKey { key: Some(key), .. } => {
            (format!("the key '{}' appears twice", printable::quote(key)), "keep one of them".to_owned())
        }
        Error::MultipleDocuments { .. } => {
            ("only one YAML document is allowed".to_owned(), "remove the line '---'".to_owned())
        }
        Error::Budget { breach: BudgetBreach::Depth { .. }, .. } => {
            (format!("the values are nested more than {MAX_DEPTH} deep"), "flatten them".to_owned())
        }
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => (
            "the document is too large once its aliases are replaced".to_owned(),
            "write the values out".to_owned(),
        ),
        other => {
            let sentence = UserMessageFormatter.format_message(other).replace('\n', " ");
            (printable::bounded(&sentence, LONGEST).into_owned(), SPECIAL_CHARACTERS.to_owned())
        }
    }
}

fn known_keys(written: &str, known: &[&'static str]) -> String {
    let list = suggest::enumeration(known);
    match suggest::closest(written, known) {
        Some(close) => format!("did you mean '{close}'? The known keys are {list}"),
        None => format!("the known keys are {list}"),
    }
}
