//! `left4me-journalctl NAME --lines N --follow|--no-follow`: an instance's journal, for the runtime user.
//!
//! The word `overlay` in front asks for the journal of the instance's file tree instead.

use left4me_setup::name::InstanceName;
use left4me_setup::{Result, helper};
use std::process::ExitCode;

const PROGRAM: &str = "left4me-journalctl";
const USAGE: &str = "left4me-journalctl [overlay] NAME --lines N --follow|--no-follow";
const HELP: &str = "\
usage: left4me-journalctl [overlay] NAME --lines N --follow|--no-follow

Prints the last N messages of the server NAME, or of its file tree with the
word overlay in front, as plain text; --follow waits for more.

Exit codes: journalctl's; 2 usage; 69 journalctl is not installed.
";

fn main() -> ExitCode {
    let Some(arguments) = helper::arguments() else { return helper::usage(USAGE) };
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let Some(done) = helper::about(&arguments, PROGRAM, HELP) {
        return done;
    }
    let Some(request) = parse(&arguments) else { return helper::usage(USAGE) };
    match request.and_then(run) {
        Ok(never) => match never {},
        Err(error) => error.report(PROGRAM),
    }
}

/// journalctl's arguments. `None`: not the grammar. An error: a name that is none.
fn parse(arguments: &[&str]) -> Option<Result<Vec<String>>> {
    // An instance may be named "overlay": four words are always the predecessor's grammar.
    let (unit, rest) = match arguments {
        ["overlay", rest @ ..] if rest.len() == 4 => ("overlay", rest),
        rest => ("server", rest),
    };
    let [name, "--lines", lines, follow @ ("--follow" | "--no-follow")] = rest else { return None };
    if !(1..=7).contains(&lines.len()) || !lines.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let unit = match InstanceName::parse(name) {
        Ok(name) => format!("left4me-{unit}@{name}.service"),
        Err(error) => return Some(Err(error)),
    };
    let mut journalctl = vec!["--no-pager", "-u", &unit, "-n", lines, "-o", "cat"];
    if *follow == "--follow" {
        journalctl.push("-f");
    }
    Some(Ok(journalctl.into_iter().map(str::to_owned).collect()))
}

fn run(arguments: Vec<String>) -> Result<std::convert::Infallible> {
    let mut journalctl = helper::tool("journalctl")?;
    journalctl.args(arguments);
    Err(helper::become_command(journalctl))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(line: &str) -> Option<String> {
        let words: Vec<&str> = line.split(' ').collect();
        parse(&words).map(|request| request.expect("a name").join(" "))
    }

    #[test]
    fn grammar() {
        for (line, expected) in [
            ("1 --lines 50 --follow", "--no-pager -u left4me-server@1.service -n 50 -o cat -f"),
            ("a --lines 0 --no-follow", "--no-pager -u left4me-server@a.service -n 0 -o cat"),
            ("overlay a --lines 5 --no-follow", "--no-pager -u left4me-overlay@a.service -n 5 -o cat"),
            ("overlay --lines 5 --no-follow", "--no-pager -u left4me-server@overlay.service -n 5 -o cat"),
        ] {
            assert_eq!(arguments(line).as_deref(), Some(expected));
        }
        for line in [
            "",
            "1",
            "1 --lines 5",
            "1 --follow --lines 5",
            "1 --lines --follow",
            "1 --lines -5 --follow",
            "1 --lines +5 --follow",
            "1 --lines 12345678 --follow",
            "1 --lines 5 --follow -k",
            "overlay overlay 1 --lines 5 --follow",
            "1 --lines all --follow",
            "1 --lines ٣ --follow",
        ] {
            assert_eq!(arguments(line), None, "{line}");
        }
        for name in ["-k", "../x", "a.service", "A", "*"] {
            assert!(parse(&[name, "--lines", "5", "--follow"]).expect("grammar").is_err(), "{name}");
        }
    }
}
