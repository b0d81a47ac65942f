//! SteamCMD's output, bytes in, events out.
//!
//! Messages are searched for, never anchored: SteamCMD glues several onto one line, injects chatter
//! and colour codes anywhere, and its words have changed over the years. What is not understood is
//! not an error; it stays in the transcript.

mod errors;
mod event;
mod progress;
mod text;

use crate::app_info::AppInfo;
use errors::{error, login_failed};
use progress::{bootstrap, update};
use text::find;

pub use event::{Cause, Event, Prompt};
pub use text::plain_text;

/// Longest line that is kept together; nothing SteamCMD means to say is longer.
const LINE_MAX: usize = 4 * 1024;

/// Incremental parser: give it what a read returned, however it was split.
#[derive(Debug, Default)]
pub struct Parser {
    line: Vec<u8>,
    prompted: bool,
    /// An answer to `app_info_print`, until it is complete.
    info: Option<AppInfo>,
}

impl Parser {
    /// Takes the next bytes and reports every event they complete.
    pub fn push(&mut self, bytes: &[u8], emit: &mut impl FnMut(Event)) {
        let mut rest = bytes;
        while let Some(end) = find(rest, b'\n') {
            if self.line.is_empty() {
                // A whole line needs no copy.
                self.take_line(&plain_text(&rest[..end]), emit);
                self.prompted = false;
            } else {
                self.line.extend_from_slice(&rest[..end]);
                self.end_line(emit);
            }
            rest = &rest[end + 1..];
        }
        self.line.extend_from_slice(rest);
        if self.line.len() > LINE_MAX {
            self.end_line(emit);
        }
        if !self.prompted
            && let Some(prompt) = prompt_at_end(&self.line)
        {
            self.prompted = true;
            emit(Event::Prompt(prompt));
        }
    }

    /// The output has ended; a last line may lack its newline.
    pub fn finish(&mut self, emit: &mut impl FnMut(Event)) {
        self.end_line(emit);
    }

    fn end_line(&mut self, emit: &mut impl FnMut(Event)) {
        let mut line = std::mem::take(&mut self.line);
        self.take_line(&plain_text(&line), emit);
        // Its memory serves the next one.
        line.clear();
        self.line = line;
        self.prompted = false;
    }

    /// Messages, and among them answers to `app_info_print`, which go on over many lines.
    fn take_line(&mut self, line: &str, emit: &mut impl FnMut(Event)) {
        let mut rest = line;
        if let Some(info) = &mut self.info
            && info.can_continue_with(rest)
        {
            let Some(after) = info.push(rest) else { return };
            self.answered(emit);
            rest = after;
        }
        while let Some((mut info, tree)) = scan(rest, emit) {
            let after = info.push(tree);
            self.info = Some(info);
            let Some(after) = after else { return };
            self.answered(emit);
            rest = after;
        }
    }

    fn answered(&mut self, emit: &mut impl FnMut(Event)) {
        if let Some(AppInfo { app, build, .. }) = self.info.take() {
            emit(Event::AppInfo { app, build });
        }
    }
}

fn prompt_at_end(line: &[u8]) -> Option<Prompt> {
    if line.len() > 1024 {
        return None;
    }
    let text = plain_text(line);
    let text = text.trim_end().to_ascii_lowercase();
    if text.ends_with("password:") {
        Some(Prompt::Password)
    } else if text.ends_with("two-factor code:") {
        Some(Prompt::TwoFactorCode)
    } else if text.ends_with("guard code:") {
        Some(Prompt::GuardCode)
    } else {
        None
    }
}

/// Messages begin with one of these bytes; all are ASCII, so slicing at them is safe.
const STARTS: [bool; 256] = {
    let mut starts = [false; 256];
    let mut rest: &[u8] = b"U[SEeFLNRWPAKTCs";
    while let [first, others @ ..] = rest {
        starts[*first as usize] = true;
        rest = others;
    }
    starts
};

/// Reports every message found in one line, left to right, up to the announcement of an answer to
/// `app_info_print`, which it returns with what follows.
fn scan<'t>(line: &'t str, emit: &mut impl FnMut(Event)) -> Option<(AppInfo, &'t str)> {
    let bytes = line.as_bytes();
    let mut i = 0;
    while let Some(skipped) = bytes[i..].iter().position(|&b| STARTS[usize::from(b)]) {
        i += skipped;
        if bytes[i] == b'A'
            && let Some(answer) = AppInfo::announced(&line[i..])
        {
            return Some(answer);
        }
        let found = match bytes[i] {
            b'U' => update(&line[i..]),
            b'[' => bootstrap(&line[i..]),
            b'S' => success(&line[i..]).or_else(|| client(&line[i..])),
            b'E' | b'e' => error(&line[i..]).or_else(|| login_failed(&line[i..])),
            b'F' | b'L' | b'N' => login_failed(&line[i..]),
            _ => phrase(&line[i..]),
        };
        match found {
            Some((event, length)) => {
                emit(event);
                i += length.max(1);
            }
            None => i += 1,
        }
    }
    None
}

/// A message and how many bytes of the line it takes.
type Found = Option<(Event, usize)>;

/// `Success! App '222860' fully installed.`
fn success(text: &str) -> Found {
    let rest = text.strip_prefix("Success! App '")?;
    let (app, rest) = rest.split_once("' ")?;
    let app = app.parse().ok()?;
    for (words, already) in [("fully installed", false), ("already up to date", true)] {
        if let Some(rest) = rest.strip_prefix(words) {
            return Some((Event::Success { app, already }, text.len() - rest.len()));
        }
    }
    None
}

/// `Steam Console Client (c) Valve Corporation - version 1788292693`
fn client(text: &str) -> Found {
    let rest = text.strip_prefix("Steam Console Client (c) Valve Corporation")?;
    let version: String = rest.split_once("version ")?.1.chars().take_while(char::is_ascii_digit).collect();
    Some((Event::Client(version), "Steam Console Client".len()))
}

/// Fixed phrases.
fn phrase(text: &str) -> Found {
    const PHRASES: [(&str, Event); 7] = [
        ("Retrying...", Event::Retrying),
        ("Restarting steamcmd by request", Event::Restart),
        ("Please confirm the login in the Steam Mobile app", Event::ConfirmInApp),
        ("Wait for confirmation timed out", Event::ConfirmationTimedOut),
        ("statvfs64: ret -1 errno 75", Event::Mentioned(Cause::LargeFileSystem)),
        ("Thread failed to initialize", Event::Mentioned(Cause::NoThreads)),
        ("CWorkThreadPool::StartWorkThread: Thread creation failed", Event::Mentioned(Cause::NoThreads)),
    ];
    for (phrase, event) in &PHRASES {
        if text.starts_with(phrase) {
            return Some((event.clone(), phrase.len()));
        }
    }
    if let Some(rest) = text.strip_prefix("KeyValues Error:") {
        let low = rest.to_ascii_lowercase();
        let is_page = low.contains("<!doctype") || low.contains("<html");
        return is_page.then_some((Event::Mentioned(Cause::WebPage), text.len() - rest.len()));
    }
    // Chatter may stand between the step and its result, but a failure in between decides.
    let rest = text.strip_prefix("Waiting for user info...")?;
    let ok = rest.find("OK")?;
    if rest[..ok].contains("FAILED") || rest[..ok].contains("ERROR") {
        return None;
    }
    Some((Event::LoggedIn, text.len() - rest.len() + ok + 2))
}

#[cfg(test)]
mod tests;
