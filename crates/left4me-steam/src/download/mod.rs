//! An archive from the network into a directory: receive, hash, inflate and unpack in one pass.

mod belt;
pub mod body;
pub mod connect;
pub mod source;
pub mod transfer;
pub mod unpack;
