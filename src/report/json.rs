//! One JSON object per line, on standard output.

use super::activity::Activity;
use crate::say;
use left4me::report::{Progress, Reporter};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::time::{Duration, Instant};

const GAP: Duration = Duration::from_millis(200);

#[derive(Default)]
pub struct Json {
    activity: RefCell<Activity>,
}

impl Reporter for Json {
    fn result(&self, text: &str) {
        print(json!({"event": "message", "text": text}));
    }

    fn problem(&self, text: &str) {
        print(json!({"event": "problem", "text": text}));
    }

    fn note(&self, text: &str) {
        print(json!({"event": "note", "text": text}));
    }

    fn attempt(&self, task: &str) {
        self.activity.take();
        self.activity.borrow_mut().start(task);
        print(json!({"event": "attempt", "title": task}));
    }

    fn progress(&self, progress: Progress) {
        let mut activity = self.activity.borrow_mut();
        activity.start(progress.task);
        let new_phase = activity.update(&progress);
        let Progress { task, phase, done, total, .. } = progress;
        if new_phase || done == total || !activity.was_shown_within(GAP) {
            activity.shown_at = Some(Instant::now());
            let (total, elapsed) = ((total > 0).then_some(total), activity.started.elapsed().as_secs());
            print(
                json!({"event": "progress", "title": task, "phase": phase, "done": done, "total": total, "elapsed": elapsed}),
            );
        }
    }

    fn idle(&self, how_long: Duration) {
        if let Some(notice) = self.activity.borrow_mut().idle_notice(how_long) {
            self.note(&notice);
        }
    }

    fn finished(&self, _success: bool) {
        self.activity.take();
    }
}

fn print(mut event: Value) {
    event["schema"] = 1.into();
    say::object(&event);
}
