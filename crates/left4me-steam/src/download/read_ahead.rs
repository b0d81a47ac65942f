//! Reads ahead in a thread of its own, so that two halves of a stack of readers work at the same time.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, Scope, ScopedJoinHandle};

/// Large enough that passing it on costs nothing, small enough that a few stay in the cache.
pub const BLOCK: usize = 128 << 10;
/// Memory stays the same however long the stream is: these are used again and again, and the faster half
/// waits. (New ones each time would make a download 4 % slower.)
const BLOCKS: usize = 4;

/// What a thread has read ahead.
pub struct ReadAhead {
    filled: Receiver<io::Result<Vec<u8>>>,
    emptied: Sender<Vec<u8>>,
    block: Vec<u8>,
    taken: usize,
}

/// Starts the thread that reads `from`. It ends at the end of `from`, or when the [`ReadAhead`] is dropped,
/// and gives `from` back.
pub fn read_ahead<'scope, R: Read + Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    mut from: R,
) -> io::Result<(ReadAhead, ScopedJoinHandle<'scope, R>)> {
    let (sender, filled) = channel();
    let (emptied, empty) = channel();
    // One is the reader's to begin with.
    for _ in 1..BLOCKS {
        let _ = emptied.send(Vec::new());
    }
    let thread = Builder::new().name("read ahead".into()).spawn_scoped(scope, move || {
        pass_on(&mut from, &empty, &sender);
        from
    })?;
    Ok((ReadAhead { filled, emptied, block: Vec::new(), taken: 0 }, thread))
}

fn pass_on(from: &mut impl Read, empty: &Receiver<Vec<u8>>, to: &Sender<io::Result<Vec<u8>>>) {
    while let Ok(mut block) = empty.recv() {
        block.resize(BLOCK, 0);
        let (filled, outcome) = fill(from, &mut block);
        block.truncate(filled);
        // The bytes before an error come before it.
        if filled > 0 && to.send(Ok(block)).is_err() {
            return;
        }
        match outcome {
            Ok(()) if filled < BLOCK => return,
            Ok(()) => {}
            Err(error) => {
                let _ = to.send(Err(error));
                return;
            }
        }
    }
}

/// Fills `block` unless `from` ends before.
fn fill(from: &mut impl Read, block: &mut [u8]) -> (usize, io::Result<()>) {
    let mut filled = 0;
    while filled < block.len() {
        match from.read(&mut block[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return (filled, Err(e)),
        }
    }
    (filled, Ok(()))
}

impl BufRead for ReadAhead {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.taken == self.block.len() {
            self.taken = 0;
            let _ = self.emptied.send(std::mem::take(&mut self.block));
            // If the thread has ended, so has the stream.
            self.block = self.filled.recv().unwrap_or_else(|_| Ok(Vec::new()))?;
        }
        Ok(&self.block[self.taken..])
    }

    fn consume(&mut self, count: usize) {
        self.taken += count;
    }
}

impl Read for ReadAhead {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn all_of(from: impl Read + Send) -> (Vec<u8>, io::Result<usize>) {
        std::thread::scope(|scope| {
            let (mut ahead, _) = read_ahead(scope, from).unwrap();
            let mut bytes = Vec::new();
            let outcome = ahead.read_to_end(&mut bytes);
            (bytes, outcome)
        })
    }

    #[test]
    fn bytes_come_through_unchanged() {
        for length in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 10 * BLOCK + 7] {
            let bytes: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            let (read, outcome) = all_of(&bytes[..]);
            assert!(read == bytes && outcome.unwrap() == length, "{length}");
        }
    }

    #[test]
    fn an_error_comes_after_the_bytes_before_it() {
        struct Breaks;
        impl Read for Breaks {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("broken"))
            }
        }
        let (read, outcome) = all_of(b"some".chain(Breaks));
        assert_eq!((read.as_slice(), outcome.unwrap_err().to_string().as_str()), (&b"some"[..], "broken"));
    }

    #[test]
    fn the_reader_is_given_back() {
        std::thread::scope(|scope| {
            let (mut ahead, thread) = read_ahead(scope, &b"some"[..]).unwrap();
            io::copy(&mut ahead, &mut io::sink()).unwrap();
            assert_eq!(thread.join().unwrap(), b"");
            // Dropped early, it is given back all the same.
            let (ahead, thread) = read_ahead(scope, io::repeat(1)).unwrap();
            drop(ahead);
            thread.join().unwrap();
        });
    }

    #[test]
    fn memory_is_bounded_when_nothing_is_taken() {
        struct Counts<'a>(&'a AtomicUsize);
        impl Read for Counts<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0.fetch_add(buffer.len(), Ordering::SeqCst);
                Ok(buffer.len())
            }
        }
        let most = (BLOCKS - 1) * BLOCK;
        let read = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            let (ahead, thread) = read_ahead(scope, Counts(&read)).unwrap();
            while read.load(Ordering::SeqCst) < most {
                std::thread::yield_now();
            }
            drop(ahead);
            thread.join().unwrap();
        });
        assert_eq!(read.into_inner(), most);
    }
}
