//! How SteamCMD is run.

use crate::install_strategy::Pauses;
use crate::login::Login;
use crate::session::Limits;

/// What an operator decides about SteamCMD's sessions.
#[derive(Debug, Clone)]
pub struct SessionSettings {
    /// When to end a session.
    pub limits: Limits,
    /// Pauses before a retry.
    pub pauses: Pauses,
    /// A Steam account instead of the anonymous login.
    pub login: Option<Login>,
    /// Wait while another run is at work with SteamCMD.
    pub wait: bool,
}
