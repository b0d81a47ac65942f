//! The kinds of value that YAML has, and types that expect some of them.

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use std::fmt;
use std::marker::PhantomData;

/// A value and where it was written.
///
/// `referenced` is the place to name in an error; it differs from `defined` where YAML's aliases are used.
pub type Value<T> = Spanned<Found<T>>;

/// What stands where a `T` is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<T> {
    /// It is one.
    Expected(T),
    /// It is of a kind that no `T` can be made of.
    Other(Kind),
}

/// The kinds of value that an error tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing at all, `~` or `null`.
    Nothing,
    /// A quoted text, or a plain one that is neither a number nor a truth value.
    Text,
    /// A plain number, `true` or `false`.
    Number,
    /// `[a, b]`, or a line for each item.
    List,
    /// `{key: value}`, or a line for each key.
    Mapping,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Nothing => "nothing",
            Kind::Text => "a text",
            Kind::Number => "a number or truth value",
            Kind::List => "a list",
            Kind::Mapping => "a mapping",
        })
    }
}

/// A type that is made of some kinds of value.
pub trait Expected: Sized {
    /// How an error names it.
    const NAME: &'static str;
    /// How to write one.
    const HINT: &'static str;

    /// From [`Kind::Text`].
    fn from_text(_text: &str) -> Option<Self> {
        None
    }
    /// From [`Kind::Number`], whose spelling serde does not tell.
    fn from_number() -> Option<Self> {
        None
    }
    /// From [`Kind::List`].
    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }
    /// From [`Kind::Mapping`].
    fn from_mapping<'de, A: MapAccess<'de>>(mut mapping: A) -> Result<Option<Self>, A::Error> {
        while mapping.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

/// A scalar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// Its text.
    Read(String),
    /// A plain number or truth value: [`super::Document::text`] knows how it was written.
    AsWritten,
}

impl Expected for Text {
    const NAME: &'static str = "a text";
    const HINT: &'static str = "put the whole value in quotes: 'like this'";

    fn from_text(text: &str) -> Option<Self> {
        Some(Text::Read(text.to_owned()))
    }
    fn from_number() -> Option<Self> {
        Some(Text::AsWritten)
    }
}

/// A plain number or truth value; [`super::Document::written`] knows how it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Number;

impl Expected for Number {
    const NAME: &'static str = "a number";
    const HINT: &'static str = "write plain digits, without quotes";

    fn from_number() -> Option<Self> {
        Some(Number)
    }
}

/// A list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List<T>(pub Vec<Value<T>>);

impl<T: Expected> Expected for List<T> {
    const NAME: &'static str = "a list";
    const HINT: &'static str = "write one item per line, each starting with '- '";

    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Option<Self>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Some(List(items)))
    }
}

/// A mapping whose keys are the fields of `T`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping<T>(pub T);

impl<T: for<'a> Deserialize<'a>> Expected for Mapping<T> {
    const NAME: &'static str = "a mapping";
    const HINT: &'static str = "write one key per line: 'key: value'";

    fn from_mapping<'de, A: MapAccess<'de>>(mapping: A) -> Result<Option<Self>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(mapping)).map(|fields| Some(Mapping(fields)))
    }
}

impl<'de, T: Expected> Deserialize<'de> for Found<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyKind(PhantomData))
    }
}

struct AnyKind<T>(PhantomData<T>);

fn found<T, E>(value: Option<T>, kind: Kind) -> Result<Found<T>, E> {
    Ok(value.map_or(Found::Other(kind), Found::Expected))
}

impl<'de, T: Expected> Visitor<'de> for AnyKind<T> {
    type Value = Found<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::NAME)
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        found(None, Kind::Nothing)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        found(T::from_number(), Kind::Number)
    }
    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        found(T::from_number(), Kind::Number)
    }
    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        found(T::from_number(), Kind::Number)
    }
    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        found(T::from_number(), Kind::Number)
    }
    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        found(T::from_text(text), Kind::Text)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        found(T::from_list(list)?, Kind::List)
    }
    fn visit_map<A: MapAccess<'de>>(self, mapping: A) -> Result<Self::Value, A::Error> {
        found(T::from_mapping(mapping)?, Kind::Mapping)
    }
}
