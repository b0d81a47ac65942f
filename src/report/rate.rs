//! How fast something moves, by the last seconds alone.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// What is older says nothing about now.
const WINDOW: Duration = Duration::from_secs(15);
/// A rate of less than this is chance.
const LEAST: Duration = Duration::from_secs(3);
const LEAST_STEPS: usize = 4;
const GAP: Duration = Duration::from_millis(250);

/// What was seen of it in the last seconds.
#[derive(Debug, Default)]
pub struct Rate {
    seen: VecDeque<(Instant, u64)>,
}

impl Rate {
    /// Forgets all: something else moves now.
    pub fn reset(&mut self) {
        self.seen.clear();
    }

    /// So much is done at this time.
    pub fn saw(&mut self, at: Instant, done: u64) {
        match self.seen.back() {
            Some((_, last)) if *last > done => self.reset(),
            Some((last, _)) if at.saturating_duration_since(*last) < GAP => return,
            _ => {}
        }
        self.seen.push_back((at, done));
        // The first one older than the window is its beginning.
        while self.seen.get(1).is_some_and(|(second, _)| at.saturating_duration_since(*second) >= WINDOW) {
            self.seen.pop_front();
        }
    }

    /// Units a second; nothing in the first seconds, and nothing of what stands still.
    ///
    /// The largest step does not count: a download that resumes leaps over what it finds on disk.
    pub fn per_second(&self) -> Option<f64> {
        let steps = self.seen.iter().zip(self.seen.iter().skip(1));
        let steps: Vec<(f64, u64)> =
            steps.map(|((from, less), (to, more))| ((*to - *from).as_secs_f64(), more - less)).collect();
        let span: f64 = steps.iter().map(|(seconds, _)| seconds).sum();
        if steps.len() < LEAST_STEPS || span < LEAST.as_secs_f64() {
            return None;
        }
        let (time, leap) = steps.iter().copied().max_by_key(|(_, more)| *more)?;
        let moved: u64 = steps.iter().map(|(_, more)| more).sum();
        Some((moved - leap) as f64 / (span - time)).filter(|rate| *rate >= 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MB: u64 = 1_000_000;

    /// The rate after these steps of half a second, in MB a second.
    fn rate(steps: &[u64]) -> Option<u64> {
        let (start, mut rate, mut done) = (Instant::now(), Rate::default(), 0);
        for (number, step) in (0u32..).zip(steps) {
            done += step * MB;
            rate.saw(start + number * Duration::from_millis(500), done);
        }
        rate.per_second().map(|bytes| bytes as u64 / MB)
    }

    #[test]
    fn a_leap_is_no_speed() {
        let steady = |count| vec![5; count];
        let table = [
            (steady(2), None),
            (steady(6), None),
            (steady(7), Some(10)),
            (steady(100), Some(10)),
            // Resumed: 4 GB are there at once.
            ([vec![0, 4000], steady(8)].concat(), Some(10)),
            ([steady(20), vec![4000], steady(3)].concat(), Some(10)),
            // It was faster long ago.
            ([vec![500; 40], steady(40)].concat(), Some(10)),
            // It stands still.
            ([steady(10), vec![0; 40]].concat(), None),
            (vec![0; 20], None),
        ];
        for (steps, expected) in table {
            assert_eq!(rate(&steps), expected, "{steps:?}");
        }
    }

    #[test]
    fn what_begins_anew_is_measured_anew() {
        let (start, mut rate) = (Instant::now(), Rate::default());
        let at = |seconds| start + Duration::from_secs(seconds);
        (0..20).for_each(|second| rate.saw(at(second), second * MB));
        assert!(rate.per_second().is_some());
        rate.saw(at(20), 0);
        assert_eq!(rate.per_second(), None);
        // Many words in one moment are one.
        (0..1000).for_each(|_| rate.saw(at(20), MB));
        assert_eq!(rate.seen.len(), 1);
    }
}
