//! Messages about errors.

use super::text::strip_prefix_nocase;
use super::{Event, Found};

/// Every line that begins with "Error!", whatever its case, to the end of its sentence.
pub(super) fn error(text: &str) -> Found {
    // Most of what begins with an "e" ends here.
    text.as_bytes().get(1).filter(|b| b.eq_ignore_ascii_case(&b'r'))?;
    let rest = strip_prefix_nocase(text, "error! ")?;
    if let Some(rest) = strip_prefix_nocase(rest, "failed to install app '") {
        let (app, rest) = rest.split_once("' (")?;
        let (reason, rest) = rest.split_once(')')?;
        let event = Event::InstallFailed { app: app.parse().ok()?, reason: reason.to_owned() };
        return Some((event, text.len() - rest.len()));
    }
    // `Waiting for user info...ERROR! (Timed out)`
    if let Some(rest) = rest.strip_prefix('(') {
        let (reason, rest) = rest.split_once(')')?;
        return Some((Event::LoginFailed(reason.to_owned()), text.len() - rest.len()));
    }
    if let Some(rest) = state_after_update(rest) {
        let hex: String = rest.chars().take_while(char::is_ascii_hexdigit).collect();
        let state = u32::from_str_radix(&hex, 16).ok()?;
        return Some((Event::StateAfterUpdate(state), text.len() - rest.len() + hex.len()));
    }
    Some((Event::Error(sentence(rest).to_owned()), text.len()))
}

/// What follows `state is 0x`, or `state is is 0x`, as some versions have it.
fn state_after_update(text: &str) -> Option<&str> {
    let (before, rest) = text.split_once("tate is ")?;
    let rest = rest.strip_prefix("is ").unwrap_or(rest).strip_prefix("0x")?;
    (before.len() < 40).then_some(rest)
}

/// A message without what SteamCMD glues on when it ends.
fn sentence(text: &str) -> &str {
    text.split_once("Unloading Steam API").map_or(text, |(before, _)| before).trim()
}

/// `FAILED (No Connection)`, `ERROR (Invalid Password)`, `FAILED login with result code 5`, …
pub(super) fn login_failed(text: &str) -> Found {
    for lead in ["FAILED (", "ERROR ("] {
        if let Some(rest) = text.strip_prefix(lead) {
            let (reason, rest) = rest.split_once(')')?;
            // SteamCMD prints "OK" behind a failed "Waiting for user info"; it means nothing.
            let rest = rest.strip_prefix("OK").unwrap_or(rest);
            return Some((Event::LoginFailed(reason.to_owned()), text.len() - rest.len()));
        }
    }
    for lead in ["FAILED login with ", "FAILED with ", "FAILED. ", "Login Failure: ", "Not logged on"] {
        if let Some(rest) = text.strip_prefix(lead) {
            let rest = sentence(rest);
            let reason = if rest.is_empty() || lead.starts_with("Not") { lead } else { rest };
            return Some((Event::LoginFailed(reason.trim().trim_end_matches('.').to_owned()), text.len()));
        }
    }
    None
}
