//! What an inspection finds, and what becomes of a resource that is removed.

use serde::Serialize;
use std::fmt;

/// One attribute that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    pub attribute: String,
    pub is: String,
    pub want: String,
}

impl Difference {
    pub fn new(attribute: &str, is: impl Into<String>, want: impl Into<String>) -> Self {
        Difference { attribute: attribute.into(), is: is.into(), want: want.into() }
    }

    pub fn mode(is: u32, want: u32) -> Option<Self> {
        (is != want).then(|| Difference::new("mode", format!("{is:04o}"), format!("{want:04o}")))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} → {}", self.attribute, self.is, self.want)
    }
}

/// `mode 0644 → 0440, owner 1000:1000 → 0:0`
pub fn differences_text(differences: &[Difference]) -> String {
    let parts: Vec<String> = differences.iter().map(Difference::to_string).collect();
    parts.join(", ")
}

/// What an inspection found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// As it should be.
    InSync,
    /// Not there.
    Absent,
    /// There, but different.
    Differs(Vec<Difference>),
    /// A configuration file that an administrator changed: kept.
    Modified,
    /// Cannot be done here and now, for this reason; a later run will.
    Deferred(String),
}

impl Finding {
    /// In sync when there is no difference.
    pub fn from_differences(differences: Vec<Difference>) -> Finding {
        if differences.is_empty() { Finding::InSync } else { Finding::Differs(differences) }
    }

    /// Whether `apply` would change something.
    pub fn is_pending(&self) -> bool {
        matches!(self, Finding::Absent | Finding::Differs(_))
    }
}

/// What became of a resource that was to be removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Removal {
    Removed,
    /// It was not there, or it is not for us to remove.
    Absent,
    /// It stays, for this reason.
    Kept(String),
}
