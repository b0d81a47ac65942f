//! Lines for a log: few, and each with all that there is to know.

use super::activity::Activity;
use crate::say;
use left4me::report::{Progress, Reporter};
use std::cell::RefCell;
use std::time::Duration;

/// At most one line per second, and at least one per 10 seconds or 5 percent.
#[derive(Default)]
pub struct Log {
    pub(super) activity: RefCell<Activity>,
}

impl Reporter for Log {
    fn result(&self, text: &str) {
        say::line(text);
    }

    fn problem(&self, text: &str) {
        say::problem(text);
    }

    fn note(&self, text: &str) {
        say::problem(text);
    }

    fn attempt(&self, task: &str) {
        self.activity.take();
        self.activity.borrow_mut().start(task);
        say::problem(&format!("{task}: started"));
    }

    fn progress(&self, progress: Progress) {
        let mut activity = self.activity.borrow_mut();
        activity.start(progress.task);
        let new_phase = activity.update(&progress);
        if let Some(line) = activity.log_line(new_phase) {
            say::problem(&line);
        }
    }

    fn idle(&self, how_long: Duration) {
        if let Some(notice) = self.activity.borrow_mut().idle_notice(how_long) {
            say::problem(&notice);
        }
    }

    fn finished(&self, success: bool) {
        if let Some(outcome) = self.activity.take().outcome(success) {
            say::problem(&outcome);
        }
    }
}
