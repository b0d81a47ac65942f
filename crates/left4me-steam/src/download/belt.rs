//! Bytes handed from one thread to the next in a few buffers that are used again and again: memory
//! stays the same however long the stream is, and who is faster waits.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, Sender, channel};

/// Large enough that handing over costs nothing, small enough that a few stay in the cache.
pub const BLOCK: usize = 128 << 10;
const BLOCKS: usize = 4;

/// A buffer, of which the first `filled` bytes count.
#[derive(Default)]
struct Block {
    bytes: Vec<u8>,
    filled: usize,
}

/// The end where bytes are put on; the stream ends when it is dropped.
pub struct Loading {
    full: Sender<io::Result<Block>>,
    empty: Receiver<Block>,
}

/// The end where they are taken off.
pub struct Unloading {
    full: Receiver<io::Result<Block>>,
    empty: Sender<Block>,
    block: Block,
    taken: usize,
    /// More was asked for than there was.
    pub ran_out: bool,
}

/// The two ends of a new belt.
pub fn belt() -> (Loading, Unloading) {
    let (full, to_take) = channel();
    let (emptied, empty) = channel();
    for _ in 0..BLOCKS {
        // Both ends are here.
        let _ = emptied.send(Block::default());
    }
    let unloading =
        Unloading { full: to_take, empty: emptied, block: Block::default(), taken: 0, ran_out: false };
    (Loading { full, empty }, unloading)
}

impl Loading {
    /// Puts on all of `from`, to its end or until nobody takes it any more.
    pub fn load(&self, from: &mut impl Read) -> io::Result<()> {
        while let Ok(mut block) = self.empty.recv() {
            let outcome = block.fill(from);
            // What came before an error counts.
            if block.filled == 0 || self.full.send(Ok(block)).is_err() {
                return outcome;
            }
            outcome?;
        }
        Ok(())
    }

    /// Ends the stream with an error, for whoever takes it off.
    pub fn fail(self, error: io::Error) {
        let _ = self.full.send(Err(error));
    }
}

impl Block {
    /// Until it is full or `from` has ended.
    fn fill(&mut self, from: &mut impl Read) -> io::Result<()> {
        self.bytes.resize(BLOCK, 0);
        self.filled = 0;
        while self.filled < BLOCK {
            match from.read(&mut self.bytes[self.filled..]) {
                Ok(0) => break,
                Ok(count) => self.filled += count,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }
}

impl BufRead for Unloading {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.taken == self.block.filled {
            let emptied = std::mem::take(&mut self.block);
            self.taken = 0;
            if !emptied.bytes.is_empty() {
                let _ = self.empty.send(emptied);
            }
            match self.full.recv() {
                Ok(block) => self.block = block?,
                Err(_) => self.ran_out = true,
            }
        }
        Ok(&self.block.bytes[self.taken..self.block.filled])
    }

    fn consume(&mut self, count: usize) {
        self.taken += count;
    }
}

impl Read for Unloading {
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

    /// Gives what it has and then breaks.
    struct Breaks(&'static [u8]);

    impl Read for Breaks {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Err(io::Error::other("broken")),
                count => Ok(count),
            }
        }
    }

    #[test]
    fn what_is_put_on_comes_off() {
        let bytes: Vec<u8> = (0..10 * BLOCK + 7).map(|n| (n % 251) as u8).collect();
        let (loading, mut unloading) = belt();
        let mut came = Vec::new();
        std::thread::scope(|scope| {
            let mut from = &bytes[..];
            scope.spawn(move || loading.load(&mut from).unwrap());
            unloading.read_to_end(&mut came).unwrap();
        });
        assert!(came == bytes && unloading.ran_out);
    }

    #[test]
    fn an_error_comes_after_the_bytes_before_it() {
        let (loading, mut unloading) = belt();
        let broken = loading.load(&mut Breaks(b"some")).unwrap_err();
        loading.fail(broken);
        let mut came = Vec::new();
        assert_eq!(unloading.read_to_end(&mut came).unwrap_err().to_string(), "broken");
        assert_eq!(came, b"some");
    }

    #[test]
    fn nobody_waits_for_an_end_that_is_gone() {
        let (loading, unloading) = belt();
        drop(unloading);
        loading.load(&mut io::repeat(1)).unwrap();
    }

    #[test]
    fn memory_is_bounded_when_nothing_is_taken_off() {
        let (loading, unloading) = belt();
        let counted = std::sync::atomic::AtomicUsize::new(0);
        struct Counts<'a>(&'a std::sync::atomic::AtomicUsize);
        impl Read for Counts<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0.fetch_add(buffer.len(), std::sync::atomic::Ordering::SeqCst);
                Ok(buffer.len())
            }
        }
        std::thread::scope(|scope| {
            let counts = &counted;
            let loaded = scope.spawn(move || loading.load(&mut Counts(counts)));
            while counted.load(std::sync::atomic::Ordering::SeqCst) < BLOCKS * BLOCK {
                std::thread::yield_now();
            }
            drop(unloading);
            loaded.join().unwrap().unwrap();
        });
        assert_eq!(counted.into_inner(), BLOCKS * BLOCK);
    }
}
