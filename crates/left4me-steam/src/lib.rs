//! SteamCMD: what it says and leaves behind, as pure functions over bytes, and its download.
//!
//! [`output`] turns its terminal output into events, [`verdict`] makes of them what a session came to,
//! [`failure`] names what went wrong and what helps, [`ladder`] decides the next attempt, [`app_info`] reads
//! what Steam offers, [`elf`] what an install left on disk; none of them runs a process or opens a file.
//! [`download`] receives, hashes, inflates and unpacks an archive in one pass.

pub mod app_info;
pub mod download;
pub mod elf;
pub mod failure;
pub mod ladder;
pub mod output;
pub mod verdict;

pub use left4me::manifest::APP;

/// The depot that only a Linux install brings; its absence unmasks a windows-only tree.
pub const LINUX_DEPOT: u32 = 222863;
