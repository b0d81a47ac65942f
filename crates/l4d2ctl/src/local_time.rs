//! Times of day as people write them, in the machine's own time zone, which date(1) knows.

use left4me::{Context, Error, Result, child};
use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

/// When it is `HH:MM` the next time, in seconds since 1970.
pub fn next(time: &str) -> Result<u64> {
    let moment = |day: &str| -> Result<u64> {
        let text = date(&["-d", &format!("{day} {time}"), "+%s"])?;
        text.parse().context(|| format!("cannot understand the time {time}"))
    };
    let today = moment("today")?;
    if today > now() { Ok(today) } else { moment("tomorrow") }
}

/// A time of day, `HH:MM`.
pub fn is_time_of_day(text: &str) -> bool {
    let number = |text: &str, below: u8| {
        let is_two_digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_two_digits && text.parse().is_ok_and(|number: u8| number < below)
    };
    text.split_once(':').is_some_and(|(hours, minutes)| number(hours, 24) && number(minutes, 60))
}

/// A moment for people: `2026-12-01 04:30`.
pub fn show(moment: u64) -> String {
    date(&["-d", &format!("@{moment}"), "+%F %H:%M"]).unwrap_or_else(|_| format!("@{moment}"))
}

fn date(arguments: &[&str]) -> Result<String> {
    let output = child::command("date").args(arguments).output().context(|| "cannot run date".into())?;
    if !output.status.success() {
        // Once a year an hour does not exist.
        return Err(Error::new(format!("date failed ({})", child::reason(output.status, &output.stderr)))
            .hint("choose another time"));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day() {
        for (text, is_one) in [
            ("00:00", true),
            ("04:30", true),
            ("23:59", true),
            ("24:00", false),
            ("4:30", false),
            ("04:60", false),
            ("+4:30", false),
            ("", false),
            ("04:30 UTC", false),
        ] {
            assert_eq!(is_time_of_day(text), is_one, "{text}");
        }
    }

    #[test]
    fn the_next_one_is_within_a_day() {
        for time in ["00:00", "12:34"] {
            let (now, next) = (now(), next(time).unwrap());
            assert!(next > now && next <= now + 25 * 3600, "{time}");
            assert!(show(next).ends_with(time));
        }
    }
}
