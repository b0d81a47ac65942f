//! A pause before another attempt says what it waits for, and ends at a signal.

use super::{SETUP, namespace, prepare};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const FILE: &str = "steamcmd_linux.tar.gz";

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_pause_is_announced_and_ends_at_a_signal() {
    namespace::run("pause::a_pause_is_announced_and_ends_at_a_signal", |directory| {
        prepare(directory);
        fs::write(directory.join(FILE), "nothing that is served").unwrap();
        let server = Path::new(SETUP).with_file_name("examples/simulated-steam");
        let mut server = Command::new(server).arg(directory).stdout(Stdio::piped()).spawn().unwrap();
        let mut base = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut base).unwrap();
        for (signal, code) in [("TERM", 143), ("INT", 130)] {
            // With two attempts behind it, the pause is one of eight seconds.
            let mut setup = Command::new("env")
                .args(["--default-signal=INT", SETUP, "steamcmd", "install", "--force", "--steamcmd-url"])
                .arg(format!("{}/fault/503/{FILE}", base.trim()))
                .args(["--steamcmd-sha256", &"0".repeat(64)])
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut lines = BufReader::new(setup.stderr.take().unwrap()).lines().map(Result::unwrap);
            let announced = lines.find(|line| line.contains("trying it again in 8 s")).unwrap();
            assert!(announced.contains("answered 503 Service Unavailable; "), "{announced}");
            let start = Instant::now();
            Command::new("kill").args(["-s", signal, &setup.id().to_string()]).status().unwrap();
            assert_eq!(setup.wait().unwrap().code(), Some(code));
            assert!(start.elapsed() < Duration::from_secs(6), "it waited to the end of the pause");
            assert_eq!(lines.collect::<Vec<_>>(), ["error: interrupted", "hint: run it again"]);
        }
        server.kill().unwrap();
        server.wait().unwrap();
    });
}
