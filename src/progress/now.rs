//! What is under way, and the lines that say how far it is.

use super::bar;
use super::line::{Moment, bytes, duration, short};
use super::rate::Rate;
use crate::say;
use indicatif::ProgressBar;
use std::time::{Duration, Instant};

const LINE_EVERY: Duration = Duration::from_secs(10);
/// What changes faster than this is over before it can be read.
const LINE_GAP: Duration = Duration::from_secs(1);
const LINE_EVERY_BASIS_POINTS: u64 = 500;

/// What is under way.
pub struct Now {
    pub bar: Option<ProgressBar>,
    /// "pass 1 of 2", or what stands for it.
    pub title: String,
    pub phase: String,
    done: u64,
    total: u64,
    rate: Rate,
    /// What came over the network, when that is over.
    downloaded: Option<u64>,
    pub started: Instant,
    pub line_at: Option<Instant>,
    line_points: u64,
    pub quiet_said: u64,
}

impl Now {
    pub fn new() -> Now {
        Now {
            bar: None,
            title: String::new(),
            phase: String::new(),
            done: 0,
            total: 0,
            rate: Rate::default(),
            downloaded: None,
            started: Instant::now(),
            line_at: None,
            line_points: 0,
            quiet_said: 0,
        }
    }

    /// Takes in how far it is; returns whether another phase has begun.
    pub fn take(&mut self, phase: &str, done: u64, total: u64) -> bool {
        let new_phase = self.phase != phase;
        if new_phase || self.total != total {
            self.rate.reset();
        }
        self.rate.saw(Instant::now(), done);
        phase.clone_into(&mut self.phase);
        (self.done, self.total) = (done, total);
        if total > 0 && phase.contains("ownload") {
            self.downloaded = self.downloaded.max(Some(done));
        }
        new_phase
    }

    /// Whether the last line is younger than this.
    pub fn is_soon(&self, gap: Duration) -> bool {
        self.line_at.is_some_and(|at| at.elapsed() < gap)
    }

    pub fn draw(&mut self) {
        // Also what stands still is seen, or it would seem to go on.
        self.rate.saw(Instant::now(), self.done);
        let Some(bar) = &self.bar else { return };
        // Nothing was shown where there is no bar: a log would wait for ever for its next line.
        self.line_at = Some(Instant::now());
        let Now { title, phase, done, total, .. } = self;
        let (bytes_per_second, elapsed) = (self.rate.per_second(), self.started.elapsed());
        bar::show(bar, &Moment { title, phase, done: *done, total: *total, bytes_per_second, elapsed });
    }

    /// `game: 9.7 GB in 12 min 3 s`; nothing of what failed at once, for its reason follows.
    pub fn outcome(&self, well: bool) -> Option<String> {
        let (title, elapsed) = (short(&self.title), self.started.elapsed());
        let time = duration(elapsed);
        match (well, self.downloaded) {
            (true, Some(size)) => Some(format!("{title}: {} in {time}", bytes(size))),
            (true, None) => Some(format!("{title}: done in {time}")),
            (false, _) => (elapsed >= LINE_EVERY).then(|| format!("{title}: failed after {time}")),
        }
    }

    pub fn line(&mut self, new_phase: bool) {
        let Now { done, total, .. } = *self;
        let points = (done.saturating_mul(10_000)).checked_div(total).unwrap_or(0);
        let since = self.line_at.map_or(LINE_EVERY, |at| at.elapsed());
        if !is_due(since, new_phase, points.saturating_sub(self.line_points)) {
            return;
        }
        self.line_at = Some(Instant::now());
        self.line_points = points;
        let elapsed = duration(self.started.elapsed());
        match total {
            0 => say::problem(&format!("{}: {} ({elapsed})", self.title, self.phase)),
            _ => say::problem(&format!(
                "{}: {}, {}.{} % ({} of {}, {elapsed})",
                self.title,
                self.phase,
                points / 100,
                points % 100 / 10,
                bytes(done),
                bytes(total)
            )),
        }
    }
}

/// Whether a log gets another line: at a new phase, every 5 %, every 10 s, and never two in a second.
pub fn is_due(since: Duration, new_phase: bool, further: u64) -> bool {
    since >= LINE_GAP && (new_phase || further >= LINE_EVERY_BASIS_POINTS || since >= LINE_EVERY)
}
