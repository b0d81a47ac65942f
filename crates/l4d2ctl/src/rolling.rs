//! The rolling restart as a state machine: what was seen goes in, what to do next comes out. It knows neither clock nor
//! servers, so every order of events can be tried.
//!
//! It holds that no more servers than allowed are down at once; that a server on which somebody plays, or may play, is
//! restarted by its deadline alone; that one which does not come back ends it; and that it ends.

/// How often a server that does not answer is asked, before it is left for later.
const SILENCES: u8 = 3;
/// Seconds between two looks at servers on which somebody plays.
const INTERVAL: u64 = 10;

/// Who is on a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occupancy {
    /// Nobody; bots do not count. A server that does not run is empty.
    Empty,
    /// So many people.
    Players(u8),
    /// The server did not answer.
    Silent,
}

/// What is wanted of one server, in seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Terms {
    /// When it is restarted whoever plays; never, if there is none.
    pub deadline: Option<u64>,
    /// How long before its deadline its players are warned.
    pub warn: u64,
}

/// What to do next; servers are numbered in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Look who is on these.
    Look(Vec<usize>),
    /// Restart these, unless somebody has joined meanwhile.
    RestartEmpty(Vec<usize>),
    /// Warn the players of these until their deadline, then restart them.
    RestartAnyway(Vec<usize>),
    /// Do nothing until then, in seconds.
    Sleep(u64),
    /// Nothing is left to do.
    End,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Waiting { seen: Option<Occupancy>, silences: u8 },
    Done,
}

/// One rolling restart.
#[derive(Debug)]
pub struct Rolling {
    servers: Vec<(Terms, State)>,
    /// Who was seen on each the last time, however long ago.
    last_seen: Vec<Option<Occupancy>>,
    most_down: usize,
    /// Until when it waits for players to leave.
    patience: u64,
    is_over: bool,
}

impl Rolling {
    /// For these servers, of which at most `most_down` are down at once. It waits for players until `patience`.
    pub fn new(servers: impl IntoIterator<Item = Terms>, most_down: usize, patience: u64) -> Rolling {
        let waiting = |terms| (terms, State::Waiting { seen: None, silences: 0 });
        let servers: Vec<_> = servers.into_iter().map(waiting).collect();
        Rolling {
            last_seen: vec![None; servers.len()],
            servers,
            most_down: most_down.max(1),
            patience,
            is_over: false,
        }
    }

    /// What to do now.
    pub fn next(&mut self, now: u64) -> Step {
        if self.is_over || self.waiting().next().is_none() {
            return Step::End;
        }
        let unseen = self.pick(|_, seen| seen.is_none());
        if !unseen.is_empty() {
            return Step::Look(unseen);
        }
        let mut empty = self.pick(|_, seen| seen == Some(Occupancy::Empty));
        if !empty.is_empty() {
            empty.truncate(self.most_down);
            return Step::RestartEmpty(empty);
        }
        let mut due = self.pick(|at, _| self.begin(at).is_some_and(|begin| begin <= now));
        if !due.is_empty() {
            due.truncate(self.most_down);
            return Step::RestartAnyway(due);
        }
        let is_asked_again = |seen, silences| seen == Some(Occupancy::Silent) && silences < SILENCES;
        let silent: Vec<usize> =
            self.waiting().filter(|(_, seen, times)| is_asked_again(*seen, *times)).map(|w| w.0).collect();
        if !silent.is_empty() {
            return Step::Look(silent);
        }
        if now >= self.patience {
            self.is_over = true;
            return Step::End;
        }
        self.forget();
        let next = self.waiting().filter_map(|(at, ..)| self.begin(at)).min().unwrap_or(u64::MAX);
        Step::Sleep((now + INTERVAL).min(next).min(self.patience))
    }

    /// Who was on a server a moment ago.
    pub fn saw(&mut self, server: usize, occupancy: Occupancy) {
        if let Some((_, State::Waiting { seen, silences })) = self.servers.get_mut(server) {
            // Counted until the next look at all: one that answers every other time is not asked for ever.
            *silences = silences.saturating_add(u8::from(occupancy == Occupancy::Silent));
            *seen = Some(occupancy);
            self.last_seen[server] = Some(occupancy);
        }
    }

    /// A server was restarted and answers. That took a while, so the others are looked at again.
    pub fn answered(&mut self, server: usize) {
        if let Some((_, state)) = self.servers.get_mut(server) {
            *state = State::Done;
        }
        self.forget();
    }

    /// A server is not to be restarted any more.
    pub fn withdraw(&mut self, server: usize) {
        if let Some((_, state)) = self.servers.get_mut(server) {
            *state = State::Done;
        }
    }

    /// No server is touched any more: one did not come back, or somebody cancelled.
    pub fn stop(&mut self) {
        self.is_over = true;
    }

    /// The servers that were not restarted, and who was seen on them last.
    pub fn left(&self) -> Vec<(usize, Option<Occupancy>)> {
        self.waiting().map(|(at, ..)| (at, self.last_seen[at])).collect()
    }

    fn forget(&mut self) {
        for (_, state) in &mut self.servers {
            if let State::Waiting { seen, silences } = state {
                *seen = None;
                *silences = 0;
            }
        }
    }

    /// When the restart of a server begins, whoever plays.
    fn begin(&self, server: usize) -> Option<u64> {
        let (terms, _) = self.servers.get(server)?;
        Some(terms.deadline?.saturating_sub(terms.warn))
    }

    fn pick(&self, wanted: impl Fn(usize, Option<Occupancy>) -> bool) -> Vec<usize> {
        self.waiting().filter(|(at, seen, _)| wanted(*at, *seen)).map(|(at, ..)| at).collect()
    }

    fn waiting(&self) -> impl Iterator<Item = (usize, Option<Occupancy>, u8)> + '_ {
        self.servers.iter().enumerate().filter_map(|(at, (_, state))| match state {
            State::Waiting { seen, silences } => Some((at, *seen, *silences)),
            State::Done => None,
        })
    }
}

#[cfg(test)]
mod tests;
