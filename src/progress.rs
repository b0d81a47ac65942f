//! Progress for whoever watches: bars on a terminal, sparse lines in a log, JSON for a program.

mod bar;
mod line;
mod now;
mod rate;
#[cfg(test)]
mod tests;

use crate::say;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use left4me::printable;
use left4me_steam::ladder::Rung;
use left4me_steam::output::Event;
use now::Now;
use serde_json::json;
use std::cell::RefCell;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

pub use crate::cli::Mode;
pub use line::columns;

/// Silence after which a line says that nothing moves; again after each further such time.
const QUIET: Duration = Duration::from_secs(60);
const JSON_GAP: Duration = Duration::from_millis(200);
/// As often as indicatif draws; to put a line together that nobody sees costs more than to hear one.
const BAR_GAP: Duration = Duration::from_millis(100);
/// Of a phase, which is SteamCMD's own words.
const LONGEST_PHASE: usize = 60;

/// Where progress goes.
pub struct Progress {
    sink: Sink,
    now: RefCell<Now>,
}

enum Sink {
    Bars(MultiProgress),
    Lines,
    Json,
    Silent,
}

impl Progress {
    pub fn new(mode: Mode) -> Progress {
        let sink = match mode {
            Mode::Auto if std::io::stderr().is_terminal() => Progress::bars(),
            Mode::Bar => Progress::bars(),
            Mode::Auto | Mode::Plain => Sink::Lines,
            Mode::Json => Sink::Json,
        };
        Progress::with(sink)
    }

    /// For runs whose standard output is one JSON document.
    pub fn silent() -> Progress {
        Progress::with(Sink::Silent)
    }

    fn bars() -> Sink {
        Sink::Bars(MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10)))
    }

    fn with(sink: Sink) -> Progress {
        Progress { sink, now: RefCell::new(Now::new()) }
    }

    /// A line of the run's result, on standard output.
    pub fn line(&self, text: &str) {
        match &self.sink {
            Sink::Bars(bars) => bars.suspend(|| say::line(text)),
            Sink::Lines => say::line(text),
            Sink::Json => self.json(json!({"event": "message", "text": text})),
            Sink::Silent => {}
        }
    }

    /// A line of the run's result that an operator must not miss: on standard error, also when quiet.
    pub fn problem(&self, text: &str) {
        match &self.sink {
            Sink::Json => self.json(json!({"event": "problem", "text": text})),
            _ => self.note(text),
        }
    }

    /// Something worth knowing on the way, on standard error.
    pub fn note(&self, text: &str) {
        match &self.sink {
            Sink::Bars(bars) => bars.suspend(|| say::problem(text)),
            Sink::Lines | Sink::Silent => say::problem(text),
            Sink::Json => self.json(json!({"event": "note", "text": text})),
        }
    }

    /// Does `work` with the terminal to itself.
    pub fn pause<T>(&self, work: impl FnOnce() -> T) -> T {
        match &self.sink {
            Sink::Bars(bars) => bars.suspend(work),
            _ => work(),
        }
    }

    /// SteamCMD's own tarball: bytes so far, of so many.
    pub fn download(&self, done: u64, total: Option<u64>) {
        self.begin("SteamCMD");
        self.moved("downloading", done, total.unwrap_or(0));
    }

    /// It is over; whether it succeeded.
    pub fn download_ended(&self, well: bool) {
        self.end(Some(well));
    }

    /// An attempt of the install starts; `windows`: the way goes through the Windows files.
    pub fn rung(&self, rung: Rung, windows: bool) {
        let title = match rung {
            Rung::Bootstrap => "client update".to_owned(),
            Rung::Windows { .. } => "game, pass 1 of 2 (windows files first)".to_owned(),
            Rung::Linux { .. } if windows => "game, pass 2 of 2 (linux)".to_owned(),
            Rung::Linux { .. } | Rung::Seeded { .. } => format!("game ({rung})"),
            Rung::Offer => rung.to_string(),
        };
        self.end(None);
        self.begin(&title);
        match &self.sink {
            Sink::Json => self.json(json!({"event": "attempt", "title": title})),
            Sink::Lines => say::problem(&format!("{title}: started")),
            Sink::Bars(_) | Sink::Silent => {}
        }
    }

    /// The attempt is over; whether it succeeded.
    pub fn rung_ended(&self, well: bool) {
        self.end(Some(well));
    }

    /// Something that SteamCMD said.
    pub fn event(&self, event: &Event) {
        match event {
            Event::Bootstrap { phase, kib: Some((done, total)), .. } => {
                self.moved(phase, done.saturating_mul(1024), total.saturating_mul(1024))
            }
            Event::Bootstrap { phase, percent, .. } => self.moved(phase, u64::from(percent.unwrap_or(0)), 0),
            Event::Update { phase, done, total, .. } => self.moved(phase, *done, *total),
            Event::Retrying => self.moved("connecting to Steam, again", 0, 0),
            Event::LoggedIn => self.moved("logged in", 0, 0),
            Event::ConfirmInApp => self.note("confirm the login in the Steam app on your phone"),
            _ => {}
        }
    }

    /// Nothing has moved for this long.
    pub fn quiet(&self, how_long: Duration) {
        let times = quiet_lines(how_long);
        self.now.borrow_mut().draw();
        // Less than before: something has moved meanwhile.
        if times > std::mem::replace(&mut self.now.borrow_mut().quiet_said, times) {
            let title = self.now.borrow().title.clone();
            self.note(&format!("{title}: no progress for {} s", how_long.as_secs()));
        }
    }

    fn begin(&self, title: &str) {
        let mut now = self.now.borrow_mut();
        if now.title == title {
            return;
        }
        *now = Now::new();
        (now.title, now.bar) = (title.to_owned(), self.new_bar());
    }

    fn new_bar(&self) -> Option<ProgressBar> {
        let Sink::Bars(bars) = &self.sink else { return None };
        let bar = bars.add(ProgressBar::no_length());
        if let Ok(style) = ProgressStyle::with_template("{msg}") {
            bar.set_style(style);
        }
        Some(bar)
    }

    /// Leaves one line of what is over; of what was only replaced, none.
    fn end(&self, well: Option<bool>) {
        let mut now = self.now.borrow_mut();
        if let Some(bar) = now.bar.take() {
            bar.finish_and_clear();
        }
        let ended = std::mem::replace(&mut *now, Now::new());
        let is_shown = matches!(self.sink, Sink::Bars(_) | Sink::Lines) && !ended.title.is_empty();
        if let Some(outcome) = well.filter(|_| is_shown).and_then(|well| ended.outcome(well)) {
            say::problem(&outcome);
        }
    }

    /// The phase and how far it is; `total` 0: not known.
    fn moved(&self, phase: &str, done: u64, total: u64) {
        let mut now = self.now.borrow_mut();
        let new_phase = now.take(&printable::bounded(phase, LONGEST_PHASE), done, total);
        match &self.sink {
            Sink::Bars(_) if new_phase || done == total || !now.is_soon(BAR_GAP) => now.draw(),
            Sink::Lines => now.line(new_phase),
            Sink::Json if new_phase || done == total || !now.is_soon(JSON_GAP) => {
                now.line_at = Some(Instant::now());
                let (title, total) = (now.title.clone(), (total > 0).then_some(total));
                let elapsed = now.started.elapsed().as_secs();
                drop(now);
                self.json(json!({"event": "progress", "title": title, "phase": phase, "done": done, "total": total, "elapsed": elapsed}));
            }
            _ => {}
        }
    }

    fn json(&self, mut event: serde_json::Value) {
        event["schema"] = 1.into();
        say::object(&event);
    }
}

/// How often a silence as long as this has been worth a line.
fn quiet_lines(how_long: Duration) -> u64 {
    how_long.as_secs() / QUIET.as_secs()
}
