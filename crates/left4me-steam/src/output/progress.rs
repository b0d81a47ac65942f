//! Messages about progress.

use super::text::{digits, split};
use super::{Event, Found};

/// ` Update state (0x61) downloading, progress: 3.52 (269853491 / 7667458210)`
pub(super) fn update(text: &str) -> Found {
    let rest = text.strip_prefix("Update state (0x")?;
    let (hex, rest) = split(rest, ") ")?;
    let state = u32::from_str_radix(hex, 16).ok()?;
    if let Some(rest) = rest.strip_prefix(": Timed out waiting for update to start") {
        return Some((Event::NotStarted, text.len() - rest.len()));
    }
    let (phase, rest) = split(rest, ", progress: ")?;
    let (percent, rest) = split(rest, " (")?;
    let (whole, hundredths) = percent.split_once(['.', ','])?;
    let basis_points = whole.parse::<u16>().ok()?.checked_mul(100)?.checked_add(hundredths.parse().ok()?)?;
    let (done, rest) = split(rest, " / ")?;
    let (total, rest) = rest.split_once(')')?;
    let event = Event::Update {
        state,
        phase: phase.trim().to_owned(),
        basis_points: basis_points.min(10_000),
        done: done.parse().ok()?,
        total: total.parse().ok()?,
    };
    Some((event, text.len() - rest.len()))
}

/// `[ 12%] Downloading update (1,300 of 7,013 KB)...`, `[----] !!! Fatal Error: …`
pub(super) fn bootstrap(text: &str) -> Found {
    // Near by, or a line of nothing but brackets would be searched through for each of them.
    let end = text.as_bytes().iter().take(8).position(|byte| *byte == b']')?;
    let (mark, rest) = (&text[1..end], text[end + 1..].strip_prefix(' ')?);
    let percent = match mark.trim().strip_suffix('%') {
        Some(number) => Some(number.parse::<u8>().ok()?),
        None if mark == "----" => None,
        None => return None,
    };
    if let Some(fatal) = rest.strip_prefix("!!! Fatal Error: ") {
        let words: Vec<&str> = fatal.split_whitespace().collect();
        return Some((Event::BootstrapFatal(words.join(" ")), text.len()));
    }
    // The next message may be glued on: "[----] Cleaning up...[----] Update complete".
    let end = rest.find('[').unwrap_or(rest.len());
    let said = rest[..end].trim();
    let kib = said.split_once(" (").and_then(|(_, sizes)| {
        let (done, total) = sizes.split_once(" of ")?;
        Some((digits(done)?, digits(total.split_once(" KB")?.0)?))
    });
    let phase = said.split(" (").next().unwrap_or(said).trim_end_matches('.').to_owned();
    Some((Event::Bootstrap { phase, percent, kib }, text.len() - rest.len() + end))
}
