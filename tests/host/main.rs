//! Ring 3: a real host. Debian booted under systemd, the built package installed with apt, the
//! simulated Steam, real units, real sudo, a 32-bit engine double that answers from outside.
//!
//! Needs root, and the package in `target/debian` (packaging/build-deb.sh). `tests/run.sh` brings
//! both.

#![allow(clippy::unwrap_used, reason = "what a test cannot go on without fails it")]

use left4me_test_support::bundle;
mod machine;

mod ansible;
mod apply;
mod archive;
mod attack;
mod attack_apply;
mod bad_input;
mod base;
mod beside;
mod canary;
mod console;
mod contract;
mod crash;
mod doctor;
mod engine;
mod faults;
mod files;
mod package;
mod readme;
mod servers;
mod steam;
mod systemd;
mod takeover;
mod terminal;
mod timers;
mod turns;
mod uninstall;
mod units;
mod update_entry;
mod updates;
