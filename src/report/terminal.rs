//! Bars on a terminal.

use super::activity::Activity;
use super::line;
use crate::say;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use left4me::report::{Progress, Reporter};
use left4me::terminal;
use std::cell::RefCell;
use std::time::{Duration, Instant};

/// As often as indicatif draws; to put a line together that nobody sees costs more than to hear one.
const GAP: Duration = Duration::from_millis(100);

/// One bar for what is under way, and above it what was said.
pub struct Terminal {
    bars: MultiProgress,
    bar: RefCell<Option<ProgressBar>>,
    activity: RefCell<Activity>,
}

impl Terminal {
    pub fn new() -> Terminal {
        Terminal {
            bars: MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10)),
            bar: RefCell::new(None),
            activity: RefCell::new(Activity::default()),
        }
    }

    fn start(&self, task: &str) {
        let mut activity = self.activity.borrow_mut();
        if !activity.start(task) {
            return;
        }
        let bar = self.bars.add(ProgressBar::no_length());
        if let Ok(style) = ProgressStyle::with_template("{msg}") {
            bar.set_style(style);
        }
        *self.bar.borrow_mut() = Some(bar);
    }

    fn end(&self) -> Activity {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        self.activity.take()
    }

    /// One line that is ours from end to end, as wide as the terminal is now; indicatif draws it.
    fn draw(&self, activity: &mut Activity) {
        let Some(bar) = &*self.bar.borrow() else { return };
        activity.shown_at = Some(Instant::now());
        // One column stays free: what fills the last one leaves the cursor nowhere.
        bar.set_message(line::fit(width() - 1, &activity.moment()));
    }
}

impl Reporter for Terminal {
    fn result(&self, text: &str) {
        self.bars.suspend(|| say::line(text));
    }

    fn problem(&self, text: &str) {
        self.note(text);
    }

    fn note(&self, text: &str) {
        self.bars.suspend(|| say::problem(text));
    }

    fn attempt(&self, task: &str) {
        self.end();
        self.start(task);
    }

    fn progress(&self, progress: Progress) {
        self.start(progress.task);
        let mut activity = self.activity.borrow_mut();
        let new_phase = activity.update(&progress);
        if new_phase || progress.done == progress.total || !activity.was_shown_within(GAP) {
            self.draw(&mut activity);
        }
    }

    fn idle(&self, how_long: Duration) {
        // Without its borrow: a note draws too.
        let notice = {
            let mut activity = self.activity.borrow_mut();
            self.draw(&mut activity);
            activity.idle_notice(how_long)
        };
        if let Some(notice) = notice {
            self.note(&notice);
        }
    }

    fn finished(&self, success: bool) {
        if let Some(outcome) = self.end().outcome(success) {
            say::problem(&outcome);
        }
    }

    fn suspend(&self, work: &mut dyn FnMut()) {
        self.bars.suspend(work);
    }
}

/// Columns of the terminal; a serial line that knows no size (0 by 0) counts as indicatif counts it.
fn width() -> usize {
    terminal::size(std::io::stderr()).map_or(80, |(columns, _)| columns)
}
