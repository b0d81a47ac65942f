//! Notes alone, on standard error, for runs whose standard output is one JSON document.

use super::activity::Activity;
use crate::say;
use left4me::report::{Progress, Reporter};
use std::cell::RefCell;
use std::time::Duration;

#[derive(Default)]
pub struct Notes {
    pub(super) activity: RefCell<Activity>,
}

impl Reporter for Notes {
    fn result(&self, _text: &str) {}

    fn problem(&self, text: &str) {
        say::problem(text);
    }

    fn note(&self, text: &str) {
        say::problem(text);
    }

    fn attempt(&self, task: &str) {
        self.activity.take();
        self.activity.borrow_mut().start(task);
    }

    fn progress(&self, progress: Progress) {
        let mut activity = self.activity.borrow_mut();
        activity.start(progress.task);
        activity.update(&progress);
    }

    fn idle(&self, how_long: Duration) {
        if let Some(notice) = self.activity.borrow_mut().idle_notice(how_long) {
            say::problem(&notice);
        }
    }

    fn finished(&self, _success: bool) {
        self.activity.take();
    }
}
