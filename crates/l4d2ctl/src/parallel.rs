//! Does the same work for many items at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{Builder, scope};

/// The work is mostly waiting, and each item may have sockets and directories open.
const WORKERS: usize = 32;
/// Enough, because nothing here recurses.
const STACK: usize = 256 * 1024;

/// The results of `work`, in the order of `items`. If no thread can be started, this one does it all.
pub fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let (next, results) = (AtomicUsize::new(0), Mutex::new(Vec::with_capacity(items.len())));
    let worker = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(at) else { return };
            let result = work(item);
            results.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
        }
    };
    scope(|scope| {
        for _ in 1..WORKERS.min(items.len()) {
            if Builder::new().stack_size(STACK).spawn_scoped(scope, worker).is_err() {
                break;
            }
        }
        worker();
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

/// Does the first thing while it does the second one; after it, where no thread can be had.
pub fn meanwhile<R>(first: impl FnOnce() + Send, second: impl FnOnce() -> R) -> R {
    let first = Mutex::new(Some(first));
    let run = || {
        if let Some(first) = first.lock().unwrap_or_else(PoisonError::into_inner).take() {
            first();
        }
    };
    scope(|scope| {
        let is_begun = Builder::new().stack_size(STACK).spawn_scoped(scope, run).is_ok();
        let result = second();
        if !is_begun {
            run();
        }
        result
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_are_done() {
        let mut first = 0;
        assert_eq!((meanwhile(|| first = 1, || 2), first), (2, 1));
    }

    #[test]
    fn each_once_and_in_order() {
        for count in [0, 1, 2, 100] {
            let items: Vec<usize> = (0..count).collect();
            assert_eq!(map(&items, |item| item * 2), items.iter().map(|item| item * 2).collect::<Vec<_>>());
        }
    }
}
