//! Updates of the game with the simulated Steam, in a namespace (ring 2): what they come to, and what a kill leaves.

#![allow(clippy::unwrap_used, reason = "what a test cannot go on without fails it")]

mod kills;
mod kinds;
mod world;
