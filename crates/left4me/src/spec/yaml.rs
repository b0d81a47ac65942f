//! YAML as a tree whose every key and value knows its line, so that [`super`] can judge it in its own words.
//!
//! A scalar keeps the text as it was written: an overlay called `08` must not become `8`.

use crate::{Error, Result, printable};
use serde::Deserialize;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, SnippetMode, Spanned, UserMessageFormatter};
use std::fmt;

/// A value and where it was written.
pub(super) type Node = Spanned<Value>;

/// What a specification can be made of.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Nothing, `~` or `null`.
    Null,
    /// A text, or a plain word that YAML reads as text.
    Text(String),
    /// A plain number or truth value; its text is found by [`Document::text`].
    Plain,
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the document; keys are unique.
    Map(Vec<(Spanned<String>, Node)>),
}

impl Value {
    /// How an error names this kind of value.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Value::Null => "nothing",
            Value::Text(_) => "a text",
            Value::Plain => "a number or truth value",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, a list or a mapping")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Plain)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Plain)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Value, E> {
        Ok(Value::Plain)
    }
    fn visit_i128<E>(self, _: i128) -> Result<Value, E> {
        Ok(Value::Plain)
    }
    fn visit_u128<E>(self, _: u128) -> Result<Value, E> {
        Ok(Value::Plain)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Plain)
    }
    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Value::Map(entries))
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

/// The text of a specification and the name that errors call it by.
pub(super) struct Document<'t> {
    text: &'t str,
    source: &'t str,
}

impl<'t> Document<'t> {
    /// Parses one YAML document; aliases are replayed a bounded number of times.
    pub(super) fn parse(text: &'t str, source: &'t str) -> Result<(Self, Node)> {
        let document = Document { text, source };
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! { max_depth: 16 },
            alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: 10_000, max_replay_stack_depth: 8 },
            duplicate_keys: serde_saphyr::options::DuplicateKeyPolicy::Error,
            strict_booleans: true,
            with_snippet: false,
        };
        match serde_saphyr::from_str_with_options(text, options) {
            Ok(node) => Ok((document, node)),
            Err(error) => Err(document.syntax_error(&error)),
        }
    }

    fn syntax_error(&self, error: &serde_saphyr::Error) -> Error {
        let at = error.location().unwrap_or(Location::UNKNOWN);
        if let serde_saphyr::Error::DuplicateMappingKey { key: Some(key), .. } = error.without_snippet() {
            return self
                .error(at, format_args!("the key '{}' appears twice", printable::quote(key)))
                .hint("keep one of them");
        }
        let rendered = error.render_with_options(serde_saphyr::render_options! {
            formatter: &UserMessageFormatter,
            snippets: SnippetMode::Off,
        });
        // The place is said once, in front.
        let sentence = rendered.split(" at line ").next().unwrap_or(&rendered).replace('\n', " ");
        self.error(at, printable::bounded(&sentence, 300))
            .hint("values with special characters need quotes: 'like this'")
    }

    /// An error that names the source, the line and the column.
    pub(super) fn error(&self, at: Location, sentence: impl fmt::Display) -> Error {
        match at == Location::UNKNOWN {
            true => Error::new(format!("{}: {sentence}", self.source)),
            false => Error::new(format!("{}:{}:{}: {sentence}", self.source, at.line(), at.column())),
        }
    }

    /// A scalar's text as written; lists, mappings and nothing have none.
    pub(super) fn text(&self, node: &Node) -> Option<String> {
        match &node.value {
            Value::Text(text) => Some(text.clone()),
            Value::Plain => {
                let span = node.defined.span();
                let start = usize::try_from(span.byte_offset()?).ok()?;
                let end = start + usize::try_from(span.byte_len()?).ok()?;
                Some(self.text.get(start..end)?.trim().to_owned())
            }
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }
}
