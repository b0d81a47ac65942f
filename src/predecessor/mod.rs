//! The predecessor: the bundle of another tool that made this kind of host before us, and its web app.
//!
//! A host is taken over as it stands. Nothing of the predecessor's is deleted: what would outrank ours is set aside,
//! what is ours too is moved, and what stays is described in notes.

mod drop_ins;
pub mod helper_link;
pub mod left_behind;
pub mod marks;
pub mod moved;
pub mod neighbour;
pub mod rivals;
pub mod set_aside;
pub mod sudoers;
pub mod web_app;

/// The kind of its things, as their ids name it.
const KIND: &str = "predecessor's";
/// What its bundle links to.
const CHECKOUT: &str = "/opt/left4me/src";
/// Where our rules lay before. Its bundle keeps restoring its own under this name.
const OLD_SUDOERS: &str = "/etc/sudoers.d/left4me";
