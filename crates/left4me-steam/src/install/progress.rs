//! SteamCMD's events as progress of a task.

use crate::install_strategy::Attempt;
use crate::output::Event;
use left4me::report::{Progress, Reporter};

/// The bit of `EAppUpdateState` that stands for "downloading".
const DOWNLOADING: u32 = 0x20;

/// What an attempt is called; `windows`: the Windows files come first.
pub fn task(attempt: Attempt, windows: bool) -> String {
    match attempt {
        Attempt::Bootstrap => "client update".to_owned(),
        Attempt::Windows { .. } => "game, pass 1 of 2 (windows files first)".to_owned(),
        Attempt::Linux { .. } if windows => "game, pass 2 of 2 (linux)".to_owned(),
        Attempt::Linux { .. } | Attempt::Seeded { .. } => format!("game ({attempt})"),
        Attempt::UpdateCheck => attempt.to_string(),
    }
}

/// Reports what an event says about the task.
pub fn report(reporter: &dyn Reporter, task: &str, event: &Event) {
    let progress = |phase, done, total, is_download| {
        reporter.progress(Progress { task, phase, done, total, is_download });
    };
    match event {
        Event::Bootstrap { phase, kib: Some((done, total)), .. } => {
            let is_download = phase.starts_with("Download");
            progress(phase, done.saturating_mul(1024), total.saturating_mul(1024), is_download);
        }
        Event::Bootstrap { phase, percent, .. } => progress(phase, u64::from(percent.unwrap_or(0)), 0, false),
        Event::Update { state, phase, done, total, .. } => {
            progress(phase, *done, *total, state & DOWNLOADING != 0);
        }
        Event::Retrying => progress("connecting to Steam, again", 0, 0, false),
        Event::LoggedIn => progress("logged in", 0, 0, false),
        Event::ConfirmInApp => reporter.note("confirm the login in the Steam app on your phone"),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[derive(Default)]
    struct Seen(RefCell<Vec<String>>);

    impl Reporter for Seen {
        fn result(&self, _text: &str) {}
        fn problem(&self, _text: &str) {}
        fn note(&self, text: &str) {
            self.0.borrow_mut().push(text.to_owned());
        }
        fn progress(&self, Progress { task, phase, done, total, is_download }: Progress) {
            self.0.borrow_mut().push(format!("{task}: {phase} {done}/{total} {is_download}"));
        }
    }

    #[test]
    fn events_as_progress() {
        let bootstrap = |percent, kib| Event::Bootstrap { phase: "Downloading update".into(), percent, kib };
        let update = |state, phase: &str| Event::Update {
            state,
            phase: phase.into(),
            basis_points: 1,
            done: 2,
            total: 3,
        };
        let table = [
            (bootstrap(Some(5), Some((1, 2))), "t: Downloading update 1024/2048 true"),
            (bootstrap(Some(5), None), "t: Downloading update 5/0 false"),
            (bootstrap(None, None), "t: Downloading update 0/0 false"),
            // No download has these figures, and they do no harm.
            (
                bootstrap(Some(255), Some((u64::MAX, u64::MAX))),
                "t: Downloading update 18446744073709551615/18446744073709551615 true",
            ),
            (update(0x61, "downloading"), "t: downloading 2/3 true"),
            (update(0x81, "verifying update"), "t: verifying update 2/3 false"),
            (Event::Retrying, "t: connecting to Steam, again 0/0 false"),
            (Event::LoggedIn, "t: logged in 0/0 false"),
            (Event::ConfirmInApp, "confirm the login in the Steam app on your phone"),
        ];
        for (event, expected) in table {
            let seen = Seen::default();
            report(&seen, "t", &event);
            assert_eq!(seen.0.into_inner(), [expected]);
        }
        let seen = Seen::default();
        report(&seen, "t", &Event::Error("chatter".into()));
        assert!(seen.0.into_inner().is_empty(), "chatter is no progress");
    }
}
