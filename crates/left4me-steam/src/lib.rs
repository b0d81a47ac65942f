//! SteamCMD: its download, its sessions, and the game that they install. Nothing else reaches the network.
//!
//! Pure, over bytes and values: [`output`] turns what SteamCMD prints into events, [`outcome`] decides by them what
//! came of a session, [`failure`] names what went wrong and what helps, [`install_strategy`] chooses the next attempt.
//!
//! With effects: [`preflight`] checks the host, [`download`] receives, hashes, inflates and unpacks an archive in one
//! pass, [`install`] runs sessions until the game is there, [`verify`] tells whether it is, [`file_list`] whether a file
//! was lost since, [`complete`] both. [`archive`] carries a build from one host to others.

mod app_info;
pub mod archive;
pub mod complete;
pub mod download;
mod elf;
pub mod facts;
pub mod failure;
pub mod file_list;
pub mod install;
pub mod install_strategy;
mod locks;
pub mod login;
mod made;
pub mod outcome;
pub mod output;
mod pause;
pub mod preflight;
pub mod publish;
mod secret;
mod session;
pub mod settings;
mod signals;
pub mod staging;
pub mod steamclient;
pub mod verify;

#[cfg(test)]
mod tests;

pub use left4me::manifest::APP;
pub use session::{Limits, process};

/// The depot that only a Linux install brings; its absence unmasks a windows-only tree.
pub const LINUX_DEPOT: u32 = 222863;
