//! What an install is asked to do, and the attempts that it consists of.

use std::fmt;

/// What an install is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Install, or finish what was begun.
    Install,
    /// The latest build.
    Update,
    /// Check every file and repair.
    Validate,
}

/// One attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// SteamCMD updates itself and quits.
    Bootstrap,
    /// The Linux files; with `validate`, everything on disk is hashed and repaired.
    Linux {
        /// Hash and repair what is there.
        validate: bool,
    },
    /// The Linux files, with `validate`, after a manifest was written that makes it an update.
    Seeded {
        /// Steam's own manifest is there, and is set aside.
        replace: bool,
    },
    /// The Windows files, which an anonymous login may have.
    Windows {
        /// Hash and repair what is there.
        validate: bool,
    },
    /// Steam is asked which build it offers; nothing is changed.
    UpdateCheck,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Attempt::Bootstrap => "client update",
            Attempt::Linux { validate: false } => "linux",
            Attempt::Linux { validate: true } => "linux, validate",
            Attempt::Seeded { .. } => "linux, seeded manifest",
            Attempt::Windows { validate: false } => "windows",
            Attempt::Windows { validate: true } => "windows, validate",
            Attempt::UpdateCheck => "build on offer",
        })
    }
}
