//! A runtime user who stands in the way of what root does in its tree.

use super::{config, place};
use crate::install::update_client;
use left4me::report::Silent;
use rustix::fs::{Mode, OFlags};
use std::path::Path;

/// A chain of directories, deeper than descriptors last or a path reaches.
pub(crate) fn deep(top: &Path) {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    std::fs::create_dir(top).unwrap();
    let mut here = rustix::fs::open(top, flags, Mode::empty()).unwrap();
    for _ in 0..4_000 {
        rustix::fs::mkdirat(&here, "d", Mode::RWXU).unwrap();
        here = rustix::fs::openat(&here, "d", flags, Mode::empty()).unwrap();
    }
}

#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn no_depth_keeps_the_client_from_its_update() {
    let place = place(&[]);
    deep(&place.host.layout.steam().join("package"));
    update_client(&place.host, &config(), &Silent).unwrap();
}

/// What it says is part of the error, and not all of it.
#[test]
#[ignore = "needs a 32-bit C compiler: tests/run.sh"]
fn its_words_are_cut_short_in_an_error() {
    let place = place(&[]);
    let word = "x".repeat(3000);
    place.say(&format!("ERROR! Failed to install app '222860' ({word})\n"));
    place.behave(&["say_8"; 9]);
    let error = super::install::run(&place).unwrap_err();
    assert!(error.message().contains("xxxxx") && error.message().chars().count() < 1500, "{error}");
}
