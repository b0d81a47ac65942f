//! Refused logins: which of them a person can do something about, and what.

use super::Failure;

/// What is missing for a login.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Steam has sent a code by e-mail.
    CodeMailed,
    /// A code of the mobile app is needed.
    CodeNeeded,
    /// The code was wrong or too old.
    CodeWrong,
    /// Nobody confirmed the login in the mobile app; each further login asks there again.
    Unconfirmed,
    /// There is no kept login, and no password was given.
    NotKept,
    /// Anything else: name, password, a login that Steam has forgotten.
    Other,
}

/// Steam's words for why it refused a login, in lower case, and what they mean.
const REFUSALS: [(&str, Refusal); 9] = [
    ("waiting for confirmation", Refusal::Unconfirmed),
    ("mismatch", Refusal::CodeWrong),
    ("invalid login auth code", Refusal::CodeWrong),
    ("expired login auth code", Refusal::CodeWrong),
    ("need two-factor", Refusal::CodeNeeded),
    ("need two factor", Refusal::CodeNeeded),
    ("needtwofactor", Refusal::CodeNeeded),
    ("logon denied", Refusal::CodeMailed),
    ("no cached credentials", Refusal::NotKept),
];
const LIMITED: [&str; 2] = ["rate limit", "throttle"];
const CONNECTION: [&str; 6] =
    ["no connection", "timed out", "timeout", "not logged on", "service unavailable", "try another cm"];

pub(super) fn failure(reason: &str, confirming: bool) -> Failure {
    let words = result_code(reason).unwrap_or(reason);
    let low = words.to_ascii_lowercase();
    let is_any = |table: &[&str]| table.iter().any(|word| low.contains(word));
    let shown = if words == reason { reason.to_owned() } else { format!("{reason}: {words}") };
    if is_any(&LIMITED) {
        return Failure::RateLimit;
    }
    if let Some((_, refusal)) = REFUSALS.iter().find(|(word, _)| low.contains(word)) {
        return Failure::Login(*refusal, shown);
    }
    // Another login would send another confirmation request to that person's phone.
    match (confirming, is_any(&CONNECTION)) {
        (true, true) => Failure::Login(Refusal::Unconfirmed, shown),
        (false, true) => Failure::Connection(shown),
        (_, false) => Failure::Login(Refusal::Other, shown),
    }
}

/// `result code 85`: Steam's `EResult` numbers, as far as a login can end with them.
fn result_code(reason: &str) -> Option<&'static str> {
    let number = reason.strip_prefix("result code ")?.trim().parse::<u32>().ok()?;
    Some(match number {
        3 => "No Connection",
        5 => "Invalid Password",
        15 => "Access Denied",
        16 => "Timeout",
        18 => "Account Not Found",
        20 => "Service Unavailable",
        35 => "No Connection",
        43 => "Account Disabled",
        48 => "Try Another CM",
        63 | 66 | 74 => "Account Logon Denied",
        65 => "Invalid Login Auth Code",
        71 => "Expired Login Auth Code",
        84 => "Rate Limit Exceeded",
        85 => "need two-factor code",
        87 => "Account Login Denied Throttle",
        88 => "Two-factor code mismatch",
        _ => return None,
    })
}
