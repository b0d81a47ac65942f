//! Names of layers.

use crate::{Error, Result, printable};
use std::fmt;

/// A published update's name: Steam's build id, with `.N` for the Nth repair of that build.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayerName(String);

/// Digits of the largest number of 64 bits.
const LONGEST_BUILD: usize = 20;
const MOST_REPAIRS: u16 = 999;

impl LayerName {
    /// The name, if `text` is one.
    pub fn parse(text: &str) -> Result<Self> {
        let (build, repair) =
            text.split_once('.').map_or((text, None), |(build, repair)| (build, Some(repair)));
        let is_repair = |text: &str| text.len() <= 3 && is_number(text);
        if build.len() <= LONGEST_BUILD && is_number(build) && repair.is_none_or(is_repair) {
            return Ok(LayerName(text.to_owned()));
        }
        Err(Error::usage(format!("'{}' is not a build id", printable::quote(text)))
            .hint("sudo left4me-setup game list shows the builds that are kept"))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Steam's build id.
    pub fn build(&self) -> &str {
        self.0.split('.').next().unwrap_or_default()
    }

    /// The name of the next repair of this build; `None` after the last possible one.
    pub fn next_repair(&self) -> Option<LayerName> {
        let done = self.0.split_once('.').map_or(0, |(_, repair)| repair.parse().unwrap_or(MOST_REPAIRS));
        (done < MOST_REPAIRS).then(|| LayerName(format!("{}.{}", self.build(), done + 1)))
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

impl fmt::Display for LayerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
