//! A server's RCON for tests that need no engine: each packet of a client's gets an answer.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A packet, in bytes.
pub fn packet(id: i32, kind: i32, body: &[u8]) -> Vec<u8> {
    let size = i32::try_from(10 + body.len()).unwrap_or(i32::MAX);
    [&size.to_le_bytes(), &id.to_le_bytes(), &kind.to_le_bytes(), body, &[0, 0]].concat()
}

/// What a server does: it logs in who has the password "secret", echoes commands in packets of 4000 bytes, hangs up at
/// "quit", and sends a marker back twice.
pub fn properly(id: i32, kind: i32, body: &[u8]) -> Option<Vec<u8>> {
    Some(match (kind, body) {
        (3, b"secret") => [packet(id, 0, b""), packet(id, 2, b"")].concat(),
        (3, _) => [packet(id, 0, b""), packet(-1, 2, b"")].concat(),
        (2, b"long") => (0..100).flat_map(|part| packet(id, 0, &[b'a' + part % 26; 4000])).collect(),
        (2, b"quit") => return None,
        (2, command) => packet(id, 0, command),
        _ => [packet(id, 0, b""), packet(id, 0, b"\0\0\0\x01\0\0\0\0")].concat(),
    })
}

/// Answers each packet (id, kind, body) with bytes, or hangs up at `None`; returns how many connections there were.
pub fn serve(
    listener: TcpListener,
    answer: impl Fn(i32, i32, &[u8]) -> Option<Vec<u8>> + Send + 'static,
) -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            counted.fetch_add(1, Ordering::SeqCst);
            let _ = talk(stream, &answer);
        }
    });
    count
}

fn talk(mut stream: TcpStream, answer: &impl Fn(i32, i32, &[u8]) -> Option<Vec<u8>>) -> io::Result<()> {
    loop {
        let mut size = [0; 4];
        stream.read_exact(&mut size)?;
        let mut rest = vec![0; usize::try_from(i32::from_le_bytes(size)).unwrap_or_default()];
        stream.read_exact(&mut rest)?;
        let number =
            |at: usize| rest[at..].first_chunk().map_or(0, |bytes: &[u8; 4]| i32::from_le_bytes(*bytes));
        match answer(number(0), number(4), &rest[8..rest.len() - 2]) {
            Some(bytes) => stream.write_all(&bytes)?,
            None => return Ok(()),
        }
    }
}
