//! Descriptors that our caller left open: ours to use, and nobody's whom we start.
//!
//! A shell passes on what root has open (`left4me-setup game update 7</root/secret`), a program a socket or
//! a file that it forgot. What the runtime user owns, or what runs as that user, must not get any of it.

use nix::unistd::close;
use rustix::io::fcntl_dupfd_cloexec;
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd, RawFd};

/// The first that is none of the three standard streams.
const FIRST: RawFd = 3;
/// How far to look where /proc is not mounted.
const PROBED: RawFd = 4096;

/// Marks all that this process has open above its standard streams as close-on-exec; for the first line of
/// `main`. Numbers and locks stay: `/dev/fd/63` can still be read, and `flock --no-fork` still holds.
pub fn keep_from_children() {
    let numbers = numbers();
    // Without this system call they are closed, which is the next best.
    let me = pidfd_open(getpid(), PidfdFlags::empty()).ok();
    for number in numbers {
        // It may have got the number of the directory that was read.
        if me.as_ref().is_some_and(|me| me.as_raw_fd() == number) {
            continue;
        }
        let copy = me.as_ref().and_then(|me| pidfd_getfd(me, number, PidfdGetfdFlags::empty()).ok());
        let _ = close(number);
        if let Some(copy) = copy {
            put_back(&copy, number);
        }
    }
}

/// Opens `copy` as `number` too, which is free, and leaves it open.
fn put_back(copy: &OwnedFd, number: RawFd) {
    // The lowest that is free from there on: this one.
    if let Ok(same) = fcntl_dupfd_cloexec(copy, number)
        && same.as_raw_fd() == number
    {
        let _ = same.into_raw_fd();
    }
}

fn numbers() -> Vec<RawFd> {
    match std::fs::read_dir("/proc/self/fd") {
        // To the end before the first is closed: one of them is this directory.
        Ok(open) => open
            .flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(|number| *number >= FIRST)
            .collect(),
        Err(_) => (FIRST..PROBED).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use left4me_test_support::alone;
    use rustix::io::{FdFlags, dup, fcntl_getfd};

    const KEPT: &str = "inherited::tests::what_was_left_open_is_ours_alone";

    #[test]
    fn what_was_left_open_is_ours_alone() {
        if alone::part().is_some() {
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), "secret").unwrap();
            let open: Vec<OwnedFd> = (0..3).map(|_| dup(file.as_file()).unwrap()).collect();
            assert!(open.iter().all(|open| fcntl_getfd(open).unwrap().is_empty()));
            keep_from_children();
            for open in open {
                assert_eq!(fcntl_getfd(&open).unwrap(), FdFlags::CLOEXEC);
                // Under the same number there is the same file.
                let content = std::fs::read(format!("/proc/self/fd/{}", open.as_raw_fd())).unwrap();
                assert_eq!(content, b"secret");
            }
            let streams = [
                fcntl_getfd(std::io::stdin()),
                fcntl_getfd(std::io::stdout()),
                fcntl_getfd(std::io::stderr()),
            ];
            assert_eq!(streams, [Ok(FdFlags::empty()); 3]);
            std::process::exit(10);
        }
        let (code, _, stderr) = alone::run(KEPT, "descriptors");
        assert_eq!(code, Some(10), "{stderr}");
    }
}
