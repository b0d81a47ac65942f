//! Against servers that refuse, ban, stall, hang up and send more than is good.

use super::*;
use left4me_test_support::rcon::{self, packet, properly};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const PATIENCE: Duration = Duration::from_secs(20);
/// For what never comes.
const SHORT: Duration = Duration::from_millis(50);

fn serve(answer: impl Fn(i32, i32, &[u8]) -> Option<Vec<u8>> + Send + 'static) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    (listener.local_addr().unwrap().port(), rcon::serve(listener, answer))
}

fn open(port: u16, password: &str, timeout: Duration) -> Result<Console> {
    let name = InstanceName::parse("a").unwrap();
    Console::connect(&name, port, &[Ipv4Addr::LOCALHOST], password, timeout)
}

#[test]
fn commands_and_their_replies() {
    let (port, _) = serve(properly);
    let mut console = open(port, "secret", PATIENCE).unwrap();
    assert_eq!(console.run("status").unwrap(), "status");
    let long = console.run("long").unwrap();
    assert_eq!((long.len(), &long[..2], &long[399_998..]), (400_000, "aa", "vv"));
    assert_eq!(console.run("").unwrap(), "");
    // Ids begin again where they would become negative.
    console.next_id = i32::MAX - 1;
    for command in ["one", "two"] {
        assert_eq!(console.run(command).unwrap(), command);
    }
    assert_eq!(console.run("a\nb").unwrap_err().kind(), left4me::ErrorKind::Usage);
    let ended = console.run("quit").unwrap_err();
    assert_eq!(ended.message(), "'a' closed the connection without a whole reply");
}

#[test]
fn a_login_that_fails_is_not_sent_again() {
    let (port, calls) = serve(properly);
    let refused = open(port, "wrong", PATIENCE).unwrap_err();
    assert_eq!(refused.message(), "'a' refused the rcon password");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    let (port, calls) = serve(|_, _, _| None);
    let banned = open(port, "secret", PATIENCE).unwrap_err();
    assert_eq!(banned.message(), "'a' closed the connection at the login");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    let (port, calls) = serve(|_, _, _| Some(Vec::new()));
    let silent = open(port, "secret", SHORT).unwrap_err();
    assert_eq!(silent.message(), "'a' did not answer the login within 0.05 s");
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let closed = open(free, "secret", PATIENCE).unwrap_err();
    assert_eq!(closed.message(), format!("'a' accepts no RCON connection on port {free}"));
}

#[test]
fn what_does_not_come_is_an_error_and_a_part_is_a_part() {
    let logged_in = |id, kind, body: &[u8], rest: Vec<u8>| {
        if kind == 3 { properly(id, kind, body) } else { Some(rest) }
    };
    let (port, _) = serve(move |id, kind, body| logged_in(id, kind, body, Vec::new()));
    let mut console = open(port, "secret", SHORT).unwrap();
    assert_eq!(console.run("x").unwrap_err().message(), "'a' did not reply within 0.05 s");
    // No marker, as some other games' servers.
    let (port, _) =
        serve(|id, kind, body| if kind == 0 { Some(Vec::new()) } else { properly(id, kind, body) });
    let mut console = open(port, "secret", Duration::from_millis(300)).unwrap();
    assert_eq!(console.run("status").unwrap(), "status");
    // Garbage, and more than anybody wants.
    let (port, _) = serve(move |id, kind, body| logged_in(id, kind, body, b"HTTP/1.1 400 Bad".to_vec()));
    let garbled = open(port, "secret", PATIENCE).unwrap().run("x").unwrap_err();
    assert!(garbled.message().starts_with("what answered is no RCON server"), "{garbled}");
    let (port, _) = serve(|id, kind, body| match kind {
        3 => properly(id, kind, body),
        _ => Some(packet(id, 0, &[b'x'; 60_000]).repeat(100)),
    });
    let endless = open(port, "secret", PATIENCE).unwrap().run("x").unwrap_err();
    assert!(endless.message().starts_with("the reply is longer than"), "{endless}");
}
