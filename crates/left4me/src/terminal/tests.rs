use super::*;
use left4me_test_support::alone;
use nix::pty::{Winsize, openpty};
use std::os::fd::OwnedFd;
use std::process::Stdio;

fn pair(columns: u16, lines: u16) -> (OwnedFd, OwnedFd) {
    let size = Winsize { ws_col: columns, ws_row: lines, ws_xpixel: 0, ws_ypixel: 0 };
    let pair = openpty(Some(&size), None).unwrap();
    (pair.master, pair.slave)
}

#[test]
fn sizes() {
    for (columns, lines, expected) in
        [(80, 24, Some((80, 24))), (1, 2, Some((1, 2))), (0, 0, None), (0, 24, None), (80, 0, None)]
    {
        assert_eq!(size(pair(columns, lines).1), expected, "{columns} {lines}");
    }
    assert_eq!(size(std::fs::File::open("/dev/null").unwrap()), None);
}

const REACH: &str = "terminal::tests::within_reach";

/// Any of the three streams is a way to a terminal, and so is `/dev/tty` without any.
#[test]
fn within_reach() {
    if let Some(part) = alone::part() {
        rustix::process::setsid().unwrap();
        let (_master, slave) = pair(80, 24);
        if part == "controlling" {
            rustix::process::ioctl_tiocsctty(&slave).unwrap();
        }
        std::process::exit(if is_within_reach() { 10 } else { 20 });
    }
    for (part, code) in [("none", 20), ("stdin", 10), ("stdout", 10), ("stderr", 10), ("controlling", 10)] {
        let (_master, slave) = pair(80, 24);
        let stream = |name| if name == part { slave.try_clone().unwrap().into() } else { Stdio::null() };
        let status = alone::command(REACH, part)
            .stdin(stream("stdin"))
            .stdout(stream("stdout"))
            .stderr(stream("stderr"))
            .status();
        assert_eq!(status.unwrap().code(), Some(code), "{part}");
    }
}
