//! One finding about the host's health, as `doctor` shows it and `apply` heeds it.

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// As it should be.
    Ok,
    /// Works, but an operator should know.
    Warn,
    /// Something does not work, or will not.
    Fail,
}

/// What was looked at and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// A word or two: `disk space`.
    pub name: &'static str,
    /// How bad it is.
    pub status: Status,
    /// What was found, in one sentence.
    pub sentence: String,
    /// What to do about it; nothing when it is right.
    pub remedy: Option<String>,
}

impl Check {
    /// What is as it should be.
    pub fn ok(name: &'static str, sentence: impl Into<String>) -> Check {
        Check { name, status: Status::Ok, sentence: sentence.into(), remedy: None }
    }

    /// What an operator should know.
    pub fn warn(name: &'static str, sentence: impl Into<String>, remedy: impl Into<String>) -> Check {
        Check { name, status: Status::Warn, sentence: sentence.into(), remedy: Some(remedy.into()) }
    }

    /// What does not work.
    pub fn fail(name: &'static str, sentence: impl Into<String>, remedy: impl Into<String>) -> Check {
        Check { name, status: Status::Fail, sentence: sentence.into(), remedy: Some(remedy.into()) }
    }
}
