//! All that talks to Valve: the download of SteamCMD and the sessions with it.

mod arguments;
pub mod client;
mod climb;
pub mod download;
mod events;
pub mod install;
pub mod login;
mod logs;
mod mounted;
mod pause;
pub mod process;
pub mod proof;
pub mod record;
pub mod secret;
mod seed;
pub mod session;
mod signals;
mod transcript;

#[cfg(test)]
mod tests;
