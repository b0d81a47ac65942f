//! `install`, called by the runtime user: root's unit does the work, always the same, and this shows what it says.

use crate::helper;
use crate::logs::wait_briefly;
use left4me::helper::UPDATE_STARTED;
use left4me::printable;
use left4me::{Context, Error, Result, child};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::AsFd;
use std::process::{Child, ChildStdout, ExitStatus, Stdio};

const CHUNK: usize = 4096;

/// Updates the game and shows how it goes on standard error; returns the exit code of left4me-setup. One that another
/// caller started is joined. It goes on when this program is ended.
pub fn update_game() -> Result<u8> {
    let mut update = helper::update_game().stdout(Stdio::piped()).spawn().context(cannot_run)?;
    let mut answer = BufReader::new(output_of(&mut update)?);
    let mut line = String::new();
    // Not more: the rest of it is nobody's.
    let _ = (&mut answer).take(64).read_line(&mut line);
    if line.trim_end() != UPDATE_STARTED {
        let status = update.wait().context(cannot_run)?;
        return Err(helper::failed("left4me-systemctl", status));
    }
    let mut shown = Shown::default();
    let mut journal = helper::update_journal(true).stdout(Stdio::piped()).spawn().context(cannot_run)?;
    let status = follow(&mut update, answer.into_inner(), output_of(&mut journal)?, &mut shown)?;
    wait_briefly(&mut journal);
    // What it said last may not have come through.
    let all = helper::update_journal(false).output().context(cannot_run)?;
    shown.show(all.stdout.get(shown.bytes..).unwrap_or_default());
    shown.finish();
    Ok(child::exit_code(status))
}

/// Shows the journal until the update is over.
fn follow(
    update: &mut Child,
    answer: ChildStdout,
    mut journal: ChildStdout,
    shown: &mut Shown,
) -> Result<ExitStatus> {
    let mut buffer = [0; CHUNK];
    let mut is_open = true;
    loop {
        let mut both =
            [PollFd::new(answer.as_fd(), PollFlags::POLLIN), PollFd::new(journal.as_fd(), PollFlags::POLLIN)];
        let watched = if is_open { &mut both[..] } else { &mut both[..1] };
        poll(watched, PollTimeout::NONE).context(|| "cannot wait for the update".into())?;
        let (is_over, has_more) = (both[0].any() == Some(true), both[1].any() == Some(true));
        if has_more {
            let length = journal.read(&mut buffer).context(|| "cannot read the journal".into())?;
            is_open = length > 0;
            shown.show(&buffer[..length]);
        } else if is_over {
            return update.wait().context(cannot_run);
        }
    }
}

/// What was shown of the journal: anybody's text, so what would steer a terminal is escaped.
#[derive(Default)]
struct Shown {
    bytes: usize,
    stream: printable::Stream,
}

impl Shown {
    fn show(&mut self, text: &[u8]) {
        self.bytes += text.len();
        to_stderr(&self.stream.push(text));
    }

    fn finish(&mut self) {
        to_stderr(&self.stream.finish());
    }
}

fn to_stderr(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

fn output_of(child: &mut Child) -> Result<ChildStdout> {
    child.stdout.take().ok_or_else(|| Error::new("a helper has no output"))
}

fn cannot_run() -> String {
    "cannot run the helper that updates the game".into()
}
