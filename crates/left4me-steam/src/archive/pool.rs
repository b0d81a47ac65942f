//! Jobs on all processors, while the calling thread hears how far they are.

use left4me::{Context, Result};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, Builder};

/// What is read at once: large enough for few system calls, small enough for the processor's cache.
const BUFFER: usize = 512 << 10;
/// More would wait for the disk.
const MOST: usize = 4;

/// A thread's own.
pub struct Worker {
    /// Scratch memory.
    pub buffer: Vec<u8>,
    moved: Sender<u64>,
}

impl Worker {
    /// Tells that so many bytes more are done.
    pub fn moved(&self, bytes: usize) {
        let _ = self.moved.send(bytes as u64);
    }
}

/// Does `work` for each job, on several threads; `moved` hears of bytes in the calling thread. The first error ends it.
pub fn each<T: Sync>(
    jobs: &[T],
    work: impl Fn(&T, &mut Worker) -> Result<()> + Sync,
    mut moved: impl FnMut(u64),
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = channel();
    let threads = thread::available_parallelism().map_or(1, usize::from).min(MOST).min(jobs.len());
    let run = |moved: Sender<u64>| -> Result<()> {
        let mut worker = Worker { buffer: vec![0; BUFFER], moved };
        while let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            work(job, &mut worker).inspect_err(|_| next.store(jobs.len(), Ordering::Relaxed))?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let mut workers = Vec::new();
        for _ in 0..threads {
            let (run, sender) = (&run, sender.clone());
            let started = Builder::new().name("game files".into()).spawn_scoped(scope, move || run(sender));
            match started {
                Ok(worker) => workers.push(worker),
                // With little memory, fewer do it.
                Err(_) if !workers.is_empty() => break,
                Err(cause) => return Err(cause).context(|| "cannot start a thread".into()),
            }
        }
        drop(sender);
        receiver.into_iter().for_each(&mut moved);
        let ended = workers
            .into_iter()
            .map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        // All of them are joined before the first error is passed on.
        ended.collect::<Vec<_>>().into_iter().collect()
    })
}
