//! One line of progress that fits its terminal: a line that wraps leaves its halves behind.

use crate::say::wrap::{column, columns};
use std::time::Duration;

/// What a line can show.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    pub title: &'a str,
    pub phase: &'a str,
    pub done: u64,
    /// 0: not known.
    pub total: u64,
    pub bytes_per_second: Option<f64>,
    pub elapsed: Duration,
}

const LABEL_LEAST: usize = 6;
const BAR_LEAST: usize = 9;
const BAR_MOST: usize = 40;
const PERCENT: usize = 7;
/// Room that stays reserved, so that nothing moves when a number grows: `999.9 MB/s`, `59 min 59 s left`.
const RATE: usize = 10;
const TIME: usize = 16;
const SPINNER: [char; 4] = ['|', '/', '-', '\\'];

/// As much as `width` columns hold. Bar and percent come first, then bytes, rate and time left; the label
/// is shortened before any of them goes.
pub fn fit(width: usize, moment: &Moment) -> String {
    if moment.total == 0 {
        return spinner(width, moment);
    }
    let mut pieces = vec![percent(moment)];
    let labels = labels(moment);
    let label_least = columns(&labels[labels.len() - 1]).min(LABEL_LEAST);
    let mut used = label_least + 1 + BAR_LEAST + 1 + PERCENT;
    for (piece, cost) in details(moment) {
        if used + 1 + cost > width {
            break;
        }
        used += 1 + cost;
        pieces.push(piece);
    }
    let Some(spare) = width.checked_sub(used) else {
        let bar = bar(moment, width.saturating_sub(1 + PERCENT).max(2));
        return cut(&format!("{bar} {}", pieces[0]), width);
    };
    let label = label(&labels, label_least + spare);
    let bar = bar(moment, (BAR_LEAST + label_least + spare - columns(&label)).min(BAR_MOST));
    pieces.splice(..0, [label, bar]);
    pieces.join(" ").trim_end().to_owned()
}

/// How much there is to do is not known, as with SteamCMD's `(0 / 0)`.
fn spinner(width: usize, moment: &Moment) -> String {
    let turn = moment.elapsed.as_millis() / 100 % SPINNER.len() as u128;
    let time = format!(" ({})", duration(moment.elapsed));
    let room = width.saturating_sub(2 + columns(&time));
    let label = label(&labels(moment), room);
    cut(&format!("{} {label}{time}", SPINNER[turn as usize]), width)
}

/// What is done, the longest form first.
fn labels(moment: &Moment) -> Vec<String> {
    let Moment { title, phase, .. } = *moment;
    let short = short(title);
    let part = short.split(',').next().unwrap_or(short);
    let word = part.split(' ').next().unwrap_or(part);
    let mut labels = vec![part.to_owned(), word.to_owned()];
    if !phase.is_empty() {
        labels.splice(..0, [title, short, part].map(|title| format!("{title}: {phase}")));
    }
    labels
}

/// The first label that fits; if none does, the beginning of the shortest.
fn label(labels: &[String], room: usize) -> String {
    match labels.iter().find(|label| columns(label) <= room) {
        Some(label) => label.clone(),
        None => cut(&labels[labels.len() - 1], room.saturating_sub(1)) + "…",
    }
}

/// A title without its explanation: `game (linux)` is the game.
pub fn short(title: &str) -> &str {
    title.split(" (").next().unwrap_or(title)
}

fn percent(moment: &Moment) -> String {
    // 100 % is what is done, not what is nearly done.
    let share = (moment.done.min(moment.total) as f64 / moment.total as f64 * 1000.0).floor() / 10.0;
    format!("{share:5.1} %")
}

/// Bytes, rate and time left, each with the columns that it may need.
fn details(moment: &Moment) -> [(String, usize); 3] {
    let sizes = of_total(moment.done, moment.total);
    let columns = columns(&sizes);
    // More than a terabyte a second is no speed, and has no room.
    let (rate, time) = match moment.bytes_per_second {
        Some(rate @ 1.0..1e12) => {
            let left = moment.total.saturating_sub(moment.done) as f64 / rate;
            (format!("{}/s", bytes(rate as u64)), time_left(left))
        }
        _ => Default::default(),
    };
    [(sizes, columns), (format!("{rate:>RATE$}"), RATE), (time, TIME)]
}

fn time_left(seconds: f64) -> String {
    // More than four days is no estimate.
    match seconds {
        0.0..360_000.0 => format!("{} left", duration(Duration::from_secs_f64(seconds))),
        _ => String::new(),
    }
}

fn bar(moment: &Moment, width: usize) -> String {
    let inner = width - 2;
    let full = (moment.done.min(moment.total) as f64 / moment.total as f64 * inner as f64) as usize;
    let head = usize::from(full < inner);
    format!("[{}{}{}]", "=".repeat(full), ">".repeat(head), " ".repeat(inner - full - head))
}

fn cut(text: &str, width: usize) -> String {
    let mut used = 0;
    let fits = |c: &char| {
        used += column(*c);
        used <= width
    };
    text.chars().take_while(fits).collect()
}

const UNITS: [(u64, &str); 4] =
    [(1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")];

/// Bytes for people, in the units of a disk's label: `9.7 GB`.
pub fn bytes(count: u64) -> String {
    match unit(count) {
        None => format!("{count} B"),
        Some((size, name)) => format!("{:.1} {name}", count as f64 / size as f64),
    }
}

/// `2.1 of 7.5 GB`: both in the same unit and as long.
fn of_total(done: u64, total: u64) -> String {
    match unit(total) {
        None => {
            let total = total.to_string();
            format!("{done:>0$} of {total} B", total.len())
        }
        Some((size, name)) => {
            let total = format!("{:.1}", total as f64 / size as f64);
            format!("{:>1$.1} of {total} {name}", done as f64 / size as f64, total.len())
        }
    }
}

/// The unit in which it has at most three digits before the point.
fn unit(count: u64) -> Option<(u64, &'static str)> {
    UNITS.into_iter().find(|(size, _)| count as f64 / *size as f64 >= 0.999_95)
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
mod tests;
