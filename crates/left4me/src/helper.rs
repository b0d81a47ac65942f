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
