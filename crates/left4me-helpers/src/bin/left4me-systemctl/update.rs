//! The update of the game: one unit, which is the same for every caller and knows none of them.

use crate::systemctl;
use left4me::helper::{UPDATE_STARTED, UPDATE_UNIT};
use left4me::systemd::{Manager, show};
use left4me::{Context, Result, child, output};
use std::io::Write;
use std::process::{Child, ExitCode, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// Between two looks at whether the unit has started; it may have to wait for the network.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// Starts the unit and waits for its end. One that runs already is joined, as systemd joins two jobs of one kind.
pub fn run() -> Result<ExitCode> {
    let failed = || "cannot run systemctl".to_owned();
    let before = Start::last()?;
    let mut start = systemctl(&["start", "--no-ask-password"], &[UPDATE_UNIT.to_owned()])?;
    let mut start = start.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().context(failed)?;
    let is_seen = wait_until_it_runs(&mut start)?;
    if is_seen {
        announce();
    }
    let ended = start.wait_with_output().context(failed)?;
    // What the unit printed last can be read once we end.
    let mut sync = left4me_helpers::tool("journalctl")?;
    let _ = sync.arg("--sync").stdin(Stdio::null()).stderr(Stdio::null()).status();
    let after = Start::last()?;
    if !is_seen && (ended.status.success() || after.number != before.number) {
        announce();
    } else if !is_seen {
        // It was not run: it is masked, or was started too often.
        output::pass_on(&ended.stderr);
        return Ok(ExitCode::from(child::exit_code(ended.status)));
    }
    Ok(ExitCode::from(if ended.status.success() { 0 } else { after.exit_code }))
}

/// What systemd knows of the last start of the unit.
struct Start {
    /// Empty before the first one.
    number: String,
    /// The exit code of the program, in the way of a shell.
    exit_code: u8,
}

impl Start {
    fn last() -> Result<Start> {
        let arguments = ["show", "--property=InvocationID,Result,ExecMainStatus"];
        let mut show = systemctl(&arguments, &[UPDATE_UNIT.to_owned()])?;
        let shown = show.output().context(|| "cannot run systemctl".into())?;
        Ok(Start::read(&String::from_utf8_lossy(&shown.stdout)))
    }

    fn read(shown: &str) -> Start {
        let block = show::blocks(shown).next();
        let value = |key: &str| block.and_then(|block| block.value(key)).unwrap_or_default();
        let status = value("ExecMainStatus").parse().unwrap_or_default();
        let exit_code = match value("Result") {
            "exit-code" => status,
            "signal" | "core-dump" | "oom-kill" => 128_u8.saturating_add(status),
            _ => 1,
        };
        Start { number: value("InvocationID").to_owned(), exit_code }
    }
}

/// Returns when the unit runs, or false when `start` has ended before it was seen.
fn wait_until_it_runs(start: &mut Child) -> Result<bool> {
    let mut pause = FIRST_PAUSE;
    let mut manager = Manager::connect()?;
    while start.try_wait().context(|| "cannot wait for systemctl".into())?.is_none() {
        let units = manager.units(&[UPDATE_UNIT])?;
        if units.iter().any(|unit| unit.active == "activating") {
            return Ok(true);
        }
        sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    Ok(false)
}

/// Tells the caller that there is something to read in the journal. Nobody may be listening.
fn announce() {
    let mut out = std::io::stdout();
    let _ = writeln!(out, "{UPDATE_STARTED}").and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::Start;

    #[test]
    fn the_code_of_the_program_and_not_of_systemctl() {
        for (shown, code) in [
            ("Result=exit-code\nExecMainStatus=2\n", 2),
            ("Result=signal\nExecMainStatus=15\n", 143),
            ("Result=oom-kill\nExecMainStatus=9\n", 137),
            ("Result=timeout\nExecMainStatus=0\n", 1),
            ("", 1),
        ] {
            assert_eq!(Start::read(shown).exit_code, code, "{shown}");
        }
        assert_eq!(Start::read("InvocationID=\n").number, "");
        assert_eq!(Start::read("InvocationID=ab\n").number, "ab");
    }
}
