//! Against servers that are deaf, forgetful, slow or no servers, each at an address of its own.

use super::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// All of 127.0.0.0/8 is this machine's.
const THERE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const FAR: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);
const INFO: &[u8] =
    b"\xff\xff\xff\xffI\x11my server\0c1m1_hotel\0left4dead2\0L4D2\0\x26\x02\x03\x08\x01dl\0\x012.2.4.3\0";
const CHALLENGE: &[u8] = b"\xff\xff\xff\xffA\x01\x02\x03\x04";

/// A server at `addresses` that answers its n-th datagram with `answer(n, datagram)`; how many there were.
fn serve(
    addresses: &[Ipv4Addr],
    answer: impl Fn(usize, &[u8]) -> Option<Vec<u8>> + Clone + Send + 'static,
) -> (u16, Vec<Arc<AtomicUsize>>) {
    let first = UdpSocket::bind((addresses[0], 0)).unwrap();
    let port = first.local_addr().unwrap().port();
    let rest = addresses[1..].iter().map(|address| UdpSocket::bind((*address, port)).unwrap());
    let counts = std::iter::once(first).chain(rest).map(|socket| {
        let (count, answer) = (Arc::new(AtomicUsize::new(0)), answer.clone());
        let counted = Arc::clone(&count);
        std::thread::spawn(move || {
            let mut packet = [0; 64];
            while let Ok((length, from)) = socket.recv_from(&mut packet) {
                let number = counted.fetch_add(1, Ordering::SeqCst);
                if let Some(reply) = answer(number, &packet[..length]) {
                    let _ = socket.send_to(&reply, from);
                }
            }
        });
        count
    });
    (port, counts.collect())
}

/// What a server does: a challenge first.
fn properly(_: usize, packet: &[u8]) -> Option<Vec<u8>> {
    Some(if packet.ends_with(&[1, 2, 3, 4]) { INFO } else { CHALLENGE }.to_vec())
}

fn count(counts: &[Arc<AtomicUsize>]) -> Vec<usize> {
    counts.iter().map(|count| count.load(Ordering::SeqCst)).collect()
}

/// Waits for what another thread is about to do.
fn eventually(is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(20), "it never came");
        std::thread::yield_now();
    }
}

#[test]
fn the_first_valid_answer_wins_and_its_address_is_remembered() {
    let (port, quiet) = serve(&[HERE], |_, _| None);
    let other = UdpSocket::bind((THERE, port)).unwrap();
    let received = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&received);
    std::thread::spawn(move || {
        let mut packet = [0; 64];
        while let Ok((length, from)) = other.recv_from(&mut packet) {
            counted.fetch_add(1, Ordering::SeqCst);
            other.send_to(&properly(0, &packet[..length]).unwrap(), from).unwrap();
        }
    });
    let mut server = Server::at(port, &[HERE, THERE], None);
    let began = Instant::now();
    assert_eq!(server.query(Duration::from_secs(60)).unwrap().hostname, "my server");
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    // The quiet one was asked first, and may take its datagram last.
    eventually(|| count(&quiet) == [1]);
    assert_eq!(received.load(Ordering::SeqCst), 2);
    // The second question waits its turn, goes to that address alone, and needs no new challenge.
    assert!(!server.is_due());
    server.query(Duration::from_secs(60)).unwrap();
    assert!(began.elapsed() >= INTERVAL);
    assert_eq!((count(&quiet), received.load(Ordering::SeqCst)), (vec![1], 3));
}

#[test]
fn one_silence_is_not_down_but_two_are() {
    // The first datagram is lost.
    let (port, _) = serve(&[HERE], |number, packet| properly(0, packet).filter(|_| number > 0));
    let servers = Servers::default();
    assert_eq!(servers.info(port).unwrap().map, "c1m1_hotel");
    let (port, counts) = serve(&[HERE], |_, _| None);
    let began = Instant::now();
    assert_eq!(Server::at(port, &[HERE], None).query(TWO_TRIES), Err(NoAnswer::Quiet));
    assert!(began.elapsed() >= TWO_TRIES);
    assert_eq!(count(&counts), [2]);
}

#[test]
fn a_closed_port_is_no_question_and_no_wait() {
    let port = UdpSocket::bind((HERE, 0)).unwrap().local_addr().unwrap().port();
    let mut server = Server::at(port, &[HERE, THERE], Some(|_| vec![FAR]));
    let began = Instant::now();
    for _ in 0..20 {
        assert_eq!(server.query(Duration::from_secs(60)), Err(NoAnswer::Closed));
        assert!(server.is_due());
    }
    assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
}

#[test]
fn a_server_bound_to_another_address_is_found() {
    let (port, _) = serve(&[FAR], properly);
    let mut server = Server::at(port, &[HERE, THERE], Some(|_| vec![FAR]));
    assert_eq!(server.query(Duration::from_secs(60)).unwrap().players, 3);
    // And one that has gone is looked for everywhere again.
    server.answered_by = Some(0);
    server.asked = None;
    assert!(server.query(Duration::from_secs(60)).is_ok());
}

/// The engine drops what is above three datagrams a second; impatience must not get there.
#[test]
fn a_server_is_asked_once_a_second_however_often_its_answer_is_wanted() {
    // It hands out challenges for ever.
    let (port, counts) = serve(&[HERE, THERE], |_, _| Some(CHALLENGE.to_vec()));
    let mut server = Server::at(port, &[HERE, THERE], None);
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(2500) {
        assert_eq!(server.query(Duration::from_millis(20)), Err(NoAnswer::Quiet));
    }
    let questions = 1 + began.elapsed().as_secs() as usize;
    for count in count(&counts) {
        assert!((2..=questions * 2).contains(&count), "{count} of {questions} questions");
    }
}

#[test]
fn what_is_no_answer_loses_to_one_and_is_named_without() {
    let (port, _) = serve(&[HERE], |_, _| Some(b"HTTP/1.1 400".to_vec()));
    let mut server = Server::at(port, &[HERE], None);
    let Err(NoAnswer::Garbled(error)) = server.query(Duration::from_millis(500)) else { panic!() };
    assert_eq!(error.message(), "the answer is not a Source engine packet");
    let (port, _) = serve(&[HERE], |number, packet| match number {
        0 => Some(b"\xfe\xff\xff\xff\0\0".to_vec()),
        _ => properly(0, packet),
    });
    assert!(Server::at(port, &[HERE], None).query(Duration::from_secs(60)).is_ok());
}

/// The engine hears three datagrams a second: two for the first question, one for the second.
#[test]
fn who_plays_is_asked_at_once_and_with_the_challenge_that_is_known() {
    const PLAYERS: &[u8] = b"\xff\xff\xff\xffD\x01\0Nick\0\x03\0\0\0\0\0\x80?";
    let (port, counts) = serve(&[HERE], |number, packet| match packet.get(4) {
        Some(b'U') if packet.ends_with(&[1, 2, 3, 4]) => Some(PLAYERS.to_vec()),
        // An answer to something else is none.
        Some(b'U') => Some(INFO.to_vec()),
        _ => properly(number, packet),
    });
    let mut server = Server::at(port, &[HERE], None);
    let began = Instant::now();
    server.query(Duration::from_secs(60)).unwrap();
    let nick = Player { name: "Nick".into(), score: 3, seconds: 1 };
    assert_eq!(server.players(Duration::from_secs(60)), Ok(vec![nick]));
    assert!(began.elapsed() < INTERVAL, "{:?}", began.elapsed());
    assert_eq!(count(&counts), [3]);
    assert!(!server.is_due());
    // A challenge that is not known any more.
    let mut other = Server::at(port, &[HERE], None);
    assert_eq!(other.players(Duration::from_millis(50)), Err(NoAnswer::Quiet));
}
