//! Progress for whoever watches: bars on a terminal, sparse lines in a log, JSON for a program.

mod bar;
mod line;
#[cfg(test)]
mod tests;

use crate::say;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use left4me_setup::steamcmd::ladder::Rung;
use left4me_setup::steamcmd::output::Event;
use line::{Moment, bytes, duration};
use serde_json::json;
use std::cell::RefCell;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

pub use crate::cli::Mode;

/// Silence after which a line says that nothing moves; again after each further such time.
const QUIET: Duration = Duration::from_secs(60);
const LINE_EVERY: Duration = Duration::from_secs(10);
/// What changes faster than this is over before it can be read.
const LINE_GAP: Duration = Duration::from_secs(1);
const JSON_GAP: Duration = Duration::from_millis(200);
/// As often as indicatif draws; to put a line together that nobody sees costs more than to hear one.
const BAR_GAP: Duration = Duration::from_millis(100);
const LINE_EVERY_BASIS_POINTS: u64 = 500;

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

/// What is under way.
struct Now {
    bar: Option<ProgressBar>,
    /// "pass 1 of 2", or what stands for it.
    title: String,
    phase: String,
    started: Instant,
    line_at: Option<Instant>,
    line_points: u64,
    quiet_said: u64,
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
        let now = Now {
            bar: None,
            title: String::new(),
            phase: String::new(),
            started: Instant::now(),
            line_at: None,
            line_points: 0,
            quiet_said: 0,
        };
        Progress { sink, now: RefCell::new(now) }
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

    pub fn download_done(&self) {
        self.end();
    }

    /// An attempt of the install starts; `windows`: the way goes through the Windows files.
    pub fn rung(&self, rung: Rung, windows: bool) {
        let title = match rung {
            Rung::Bootstrap => "client update".to_owned(),
            Rung::Windows => "game, pass 1 of 2 (windows files first)".to_owned(),
            Rung::Linux { .. } if windows => "game, pass 2 of 2 (linux)".to_owned(),
            Rung::Linux { .. } => format!("game ({rung})"),
        };
        self.end();
        self.begin(&title);
        match &self.sink {
            Sink::Json => self.json(json!({"event": "attempt", "title": title})),
            Sink::Lines => say::problem(&format!("{title}: started")),
            Sink::Bars(_) | Sink::Silent => {}
        }
    }

    pub fn rung_ended(&self) {
        self.end();
    }

    /// Something that SteamCMD said.
    pub fn event(&self, event: &Event) {
        self.now.borrow_mut().quiet_said = 0;
        match event {
            Event::Bootstrap { phase, kib: Some((done, total)), .. } => {
                self.moved(phase, done * 1024, total * 1024)
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
        if let Some(bar) = &self.now.borrow().bar {
            bar.tick();
        }
        if times > self.now.borrow().quiet_said {
            self.now.borrow_mut().quiet_said = times;
            let title = self.now.borrow().title.clone();
            self.note(&format!("{title}: no progress for {} s", how_long.as_secs()));
        }
    }

    fn begin(&self, title: &str) {
        let mut now = self.now.borrow_mut();
        if now.title == title {
            return;
        }
        title.clone_into(&mut now.title);
        now.phase.clear();
        now.started = Instant::now();
        now.line_at = None;
        now.line_points = 0;
        if let Sink::Bars(bars) = &self.sink {
            let bar = bars.add(ProgressBar::no_length());
            if let Ok(style) = ProgressStyle::with_template("{msg}") {
                bar.set_style(style);
            }
            now.bar = Some(bar);
        }
    }

    fn end(&self) {
        let mut now = self.now.borrow_mut();
        if let Some(bar) = now.bar.take() {
            bar.abandon();
        }
        if matches!(self.sink, Sink::Lines) && !now.title.is_empty() {
            say::problem(&format!("{}: ended after {}", now.title, duration(now.started.elapsed())));
        }
        now.title.clear();
    }

    /// The phase and how far it is; `total` 0: not known.
    fn moved(&self, phase: &str, done: u64, total: u64) {
        let mut now = self.now.borrow_mut();
        let new_phase = now.phase != phase;
        phase.clone_into(&mut now.phase);
        match &self.sink {
            Sink::Bars(_) => {
                if !new_phase && done != total && now.is_soon(BAR_GAP) {
                    return;
                }
                now.line_at = Some(Instant::now());
                if let Some(bar) = &now.bar {
                    let (title, elapsed) = (now.title.as_str(), now.started.elapsed());
                    bar::show(bar, Moment { title, phase, done, total, elapsed, ..Moment::start() });
                }
            }
            Sink::Lines => now.line(new_phase, done, total),
            Sink::Json => {
                if !new_phase && done != total && now.is_soon(JSON_GAP) {
                    return;
                }
                now.line_at = Some(Instant::now());
                let (title, total) = (now.title.clone(), (total > 0).then_some(total));
                let elapsed = now.started.elapsed().as_secs();
                drop(now);
                self.json(json!({"event": "progress", "title": title, "phase": phase, "done": done, "total": total, "elapsed": elapsed}));
            }
            Sink::Silent => {}
        }
    }

    fn json(&self, mut event: serde_json::Value) {
        event["schema"] = 1.into();
        say::line(&event.to_string());
    }
}

impl Now {
    /// Whether the last line is younger than this.
    fn is_soon(&self, gap: Duration) -> bool {
        self.line_at.is_some_and(|at| at.elapsed() < gap)
    }

    fn line(&mut self, new_phase: bool, done: u64, total: u64) {
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
fn is_due(since: Duration, new_phase: bool, further: u64) -> bool {
    since >= LINE_GAP && (new_phase || further >= LINE_EVERY_BASIS_POINTS || since >= LINE_EVERY)
}

/// How often a silence as long as this has been worth a line.
fn quiet_lines(how_long: Duration) -> u64 {
    how_long.as_secs() / QUIET.as_secs()
}
