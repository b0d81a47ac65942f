//! The socket half of A2S: ask a server on this machine who it is, without becoming a nuisance.
//!
//! An engine for Linux does not answer on 127.0.0.1 but at the machine's own address; one may be bound to a
//! single address. So all where it is likely are asked at once, and the one that answered is remembered. The
//! engine counts the datagrams of each source address and drops those above three a second: a question, which
//! takes two with its challenge, is asked once a second at most, and one that is not answered says nothing.

use crate::addresses;
use left4me::Error;
use left4me::a2s::{self, Info, Player, Question, Reply};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::AsFd;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Between two questions to one server.
const INTERVAL: Duration = Duration::from_secs(1);
/// Time for a question, for a second one, and for a slow answer to that.
const TWO_TRIES: Duration = Duration::from_millis(1400);

/// Each takes a socket.
const MOST_ELSEWHERE: usize = 62;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoAnswer {
    /// Nobody has the port; the question reached no one.
    Closed,
    /// Somebody may have it, and said nothing so far.
    Quiet,
    /// What came is no answer.
    Garbled(Error),
}

/// The servers that this process has asked, by port.
#[derive(Debug, Default)]
pub struct Servers {
    known: Mutex<BTreeMap<u16, Server>>,
    /// Where a server likely answers, the same for all.
    likely: OnceLock<Vec<Ipv4Addr>>,
}

impl Servers {
    /// What the server on `port` says; nothing after two silences, or at once where nobody has the port.
    pub fn info(&self, port: u16) -> Option<Info> {
        self.with(port, |server| server.query(TWO_TRIES).ok())
    }

    /// Who plays on the server on `port`.
    pub fn players(&self, port: u16) -> Option<Vec<Player>> {
        self.with(port, |server| server.players(TWO_TRIES).ok())
    }

    fn with<T>(&self, port: u16, ask: impl FnOnce(&mut Server) -> T) -> T {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = known().remove(&port);
        let mut server = earlier.unwrap_or_else(|| {
            Server::at(port, self.likely.get_or_init(addresses::likely), Some(addresses::elsewhere))
        });
        let answer = ask(&mut server);
        known().insert(port, server);
        answer
    }
}

/// The addresses of this machine other than these.
type Elsewhere = fn(&[Ipv4Addr]) -> Vec<Ipv4Addr>;

/// One server, and where it answered.
#[derive(Debug)]
pub struct Server {
    port: u16,
    /// The last one.
    question: Question,
    endpoints: Vec<Endpoint>,
    likely: Vec<Ipv4Addr>,
    /// Finds the addresses that are asked only when nobody answers at the likely ones; `None` once they are.
    elsewhere: Option<Elsewhere>,
    /// The endpoint that answered the last question.
    answered_by: Option<usize>,
    /// Whether the last question went to every endpoint.
    is_to_all: bool,
    /// When it was asked last; never, as long as no question reached anyone.
    asked: Option<Instant>,
}

/// The conversation with one address.
#[derive(Debug)]
struct Endpoint {
    socket: UdpSocket,
    /// Repeated with the next question, which then takes one datagram.
    challenge: Option<[u8; 4]>,
    is_waiting: bool,
    /// A new challenge is followed once for each question; more would be a game of its own.
    may_follow: bool,
}

impl Server {
    /// The server that has `port` on this machine.
    pub fn new(port: u16) -> Server {
        Server::at(port, &addresses::likely(), Some(addresses::elsewhere))
    }

    fn at(port: u16, likely: &[Ipv4Addr], elsewhere: Option<Elsewhere>) -> Server {
        let endpoints = likely.iter().filter_map(|address| Endpoint::open(*address, port).ok()).collect();
        Server {
            port,
            question: Question::Info,
            endpoints,
            likely: likely.to_vec(),
            elsewhere,
            answered_by: None,
            is_to_all: false,
            asked: None,
        }
    }

    /// Whether it may be asked again.
    pub fn is_due(&self) -> bool {
        self.asked.is_none_or(|asked| asked.elapsed() >= INTERVAL)
    }

    /// Waits for an answer, asking whenever it is due, until `patience` ends; where nobody has the port, it
    /// returns at once.
    pub fn query(&mut self, patience: Duration) -> Result<Info, NoAnswer> {
        let is_info = |reply| if let Reply::Info(info) = reply { Some(info) } else { None };
        self.put(Question::Info, patience, is_info)
    }

    /// Who plays; waits as [`Server::query`] does.
    pub fn players(&mut self, patience: Duration) -> Result<Vec<Player>, NoAnswer> {
        if self.answered_by.is_some() {
            // The question before took two datagrams at most, so there is room for one that repeats its challenge.
            self.asked = None;
        }
        let are_players = |reply| if let Reply::Players(players) = reply { Some(players) } else { None };
        self.put(Question::Players, patience, are_players)
    }

    fn put<T>(
        &mut self,
        question: Question,
        patience: Duration,
        wanted: impl Fn(Reply) -> Option<T>,
    ) -> Result<T, NoAnswer> {
        self.question = question;
        let deadline = Instant::now() + patience;
        let mut no_answer = NoAnswer::Quiet;
        loop {
            if self.is_due() {
                self.ask();
            }
            if !self.endpoints.iter().any(|endpoint| endpoint.is_waiting) && !self.ask_the_rest() {
                self.asked = None;
                return Err(NoAnswer::Closed);
            }
            let now = Instant::now();
            if now >= deadline {
                return Err(no_answer);
            }
            let next = self.asked.map_or(deadline, |asked| deadline.min(asked + INTERVAL));
            for at in self.readable(next.saturating_duration_since(now)) {
                match self.endpoints[at].receive(question).map(|reply| reply.and_then(&wanted)) {
                    Ok(Some(answer)) => {
                        self.answered_by = Some(at);
                        return Ok(answer);
                    }
                    Ok(None) => {}
                    Err(error) => no_answer = NoAnswer::Garbled(error),
                }
            }
        }
    }

    /// One question: to the one who answered the last, or to everyone.
    fn ask(&mut self) {
        let answered_by = self.answered_by.take();
        if answered_by.is_none() && self.asked.is_some() {
            self.open_elsewhere();
        }
        for (at, endpoint) in self.endpoints.iter_mut().enumerate() {
            endpoint.is_waiting = answered_by.is_none_or(|answered_by| answered_by == at)
                && endpoint.ask(self.question).is_ok();
        }
        self.is_to_all = answered_by.is_none();
        self.asked = Some(Instant::now());
    }

    /// Asks where it was not asked yet, after refusals from everywhere else; whether there was such a place.
    fn ask_the_rest(&mut self) -> bool {
        let begin = if self.is_to_all { self.endpoints.len() } else { 0 };
        self.is_to_all = true;
        self.open_elsewhere();
        self.endpoints[begin..]
            .iter_mut()
            .for_each(|endpoint| endpoint.is_waiting = endpoint.ask(self.question).is_ok());
        self.endpoints[begin..].iter().any(|endpoint| endpoint.is_waiting)
    }

    fn open_elsewhere(&mut self) {
        let Some(elsewhere) = self.elsewhere.take() else { return };
        let addresses = elsewhere(&self.likely).into_iter().take(MOST_ELSEWHERE);
        self.endpoints.extend(addresses.filter_map(|address| Endpoint::open(address, self.port).ok()));
    }

    /// The endpoints on which something came within this time.
    fn readable(&self, patience: Duration) -> Vec<usize> {
        let waiting: Vec<usize> =
            (0..self.endpoints.len()).filter(|at| self.endpoints[*at].is_waiting).collect();
        let fd = |at: &usize| PollFd::new(self.endpoints[*at].socket.as_fd(), PollFlags::POLLIN);
        let mut fds: Vec<PollFd> = waiting.iter().map(fd).collect();
        // A part of a millisecond is none to poll.
        let patience = patience + Duration::from_millis(1);
        let _ = poll(&mut fds, PollTimeout::try_from(patience).unwrap_or(PollTimeout::MAX));
        let is_ready = |fd: &PollFd| fd.any().unwrap_or(true);
        waiting.into_iter().zip(&fds).filter(|(_, fd)| is_ready(fd)).map(|(at, _)| at).collect()
    }
}

impl Endpoint {
    fn open(address: Ipv4Addr, port: u16) -> io::Result<Endpoint> {
        // From the address that is asked: the engine counts each by itself. Connected: the kernel drops the
        // datagrams of strangers and reports a closed port at once.
        let socket = UdpSocket::bind((address, 0))?;
        socket.connect((address, port))?;
        socket.set_nonblocking(true)?;
        Ok(Endpoint { socket, challenge: None, is_waiting: false, may_follow: false })
    }

    fn ask(&mut self, question: Question) -> io::Result<usize> {
        // An answer to an earlier question may be minutes old.
        while self.socket.recv(&mut [0; a2s::MAX_PACKET]).is_ok() {}
        self.may_follow = true;
        self.socket.send(&a2s::question(question, self.challenge))
    }

    fn receive(&mut self, question: Question) -> left4me::Result<Option<Reply>> {
        let mut packet = [0; a2s::MAX_PACKET];
        let length = match self.socket.recv(&mut packet) {
            Ok(length) => length,
            Err(error) => {
                self.is_waiting = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted);
                return Ok(None);
            }
        };
        match a2s::parse(&packet[..length])? {
            Reply::Challenge(challenge) => self.challenge = Some(challenge),
            answer => return Ok(Some(answer)),
        }
        if self.may_follow {
            self.may_follow = false;
            self.is_waiting = self.socket.send(&a2s::question(question, self.challenge)).is_ok();
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
