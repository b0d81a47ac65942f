//! What is under way, and the lines that say how far it is.

use super::line::{Moment, bytes, duration, short};
use super::rate::Rate;
use left4me::printable;
use left4me::report::Progress;
use std::time::{Duration, Instant};

/// Silence after which a line says that nothing moves; again after each further such time.
const QUIET: Duration = Duration::from_secs(60);
const LINE_EVERY: Duration = Duration::from_secs(10);
/// What changes faster than this is over before it can be read.
const LINE_GAP: Duration = Duration::from_secs(1);
const LINE_EVERY_BASIS_POINTS: u64 = 500;
/// Of a phase, which is SteamCMD's own words.
const LONGEST_PHASE: usize = 60;

/// What is under way.
pub struct Activity {
    task: String,
    phase: String,
    done: u64,
    total: u64,
    rate: Rate,
    /// What came over the network, when that is over.
    downloaded: Option<u64>,
    pub started: Instant,
    pub shown_at: Option<Instant>,
    shown_points: u64,
    quiet_lines: u64,
}

impl Default for Activity {
    fn default() -> Activity {
        Activity {
            task: String::new(),
            phase: String::new(),
            done: 0,
            total: 0,
            rate: Rate::default(),
            downloaded: None,
            started: Instant::now(),
            shown_at: None,
            shown_points: 0,
            quiet_lines: 0,
        }
    }
}

impl Activity {
    /// Begins anew with another task; returns whether it is another one.
    pub fn start(&mut self, task: &str) -> bool {
        let is_new = self.task != task;
        if is_new {
            *self = Activity { task: task.to_owned(), ..Activity::default() };
        }
        is_new
    }

    /// Takes in how far it is; returns whether another phase has begun.
    pub fn update(&mut self, progress: &Progress) -> bool {
        let Progress { done, total, .. } = *progress;
        let phase = printable::bounded(progress.phase, LONGEST_PHASE);
        let new_phase = self.phase != phase;
        if new_phase || self.total != total {
            self.rate.reset();
        }
        self.rate.saw(Instant::now(), done);
        if total > 0 && progress.is_download {
            self.downloaded = self.downloaded.max(Some(done));
        }
        phase.as_ref().clone_into(&mut self.phase);
        (self.done, self.total) = (done, total);
        new_phase
    }

    /// Whether it was shown in the time before now.
    pub fn was_shown_within(&self, gap: Duration) -> bool {
        self.shown_at.is_some_and(|at| at.elapsed() < gap)
    }

    /// How far it is now.
    pub fn moment(&mut self) -> Moment<'_> {
        // Also what stands still is seen, or it would seem to go on.
        self.rate.saw(Instant::now(), self.done);
        let (bytes_per_second, elapsed) = (self.rate.per_second(), self.started.elapsed());
        Moment {
            title: &self.task,
            phase: &self.phase,
            done: self.done,
            total: self.total,
            bytes_per_second,
            elapsed,
        }
    }

    /// Nothing has moved for this long; a line once a minute.
    pub fn idle_notice(&mut self, how_long: Duration) -> Option<String> {
        let lines = quiet_lines(how_long);
        // Less than before: something has moved meanwhile.
        let is_due = lines > std::mem::replace(&mut self.quiet_lines, lines);
        is_due.then(|| format!("{}: no progress for {} s", self.task, how_long.as_secs()))
    }

    /// `game: 9.7 GB in 12 min 3 s`; nothing of what failed at once, for its reason follows.
    pub fn outcome(&self, success: bool) -> Option<String> {
        if self.task.is_empty() {
            return None;
        }
        let (task, elapsed) = (short(&self.task), self.started.elapsed());
        let time = duration(elapsed);
        match (success, self.downloaded) {
            (true, Some(size)) => Some(format!("{task}: {} in {time}", bytes(size))),
            (true, None) => Some(format!("{task}: done in {time}")),
            (false, _) => (elapsed >= LINE_EVERY).then(|| format!("{task}: failed after {time}")),
        }
    }

    /// The line for a log, when one is due.
    pub fn log_line(&mut self, new_phase: bool) -> Option<String> {
        let Activity { done, total, .. } = *self;
        let points = (done.saturating_mul(10_000)).checked_div(total).unwrap_or(0);
        let since = self.shown_at.map_or(LINE_EVERY, |at| at.elapsed());
        if !is_due(since, new_phase, points.saturating_sub(self.shown_points)) {
            return None;
        }
        self.shown_at = Some(Instant::now());
        self.shown_points = points;
        let (task, phase, elapsed) = (&self.task, &self.phase, duration(self.started.elapsed()));
        if total == 0 {
            return Some(format!("{task}: {phase} ({elapsed})"));
        }
        let (percent, tenths) = (points / 100, points % 100 / 10);
        let (done, total) = (bytes(done), bytes(total));
        Some(format!("{task}: {phase}, {percent}.{tenths} % ({done} of {total}, {elapsed})"))
    }
}

/// Whether a log gets another line: at a new phase, every 5 %, every 10 s, and never two in a second.
pub(super) fn is_due(since: Duration, new_phase: bool, further: u64) -> bool {
    since >= LINE_GAP && (new_phase || further >= LINE_EVERY_BASIS_POINTS || since >= LINE_EVERY)
}

/// How often a silence as long as this has been worth a line.
pub(super) fn quiet_lines(how_long: Duration) -> u64 {
    how_long.as_secs() / QUIET.as_secs()
}
