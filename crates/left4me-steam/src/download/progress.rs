//! Tells an observer how much has come.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};

/// Reads `inner`, and at each read tells the observer how much another thread has received by then.
///
/// It is the last but one of the stack, because an observer lives in the thread that started the download.
pub struct Progress<'a, R> {
    inner: R,
    received: &'a AtomicU64,
    expected: Option<u64>,
    told: u64,
    observer: Observer<'a>,
}

/// Hears how many bytes have come, and of how many if that is known.
pub type Observer<'a> = &'a dyn Fn(u64, Option<u64>);

impl<'a, R> Progress<'a, R> {
    /// `received` counts, of `expected` bytes if that is known.
    pub fn new(
        inner: R,
        received: &'a AtomicU64,
        expected: Option<u64>,
        observer: Observer<'a>,
    ) -> Progress<'a, R> {
        Progress { inner, received, expected, told: 0, observer }
    }
}

impl<R: Read> Read for Progress<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let received = self.received.load(Ordering::Relaxed);
        if received != self.told {
            self.told = received;
            (self.observer)(received, self.expected);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[test]
    fn each_number_is_told_once() {
        let seen = RefCell::new(Vec::new());
        let observer = |received, expected| seen.borrow_mut().push((received, expected));
        let received = AtomicU64::new(0);
        let mut progress = Progress::new(io::repeat(1), &received, Some(5), &observer);
        for count in [0, 2, 2, 5] {
            received.store(count, Ordering::Relaxed);
            progress.read_exact(&mut [0; 2]).unwrap();
        }
        assert_eq!(*seen.borrow(), [(2, Some(5)), (5, Some(5))]);
    }
}
