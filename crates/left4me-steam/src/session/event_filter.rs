//! Which of SteamCMD's events are shown, and which are progress, however many there are.

use crate::output::Event;
use std::mem::{Discriminant, discriminant};
use std::time::{Duration, Instant};

#[derive(Default)]
pub struct EventFilter {
    latest: Option<Event>,
    figures: Option<Event>,
    kinds: Vec<Discriminant<Event>>,
    display: Allowance,
}

impl EventFilter {
    /// Shows an event unless it is a repetition or one too many. Returns whether it is progress.
    pub fn accept(&mut self, event: Event, show: &mut dyn FnMut(&Event)) -> bool {
        // SteamCMD repeats an unchanged progress line.
        if self.latest.as_ref() == Some(&event) {
            return false;
        }
        let moved = self.is_progress(&event);
        if self.display.allows(Instant::now()) {
            show(&event);
        }
        self.latest = Some(event);
        moved
    }

    /// Figures that change, and each other kind of event once. An error is none of it the second time,
    /// or words without end would be progress without end.
    fn is_progress(&mut self, event: &Event) -> bool {
        if has_figures(event) {
            let moved = self.figures.as_ref() != Some(event);
            self.figures = Some(event.clone());
            return moved;
        }
        let kind = discriminant(event);
        let moved = !self.kinds.contains(&kind);
        if moved {
            self.kinds.push(kind);
        }
        moved
    }
}

fn has_figures(event: &Event) -> bool {
    matches!(event, Event::Update { .. } | Event::Bootstrap { .. })
}

/// How much may be shown: more than anyone reads, and less than fills a disk with a log.
struct Allowance {
    left: f64,
    at: Instant,
}

const AT_ONCE: f64 = 100.0;
const A_SECOND: f64 = 10.0;

impl Default for Allowance {
    fn default() -> Allowance {
        Allowance { left: AT_ONCE, at: Instant::now() }
    }
}

impl Allowance {
    fn allows(&mut self, now: Instant) -> bool {
        let since: Duration = now.saturating_duration_since(self.at);
        self.left = (self.left + since.as_secs_f64() * A_SECOND).min(AT_ONCE);
        self.at = now;
        let allowed = self.left >= 1.0;
        if allowed {
            self.left -= 1.0;
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(n: usize) -> Event {
        Event::Error(format!("error {n}"))
    }

    fn update(done: u64) -> Event {
        Event::Update { state: 0x61, phase: "downloading".into(), basis_points: 0, done, total: 100 }
    }

    #[test]
    fn few_of_many_are_shown() {
        let mut events = EventFilter::default();
        let mut shown = 0;
        for n in 0..100_000 {
            events.accept(error(n), &mut |_| shown += 1);
        }
        // A slow machine has more time for them.
        assert!((100..1000).contains(&shown), "{shown}");
    }

    #[test]
    fn figures_that_change_are_progress_and_words_are_none() {
        let mut events = EventFilter::default();
        let mut moves = |event: Event| events.accept(event, &mut |_| ());
        assert!(moves(update(1)) && moves(update(2)));
        assert!(!moves(update(2)), "unchanged");
        assert!(moves(Event::Retrying), "the first of its kind");
        assert!(!moves(update(2)), "the same figures, with a word between");
        assert!(!moves(Event::Retrying));
        assert!(moves(error(1)) && !moves(error(2)) && !moves(error(3)));
        assert!(moves(update(3)));
    }

    #[test]
    fn what_is_shown_is_bounded_in_time_too() {
        let start = Instant::now();
        let mut allowance = Allowance { left: AT_ONCE, at: start };
        let mut shown = |second: u64| {
            let now = start + Duration::from_secs(second);
            (0..1000).filter(|_| allowance.allows(now)).count()
        };
        assert_eq!([shown(0), shown(1), shown(3), shown(3600)], [100, 10, 20, 100]);
    }
}
