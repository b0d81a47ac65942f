//! Updates of the game on a real host, while players play.

mod bookworm;
mod fleet;
mod story;

use crate::machine::{Machine, Said};
use left4me_test_support::steam;

/// The build that every host begins with.
pub const FIRST: &str = "16546402";

impl Machine {
    /// Puts a build on offer, whose files differ as these words say (tests/steam/README.md).
    fn offer(&self, build: &str, words: &str) {
        let settings = steam::offer(build, words);
        self.sh(&format!("echo '{settings}' >>/var/lib/left4me/steam/sim/settings")).ok();
    }

    fn game(&self, words: &str) -> Said {
        self.run(&[&["left4me-setup", "game"], &words.split(' ').collect::<Vec<_>>()[..]].concat())
    }

    fn l4d2ctl(&self, words: &str) -> Said {
        self.run(&[&["l4d2ctl"], &words.split(' ').collect::<Vec<_>>()[..]].concat())
    }
}
