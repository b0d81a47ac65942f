//! One line of progress that fits its terminal: a line that wraps leaves its halves behind.

use std::time::Duration;

/// What a line can show.
pub struct Moment<'a> {
    pub title: &'a str,
    pub phase: &'a str,
    pub done: u64,
    /// 0: not known.
    pub total: u64,
    pub bytes_per_second: f64,
    pub remaining: Duration,
    pub elapsed: Duration,
}

impl Moment<'_> {
    /// Before anything is known.
    pub fn start() -> Moment<'static> {
        Moment {
            title: "",
            phase: "",
            done: 0,
            total: 0,
            bytes_per_second: 0.0,
            remaining: Duration::ZERO,
            elapsed: Duration::ZERO,
        }
    }
}

const BAR_LEAST: usize = 12;
const BAR_MOST: usize = 40;

/// As much as `width` columns hold, what matters most first: title, sizes, phase, rate and ETA, elapsed
/// time, and a bar in what is left over.
pub fn fit(width: usize, moment: &Moment) -> String {
    let mut pieces = [const { String::new() }; 7];
    let by_rank = ranked(moment);
    let mut used = 0;
    for (place, text) in by_rank {
        let cost = columns(&text) + usize::from(used > 0);
        if used + cost <= width && !text.is_empty() {
            used += cost;
            pieces[place] = text;
        } else if used == 0 {
            return cut(&text, width);
        }
    }
    let left = width.saturating_sub(used);
    if moment.total > 0 && left > BAR_LEAST {
        pieces[BAR] = bar(moment, (left - 1).min(BAR_MOST));
    }
    pieces.iter().filter(|piece| !piece.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" ")
}

const BAR: usize = 2;

/// Where each piece stands, in the order in which they are given room; the bar has the place between.
fn ranked(moment: &Moment) -> Vec<(usize, String)> {
    let Moment { done, total, .. } = *moment;
    let title = (0, format!("{}:", moment.title));
    let phase = (1, moment.phase.to_owned());
    let elapsed = (6, format!("({})", duration(moment.elapsed)));
    if total == 0 {
        return vec![title, phase, elapsed];
    }
    let share = (done.min(total) as f64) / (total as f64) * 100.0;
    let sizes = format!("{share:.1} % {} of {}", bytes(done), bytes(total));
    let speed = format!("{}/s ETA {}", bytes(moment.bytes_per_second as u64), duration(moment.remaining));
    let known = moment.bytes_per_second >= 1.0;
    let speed = if known { speed } else { String::new() };
    vec![title, (3, sizes), phase, (4, speed), elapsed]
}

fn bar(moment: &Moment, width: usize) -> String {
    let inner = width - 2;
    let full = (moment.done.min(moment.total) as f64 / moment.total as f64 * inner as f64) as usize;
    let head = usize::from(full < inner);
    format!("[{}{}{}]", "=".repeat(full), ">".repeat(head), " ".repeat(inner - full - head))
}

fn columns(text: &str) -> usize {
    text.chars().count()
}

fn cut(text: &str, width: usize) -> String {
    text.chars().take(width).collect()
}

pub fn bytes(count: u64) -> String {
    indicatif::HumanBytes(count).to_string()
}

pub fn duration(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: Moment = Moment {
        title: "game, pass 1 of 2 (windows files first)",
        phase: "downloading",
        done: 2_147_483_648,
        total: 7_516_192_768,
        bytes_per_second: 13_631_488.0,
        remaining: Duration::from_secs(394),
        elapsed: Duration::from_secs(157),
    };

    #[test]
    fn what_each_width_shows() {
        let table = [
            (30, "game, pass 1 of 2 (windows fil"),
            (40, "game, pass 1 of 2 (windows files first):"),
            (80, "game, pass 1 of 2 (windows files first): downloading 28.6 % 2.00 GiB of 7.00 GiB"),
            (
                140,
                "game, pass 1 of 2 (windows files first): downloading [====>            ] 28.6 % 2.00 GiB of 7.00 GiB 13.00 MiB/s ETA 6 min 34 s (2 min 37 s)",
            ),
        ];
        for (width, line) in table {
            assert_eq!(fit(width, &MOMENT), line);
        }
        let spinner = Moment { title: "client update", phase: "Verifying installation", total: 0, ..MOMENT };
        assert_eq!(fit(60, &spinner), "client update: Verifying installation (2 min 37 s)");
    }

    #[test]
    fn no_width_is_exceeded() {
        for width in 0..200 {
            for (done, total, rate) in [(0, 0, 0.0), (0, 1, 0.0), (9, 3, 1e30), (u64::MAX, u64::MAX, 5.0)] {
                let moment = Moment { done, total, bytes_per_second: rate, ..MOMENT };
                assert!(columns(&fit(width, &moment)) <= width, "{width}: {}", fit(width, &moment));
            }
        }
    }
}
