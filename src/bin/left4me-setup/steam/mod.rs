//! All that talks to Valve: the download of SteamCMD and the sessions with it.

mod arguments;
mod belt;
mod body;
pub mod client;
mod climb;
mod connect;
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
pub mod source;
mod transcript;
mod transfer;
pub mod unpack;

#[cfg(test)]
mod tests;
