//! SteamCMD: its download, its sessions, the game that they install, and the only way to the network.
//!
//! [`output`] turns its terminal output into events, [`verdict`] makes of them what a session came to,
//! [`failure`] names what went wrong and what helps, [`ladder`] decides the next attempt, [`app_info`] reads
//! what Steam offers, [`elf`] what an install left on disk; none of them runs a process or opens a file.
//! [`download`] receives, hashes, inflates and unpacks an archive in one pass, and [`fetch`] gets SteamCMD by it.
//! [`install`] runs SteamCMD until the game is there, and [`proof`] tells whether it is.

pub mod app_info;
mod arguments;
pub mod client;
mod climb;
pub mod download;
pub mod elf;
mod events;
pub mod facts;
pub mod failure;
pub mod fetch;
pub mod install;
pub mod ladder;
pub mod login;
mod logs;
mod mounted;
pub mod output;
mod pause;
pub mod preflight;
pub mod process;
mod progress;
pub mod proof;
pub mod record;
mod secret;
mod seed;
mod session;
pub mod settings;
mod signals;
mod transcript;
pub mod verdict;

#[cfg(test)]
mod tests;

pub use left4me::manifest::APP;
pub use session::Bounds;

/// The depot that only a Linux install brings; its absence unmasks a windows-only tree.
pub const LINUX_DEPOT: u32 = 222863;
