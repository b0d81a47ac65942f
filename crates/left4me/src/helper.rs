//! What l4d2ctl and the root helpers agree on: exit codes, and what is asked about many servers.

/// Exit codes of the helpers; any other one is that of the tool which the helper ran.
pub mod exit {
    /// The helper was called wrongly.
    pub const USAGE: u8 = 2;
    /// The tool is not installed (`EX_UNAVAILABLE`), as in the predecessor.
    pub const UNAVAILABLE: u8 = 69;
    /// left4me-systemctl itself failed (`EX_OSERR`): systemd was not asked, or did what it was asked.
    pub const OWN_FAILURE: u8 = 71;

    /// Whether left4me-systemctl itself ended with this code, and not systemctl.
    pub fn is_own(code: u8) -> bool {
        matches!(code, USAGE | UNAVAILABLE | OWN_FAILURE)
    }
}

/// The verb of left4me-systemctl that updates the game, and the word of left4me-journalctl for what that says.
pub const UPDATE_GAME: &str = "update-game";
/// The unit that it starts: the same for every caller.
pub const UPDATE_UNIT: &str = "left4me-install.service";
/// What left4me-systemctl answers to it once that unit runs and its journal can be read.
pub const UPDATE_STARTED: &str = "started";

/// What anybody who asks for the state of servers asks of systemctl; l4d2ctl reads exactly these.
pub const SHOW: [&str; 4] = [
    "show",
    "--no-pager",
    "--timestamp=unix",
    "--property=Id,ActiveState,SubState,Result,MainPID,NRestarts,ActiveEnterTimestamp,\
     MemoryCurrent,UnitFileState",
];

/// More are not asked for one by one: systemd would load each that it has not, which takes it milliseconds.
pub const MANY: usize = 50;

/// The units of these instances as [`SHOW`] is given them; of many, all that are loaded, whosever they are.
pub fn units_to_show(kind: &str, names: &[impl std::fmt::Display]) -> Vec<String> {
    if names.len() > MANY {
        return vec![format!("left4me-{kind}@*.service")];
    }
    names.iter().map(|name| format!("left4me-{kind}@{name}.service")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_the_helper_itself() {
        let own: Vec<u8> = (0..=u8::MAX).filter(|code| exit::is_own(*code)).collect();
        assert_eq!(own, [2, 69, 71]);
    }

    #[test]
    fn few_units_are_named_and_many_are_a_pattern() {
        let units = |count| units_to_show("server", &(0..count).collect::<Vec<usize>>());
        assert!(units(0).is_empty());
        assert_eq!(units(2), ["left4me-server@0.service", "left4me-server@1.service"]);
        assert_eq!((units(MANY).len(), units(MANY + 1)), (MANY, vec!["left4me-server@*.service".to_owned()]));
    }
}
