//! left4me: a Debian machine as a Left 4 Dead 2 server host, made right and kept right.
//!
//! # The map, in five minutes
//!
//! Data flows one way: **configuration → desired resources → plan → apply → facts**.
//!
//! * `src/lib.rs` (here): what every program may know. Names and their rules ([`name`]), every path of
//!   the host ([`layout`]), the instance's files ([`spec`], [`instance_env`], [`non_ascii`]), what SteamCMD and the
//!   engine and the kernel say ([`steamcmd`], [`a2s`], [`mountinfo`]), and the few careful primitives: atomic writes ([`atomic`]),
//!   opening what a hostile user owns ([`beneath`]),
//!   starting other programs ([`child`], [`inherited`]), acting as the runtime user ([`runtime_user`]), keeping root's terminal ([`terminal`]),
//!   text that others chose ([`printable`]), errors that carry their remedy ([`error`]).
//!   No network, no command line, no effect that is not a function's stated purpose.
//! * `src/bin/left4me-setup/`: makes the host. Read `desired.rs` first: the whole host as one list.
//! * `src/bin/l4d2ctl/`: drives instances, as the runtime user, through sudo and the helpers.
//! * `src/bin/left4me-overlay/`, `left4me-systemctl/`, `left4me-journalctl.rs`: the helpers that run
//!   as root. They trust no argument, no environment and nothing below `LEFT4ME_ROOT`.
//! * `deploy/` mirrors the host's file system, byte for byte what is installed.
//! * `debian/` and `packaging/` make the package; `tests/` has the three rings, the simulated Steam
//!   (`tests/steam/`) and the disposable Debian host (`tests/host/`).

pub mod a2s;
pub mod ask;
pub mod atomic;
pub mod beneath;
pub mod child;
pub mod error;
pub mod helper;
pub mod inherited;
pub mod instance_env;
pub mod layout;
pub mod mountinfo;
pub mod name;
pub mod non_ascii;
pub mod printable;
pub mod read;
pub mod remove;
pub mod runtime_user;
pub mod shell;
pub mod spec;
pub mod steamcmd;
pub mod terminal;

pub use error::{Context, Error, Result};
