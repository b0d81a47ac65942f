//! `ROOT/restart-queue.json`: servers that are restarted once they are empty, by a timer that looks every minute.

use crate::rolling::Terms;
use crate::when_empty::{End, WhenEmpty};
use crate::{game_lock, instances, local_time};
use left4me::layout::{Layout, RUNTIME_USER};
use left4me::lock::{self, Lock};
use left4me::name::InstanceName;
use left4me::output::{answer, document, note};
use left4me::read::{self, Limit, Links};
use left4me::{Context, Error, Result, atomic};
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::PathBuf;

const SCHEMA: u32 = 1;
const MAX_BYTES: u64 = 1024 * 1024;
/// Until the timer's next look.
const MINUTE: u64 = 60;

/// One queued restart.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct Entry {
    /// The instance.
    pub name: String,
    /// When it was queued, in seconds since 1970.
    pub since: u64,
    /// When it is restarted whoever plays, in seconds since 1970.
    pub deadline: Option<u64>,
    /// How many seconds its players are warned before the deadline.
    pub warn: u64,
    /// How many servers may be down at once.
    pub max_parallel: usize,
    /// How many seconds a restarted server has to answer.
    pub wait: u64,
    /// Why it was not restarted; then no queued restart goes on until this one is cancelled or queued again.
    pub error: Option<String>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Queue {
    schema: u32,
    restarts: Vec<Entry>,
}

/// The file, which the timer's unit waits for.
pub fn path(layout: &Layout) -> PathBuf {
    layout.root().join("restart-queue.json")
}

/// Held by a rolling restart, so that only one takes servers down.
pub fn lock_restarts(layout: &Layout) -> Result<Lock> {
    lock::take(&layout.root().join(".restart.lock"), true, note)
}

/// What is queued, for instances that are still there.
pub fn entries(layout: &Layout) -> Result<Vec<Entry>> {
    let file = path(layout);
    let Some(text) = read::file(&file, Links::Refuse, Limit::Whole(MAX_BYTES))? else {
        return Ok(Vec::new());
    };
    let damaged = || {
        Error::new(format!("{} is damaged", file.display())).hint(format!(
            "move it away and queue the restarts again: sudo -u {RUNTIME_USER} mv {0} {0}.old",
            file.display()
        ))
    };
    let mut queue: Queue = serde_json::from_slice(&text).map_err(|_| damaged())?;
    if queue.schema != SCHEMA {
        return Err(damaged());
    }
    let is_there =
        |entry: &Entry| InstanceName::parse(&entry.name).is_ok_and(|name| instances::exists(layout, &name));
    queue.restarts.retain(is_there);
    Ok(queue.restarts)
}

/// Changes the queue; the file is there only while something is queued.
pub fn edit(layout: &Layout, change: impl FnOnce(&mut Vec<Entry>)) -> Result<()> {
    let _lock = lock::take(&layout.root().join(".restart-queue.lock"), true, |_| ())?;
    let mut restarts = entries(layout)?;
    change(&mut restarts);
    let file = path(layout);
    if restarts.is_empty() {
        return match std::fs::remove_file(&file) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).context(|| format!("cannot remove {}", file.display()))
            }
            _ => Ok(()),
        };
    }
    let text = document(&Queue { schema: SCHEMA, restarts })?;
    atomic::write(&file, text.as_bytes(), 0o640, None)
}

/// Queues these; one that is queued already is queued anew.
pub fn add(layout: &Layout, new: Vec<Entry>) -> Result<()> {
    edit(layout, |restarts| {
        restarts.retain(|entry| new.iter().all(|new| new.name != entry.name));
        restarts.extend(new);
    })
}

/// Cancels these, or all, and says which.
pub fn cancel(layout: &Layout, names: &[InstanceName]) -> Result<()> {
    let queued = entries(layout)?;
    if queued.is_empty() && names.is_empty() {
        note("no restarts are queued");
        return Ok(());
    }
    if let Some(other) = names.iter().find(|name| queued.iter().all(|entry| entry.name != name.as_str())) {
        return Err(Error::new(format!("no restart of '{other}' is queued"))
            .hint("sudo l4d2ctl restart --queued lists what is queued"));
    }
    let is_cancelled =
        |entry: &Entry| names.is_empty() || names.iter().any(|name| name.as_str() == entry.name);
    edit(layout, |restarts| {
        restarts.retain(|entry| !is_cancelled(entry));
    })?;
    let cancelled: Vec<&str> = queued.iter().filter(|e| is_cancelled(e)).map(|e| e.name.as_str()).collect();
    note(&format!("no longer queued: {}", cancelled.join(", ")));
    Ok(())
}

/// Prints what is queued, a line each.
pub fn show(layout: &Layout) -> Result<()> {
    let entries = entries(layout)?;
    if entries.is_empty() {
        note("no restarts are queued");
    }
    entries.iter().try_for_each(|entry| answer(&format!("{}: {}\n", entry.name, entry.describe())))
}

impl Entry {
    /// In words.
    pub fn describe(&self) -> String {
        let since = local_time::show(self.since);
        match (&self.error, self.deadline) {
            (Some(error), _) => format!("queued since {since}, failed: {error}"),
            (None, None) => format!("queued since {since}, for when it is empty"),
            (None, Some(deadline)) => format!(
                "queued since {since}, for when it is empty, at the latest {}",
                local_time::show(deadline)
            ),
        }
    }
}

/// One look at what is queued: restarts those that are empty, or due. A failure holds up the rest, because the reason
/// may be theirs too.
pub fn run(layout: &Layout) -> Result<()> {
    let Ok(_lock) = lock::take(&layout.root().join(".restart.lock"), false, |_| ()) else { return Ok(()) };
    // Deleted instances leave the queue.
    edit(layout, |_| ())?;
    let entries = entries(layout)?;
    if entries.is_empty()
        || entries.iter().any(|entry| entry.error.is_some())
        || game_lock::take(layout).is_err()
    {
        return Ok(());
    }
    let server = |entry: &Entry| {
        let name = InstanceName::parse(&entry.name).ok()?;
        Some((name, Terms { deadline: entry.deadline, warn: entry.warn }))
    };
    let now = local_time::now();
    let begin = |entry: &Entry| Some(entry.deadline?.saturating_sub(entry.warn));
    let soon = entries.iter().filter_map(begin).filter(|begin| *begin <= now + MINUTE).max();
    let is_queued = |name: &InstanceName| {
        self::entries(layout).is_ok_and(|entries| entries.iter().any(|entry| entry.name == name.as_str()))
    };
    let ended = |name: &InstanceName, result: Result<(), &str>| {
        let edited = edit(layout, |restarts| match result {
            Ok(()) => restarts.retain(|entry| entry.name != name.as_str()),
            Err(why) => restarts
                .iter_mut()
                .filter(|entry| entry.name == name.as_str())
                .for_each(|entry| entry.error = Some(why.to_owned())),
        });
        if let Err(error) = edited {
            error.report("error");
        }
    };
    let restart = WhenEmpty {
        layout,
        servers: entries.iter().filter_map(server).collect(),
        most_down: entries.iter().map(|entry| entry.max_parallel).min().unwrap_or(1),
        patience: soon.unwrap_or_default(),
        wait: entries.iter().map(|entry| entry.wait).max().unwrap_or_default(),
        is_wanted: &is_queued,
        ended: &ended,
    };
    match restart.run()? {
        // They stay queued.
        End::Left(_) => Ok(()),
        end => end.report(),
    }
}
