//! A SteamCMD that prints without end: root's memory, the transcript and the run itself stay within bounds.

use super::{SETUP, namespace, prepare};
use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Distinct error lines, which all look as if they decided something.
const ERRORS: &str = r#"print "ERROR! a $_ ", "x" x 60, "\n" for 1 .. 1e9;"#;
/// One line, which would have to be kept to be understood.
const ENDLESS_LINE: &str = r#"print "ERROR! state U[" x 1000 for 1 .. 1e9;"#;
/// Progress that is news every time, at a pace that nobody can read.
const PROGRESS: &str =
    r#"print "[  0%] phase $_\n Update state (0x61) phase $_, progress: 1.00 ($_ / 9)\n" for 1 .. 1e9;"#;

/// What became of a run.
struct Ended {
    errors: String,
    /// Most memory that it ever had, in bytes.
    memory: u64,
    log: u64,
    took: Duration,
}

fn run(program: &str) -> Ended {
    let script = format!("#!/usr/bin/perl\n$| = 1;\n{program}\n");
    fs::write("/var/lib/left4me/steam/steamcmd.sh", script).unwrap();
    let start = Instant::now();
    let mut child = Command::new("setsid")
        .args([SETUP, "steamcmd", "install", "--progress", "json"])
        .stdin(Stdio::null())
        .stdout(fs::File::create("/var/lib/progress").unwrap())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut memory = 0;
    while child.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < Duration::from_secs(300), "it does not end");
        let found = fs::read_to_string(&status).unwrap_or_default();
        let line = found.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        memory = memory.max(kilobytes.unwrap_or(0) << 10);
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut errors = String::new();
    child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
    let log = fs::metadata("/var/lib/left4me/logs/steamcmd.log").unwrap().len();
    Ended { errors, memory, log, took: start.elapsed() }
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_steamcmd_that_prints_without_end_is_ended() {
    namespace::run("flood::a_steamcmd_that_prints_without_end_is_ended", |directory| {
        prepare(directory);
        for program in [ERRORS, ENDLESS_LINE, PROGRESS] {
            let Ended { errors, memory, log, took } = run(program);
            let shown = fs::metadata("/var/lib/progress").unwrap().len();
            println!("{program}: {} MB, log {log}, shown {shown}, {took:?}", memory >> 20);
            assert!(errors.contains("error: SteamCMD is not ready: SteamCMD printed more than "), "{errors}");
            assert!(errors.len() < 2000 && errors.contains("hint: "), "{errors}");
            assert!(memory < 48 << 20, "{program}: {} MB of memory", memory >> 20);
            assert!(log < 8 << 20, "{program}: a log of {log} bytes");
            assert!(shown < 1 << 20, "{program}: {shown} bytes of progress");
        }
    });
}
