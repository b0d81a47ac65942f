//! left4me turns a Debian machine into a Left 4 Dead 2 server host and keeps it that way.
//!
//! What every program may know, without network and without command line:
//!
//! * names and their rules ([`name`]), every path of the host ([`layout`]), the game's
//!   ([`game_layers`]), the instance's files (`spec`,
//!   [`instance_env`], [`instances`], [`env_file`], [`non_ascii`]), YAML and times that people write (`yaml`, `calendar`);
//! * what the engine, the kernel, systemd and Steam's manifest say ([`a2s`], [`rcon`], [`engine_cfg`], [`mountinfo`],
//!   [`systemd`], [`manifest`]);
//! * the careful primitives: atomic writes ([`atomic`]), bounded reads ([`read`]), opening, walking and removing what a
//!   hostile user owns ([`beneath`], [`walk`], [`remove`]), locks ([`lock`]), starting other programs ([`child`], [`inherited`]), acting as
//!   the runtime user ([`runtime_user`]), keeping root's terminal ([`terminal`]), text that others chose
//!   ([`printable`]), printing ([`output`]), errors that carry their remedy ([`error`]).
//!
//! # The kernel: rustix or nix
//!
//! rustix is the rule: files and directories, mounts and namespaces, processes by descriptor, terminals, limits, and
//! who we are. Its calls take descriptors that are owned or borrowed, and its errors are [`rustix::io::Errno`].
//! nix serves for what rustix lacks, and nothing else: signals (masks, names, sending, `signalfd`) and waiting for
//! them beside other descriptors (`poll`), opening a pseudo-terminal (`openpty`), changing the ids of the whole
//! process and not of one thread ([`runtime_user`]), and closing a descriptor by its number ([`inherited`]), and `unshare`, which in
//! rustix is unsafe (`merged`). Its features
//! in the workspace's manifest are these. Locks are the standard library's ([`lock`]).

pub mod a2s;
pub mod app_state;
pub mod ask;
pub mod atomic;
pub mod beneath;
#[cfg(feature = "spec")]
pub mod calendar;
#[cfg(feature = "host")]
pub mod check;
pub mod child;
pub mod engine_cfg;
pub mod env_file;
pub mod error;
pub mod game_layers;
pub mod helper;
#[cfg(feature = "host")]
pub mod host;
#[cfg(feature = "spec")]
pub mod host_file;
pub mod inherited;
pub mod instance_env;
pub mod instances;
pub mod keyvalues;
pub mod layer;
pub mod layout;
pub mod lock;
pub mod manifest;
#[cfg(feature = "host")]
pub mod merged;
pub mod mounted;
pub mod mountinfo;
pub mod name;
pub mod non_ascii;
pub mod output;
pub mod overlay_mount;
pub mod printable;
pub mod rcon;
pub mod read;
pub mod remove;
pub mod report;
pub mod runtime_user;
pub mod shell;
#[cfg(feature = "spec")]
pub mod spec;
pub mod systemd;
pub mod terminal;
pub mod walk;
#[cfg(feature = "spec")]
pub mod yaml;

pub use error::{Context, Error, ErrorKind, Result};
