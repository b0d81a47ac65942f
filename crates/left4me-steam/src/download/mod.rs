//! An archive from the network into a directory in one pass: a stack of readers, one adapter a file.
//!
//! [`receive`] bounds what the server sends, [`hash`] digests it, [`read_ahead`] lets what is below it work
//! at the same time as what is above, [`progress`] counts, [`inflate`] decompresses, [`unpack`] writes files.
//! [`transfer`] puts them together for one attempt at one URL, [`error`] says what can go wrong with it,
//! [`retry`] tries again, and [`swap`] puts the finished directory in its place. [`steamcmd`] uses all of it.

pub mod client;
pub mod error;
pub mod hash;
pub mod inflate;
pub mod progress;
pub mod read_ahead;
pub mod receive;
pub mod retry;
pub mod source;
pub mod steamcmd;
pub mod swap;
pub mod transfer;
pub mod unpack;

#[cfg(test)]
mod tests;
