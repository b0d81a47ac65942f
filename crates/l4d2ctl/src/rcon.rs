//! `rcon`: commands for the consoles of servers, and their replies.

use crate::rcon_client::Console;
use crate::{instances, parallel, units};
use left4me::layout::Layout;
use left4me::name::InstanceName;
use left4me::output::{answer, answer_bytes, note};
use left4me::{Context, Error, Result, printable};
use std::io::BufRead;
use std::process::ExitCode;
use std::time::Duration;

/// Longer lines of input are no console commands.
const LONGEST_LINE: u64 = 64 * 1024;

/// How to ask, and how to print.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// For the login, and for each reply.
    pub timeout: Duration,
    /// Print bytes as they came.
    pub raw: bool,
}

/// The console command of a command line; `None` where there is none. The shell has taken the quotes away from an
/// argument with spaces, so it gets them back, unless it is the whole command.
pub fn join(words: &[String]) -> Option<String> {
    let quoted = |word: &String| {
        let is_apart = word.is_empty() || word.contains(|c: char| c.is_whitespace() || c == ';');
        if is_apart && !word.contains('"') { format!("\"{word}\"") } else { word.clone() }
    };
    match words {
        [] => None,
        [whole] => Some(whole.clone()),
        several => Some(several.iter().map(quoted).collect::<Vec<_>>().join(" ")),
    }
    .filter(|command| !command.trim().is_empty())
}

/// One command on one server.
pub fn one(layout: &Layout, name: &InstanceName, command: &str, options: Options) -> Result<()> {
    left4me::rcon::check(command)?;
    let reply = Console::open(layout, name, options.timeout)?.run_bytes(command)?;
    print(&reply, options)
}

/// One command on all that run; the exit code is that of the last one that failed.
pub fn all(layout: &Layout, command: &str, options: Options) -> Result<ExitCode> {
    left4me::rcon::check(command)?;
    let names = instances::list(layout)?;
    let known: Vec<&InstanceName> = names.iter().collect();
    let units = units::show(&known)?;
    let is_up = |name: &&InstanceName| units.get(name.as_str()).is_some_and(units::Unit::is_up);
    let running: Vec<&InstanceName> = known.into_iter().filter(is_up).collect();
    if running.is_empty() {
        note("no instance is running");
    }
    let ask = |name: &&InstanceName| Console::open(layout, name, options.timeout)?.run_bytes(command);
    let mut code = ExitCode::SUCCESS;
    for (name, reply) in running.iter().zip(parallel::map(&running, ask)) {
        match reply {
            Ok(reply) => print(&labelled(name, &reply), options)?,
            Err(error) => code = error.report("error"),
        }
    }
    Ok(code)
}

/// Commands from standard input, one a line; the first that gets no reply ends it.
pub fn script(layout: &Layout, name: &InstanceName, options: Options) -> Result<()> {
    let mut console = Console::open(layout, name, options.timeout)?;
    let mut input = std::io::stdin().lock();
    while let Some(command) = next_line(&mut input)? {
        if !command.trim().is_empty() {
            print(&console.run_bytes(command.trim())?, options)?;
        }
    }
    Ok(())
}

fn next_line(input: &mut impl BufRead) -> Result<Option<String>> {
    let mut line = Vec::new();
    let read = std::io::Read::take(input, LONGEST_LINE).read_until(b'\n', &mut line);
    read.context(|| "cannot read standard input".into())?;
    let text = String::from_utf8(line).map_err(|_| Error::new("standard input is not UTF-8"))?;
    Ok((!text.is_empty()).then_some(text))
}

/// Each line with the instance's name before it.
fn labelled(name: &InstanceName, reply: &[u8]) -> Vec<u8> {
    let lines = reply.split_inclusive(|byte| *byte == b'\n');
    lines.flat_map(|line| [format!("{name}: ").as_bytes(), line].concat()).collect()
}

/// Prints a reply, which ends with a line break then.
pub fn print(reply: &[u8], options: Options) -> Result<()> {
    let end: &[u8] = if reply.is_empty() || reply.ends_with(b"\n") { b"" } else { b"\n" };
    let whole = [reply, end].concat();
    if options.raw { answer_bytes(&whole) } else { answer(&printable::lines_of_bytes(&whole)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_become_a_command() {
        let join = |words: &[&str]| join(&words.iter().map(ToString::to_string).collect::<Vec<_>>());
        for (words, command) in [
            (&[][..], None),
            (&[" "], None),
            (&["status"], Some("status")),
            (&["say hello; status"], Some("say hello; status")),
            (&["say", "hello", "there"], Some("say hello there")),
            (&["sm_kick", "two words", ""], Some("sm_kick \"two words\" \"\"")),
            (&["say", "a;quit"], Some("say \"a;quit\"")),
            (&["say", "he said \"hi there\""], Some("say he said \"hi there\"")),
            (&["sm", "exts", "-x"], Some("sm exts -x")),
        ] {
            assert_eq!(join(words).as_deref(), command, "{words:?}");
        }
    }

    #[test]
    fn every_line_of_a_reply_has_its_name() {
        let name = InstanceName::parse("a").unwrap();
        for (reply, shown) in [("", ""), ("x", "a: x"), ("x\n\ny\n", "a: x\na: \na: y\n")] {
            assert_eq!(labelled(&name, reply.as_bytes()), shown.as_bytes());
        }
    }
}
