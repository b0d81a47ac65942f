//! SteamCMD: its download, its sessions, the game that they install, and the only way to the network.
//!
//! [`output`] turns its terminal output into events, [`outcome`] makes of them what a session came to,
//! [`failure`] names what went wrong and what helps, [`install_strategy`] decides the next attempt, [`app_info`] reads
//! what Steam offers, [`elf`] what an install left on disk; none of them runs a process or opens a file.
//! [`download`] receives, hashes, inflates and unpacks an archive in one pass.
//! [`install`] runs SteamCMD until the game is there, and [`verify`] tells whether it is.

mod app_info;
pub mod download;
mod elf;
pub mod facts;
pub mod failure;
pub mod file_list;
pub mod install;
pub mod install_strategy;
pub mod login;
pub mod outcome;
pub mod output;
mod pause;
pub mod preflight;
mod secret;
mod session;
pub mod settings;
mod signals;
pub mod steamclient;
pub mod verify;

#[cfg(test)]
mod tests;

pub use left4me::manifest::APP;
pub use session::{Limits, process};

/// The depot that only a Linux install brings; its absence unmasks a windows-only tree.
pub const LINUX_DEPOT: u32 = 222863;
