//! What a change of the game came to.

use crate::file_list::NewList;
use crate::verify::VerifiedGame;
use left4me::game_layers::LayerName;

/// What was done, for the record.
#[derive(Debug, Clone)]
pub struct Installed {
    /// What is installed now.
    pub game: VerifiedGame,
    /// Every attempt, in order.
    pub attempts: Vec<String>,
    /// The build that Steam offers, where it was asked and said so.
    pub offered: Option<String>,
    /// The Steam account, when it was not anonymous.
    pub account: Option<String>,
    /// The topmost layer that was put into use, if that was changed.
    pub published: Option<LayerName>,
}

/// What sessions came to.
pub(crate) struct Made {
    pub installed: Installed,
    pub files: Option<NewList>,
}
