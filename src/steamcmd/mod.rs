//! What SteamCMD says and leaves behind, as pure functions over bytes.
//!
//! [`output`] turns its terminal output into events, [`verdict`] makes of them what a session came to,
//! [`failure`] names what went wrong and what helps, [`ladder`] decides the next attempt, [`app_info`] reads
//! what Steam offers, [`manifest`] and [`elf`] what an install left on disk.
//! Nothing here runs a process or opens a file.

pub mod app_info;
pub mod app_state;
pub mod elf;
pub mod failure;
pub mod keyvalues;
pub mod ladder;
pub mod manifest;
pub mod output;
pub mod verdict;

/// Left 4 Dead 2 Dedicated Server.
pub const APP: u32 = 222860;
/// The depot that only a Linux install brings; its absence unmasks a windows-only tree.
pub const LINUX_DEPOT: u32 = 222863;
