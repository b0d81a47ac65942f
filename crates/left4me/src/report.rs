//! How a run shows its progress: to a person, to a log or to a program.

use std::time::Duration;

/// How far a task is.
#[derive(Debug, Clone, Copy)]
pub struct Progress<'a> {
    /// What is being done, such as `game (linux)`.
    pub task: &'a str,
    /// Which part of it, such as `downloading`.
    pub phase: &'a str,
    /// Bytes done.
    pub done: u64,
    /// Bytes to do; 0 when that is not known.
    pub total: u64,
    /// These bytes come over the network.
    pub is_download: bool,
}

/// Where a run reports to.
///
/// A reporter that shows no progress needs the first three methods only.
pub trait Reporter {
    /// A line of the run's result.
    fn result(&self, text: &str);

    /// A line of the run's result that an operator must not miss.
    fn problem(&self, text: &str);

    /// Something worth knowing on the way.
    fn note(&self, text: &str);

    /// A new attempt at a task starts; the one before is over.
    fn attempt(&self, _task: &str) {}

    /// How far the task is; starts it if it is another one than before.
    fn progress(&self, _progress: Progress) {}

    /// Nothing has moved for this long; called about once a second.
    fn idle(&self, _how_long: Duration) {}

    /// The task is over.
    fn finished(&self, _success: bool) {}

    /// Does `work` with the terminal to itself.
    fn suspend(&self, work: &mut dyn FnMut()) {
        work();
    }
}

/// Reports nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn result(&self, _text: &str) {}
    fn problem(&self, _text: &str) {}
    fn note(&self, _text: &str) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who shows nothing has no terminal to give away, and the work is done all the same.
    #[test]
    fn suspended_work_is_done_once() {
        let mut count = 0;
        Silent.suspend(&mut || count += 1);
        assert_eq!(count, 1);
    }
}
