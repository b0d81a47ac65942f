//! The state that an update leaves an app in: a set of bits (`EAppState`), to be read as such, for there are
//! many combinations.

use std::fmt;

/// The number in `state is 0x… after update job`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppState(pub u32);

const UPDATE_REQUIRED: u32 = 0x2;
const FULLY_INSTALLED: u32 = 0x4;
const UPDATE_QUEUED: u32 = 0x8;
const UPDATE_OPTIONAL: u32 = 0x10;
const FILES_MISSING: u32 = 0x20;
const FILES_CORRUPT: u32 = 0x80;
const UPDATE_PAUSED: u32 = 0x200;
const UPDATE_STARTED: u32 = 0x400;

impl AppState {
    /// Files are missing or damaged: only `validate` brings them back.
    pub fn is_damaged(self) -> bool {
        self.has_any(FILES_MISSING | FILES_CORRUPT)
    }

    /// Paused before anything began: the disk is full, as a rule.
    pub fn is_disk_full(self) -> bool {
        self.has_any(UPDATE_PAUSED) && !self.has_any(UPDATE_STARTED | FULLY_INSTALLED) && !self.is_damaged()
    }

    /// An update of an installed app began and was paused: its files could not be written.
    pub fn is_unwritable(self) -> bool {
        let all = UPDATE_PAUSED | UPDATE_STARTED | FULLY_INSTALLED;
        self.0 & all == all && !self.is_damaged()
    }

    /// Begun and paused.
    pub fn is_paused(self) -> bool {
        self.has_any(UPDATE_PAUSED) && self.has_any(UPDATE_STARTED)
    }

    /// An update of an installed app is wanted and nothing else: it could not even begin.
    pub fn wants_update(self) -> bool {
        self.0 & !UPDATE_OPTIONAL == FULLY_INSTALLED | UPDATE_REQUIRED
    }

    /// Nothing is installed and nothing was begun.
    pub fn is_blank(self) -> bool {
        self.0 & !UPDATE_OPTIONAL == UPDATE_REQUIRED
    }

    /// All files of a build are there, whether or not Steam has another one by now.
    pub fn is_installed(self) -> bool {
        self.has_any(FULLY_INSTALLED)
            && self.0 & !(FULLY_INSTALLED | UPDATE_REQUIRED | UPDATE_QUEUED | UPDATE_OPTIONAL) == 0
    }

    fn has_any(self, bits: u32) -> bool {
        self.0 & bits != 0
    }
}

impl fmt::Display for AppState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "app state 0x{:X}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_by_their_bits() {
        let words = |state: u32| {
            let state = AppState(state);
            let table = [
                (state.is_damaged(), "damaged"),
                (state.is_disk_full(), "full"),
                (state.is_unwritable(), "unwritable"),
                (state.is_paused(), "paused"),
                (state.wants_update(), "wants"),
                (state.is_blank(), "blank"),
                (state.is_installed(), "installed"),
            ];
            table.iter().filter(|(is, _)| *is).map(|(_, word)| *word).collect::<Vec<_>>().join(" ")
        };
        for (states, expected) in [
            (&[0x20, 0x80, 0x426, 0x496, 0x26, 0x82, 0x222][..], "damaged"),
            (&[0x626, 0x6a6, 0x680, 0x620], "damaged paused"),
            (&[0x200, 0x202, 0x212], "full"),
            (&[0x604, 0x606, 0x616], "unwritable paused"),
            (&[0x600, 0x602], "paused"),
            (&[0x6, 0x16], "wants installed"),
            (&[0x2, 0x12], "blank"),
            (&[0x4, 0xc, 0xe, 0x14, 0x1e], "installed"),
            (&[0x0, 0x8, 0x10, 0x400, 0x402, 0x404, 0x406, 0x104, 0x10e, 0x204, 0x206], ""),
        ] {
            for state in states {
                assert_eq!(words(*state), expected, "0x{state:x}");
            }
        }
    }

    #[test]
    fn states_are_shown_as_steam_does() {
        assert_eq!(AppState(0x6a6).to_string(), "app state 0x6A6");
    }
}
