//! The simulated engine alone, without a host around it.

use crate::{repository, target_dir};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// An engine that runs in a directory, until it goes out of scope.
pub struct Engine {
    directory: PathBuf,
    port: u16,
    process: Child,
}

impl Engine {
    /// Starts it on a port, with the game in `directory`, and returns once it listens.
    pub fn start(directory: &Path, port: u16) -> Engine {
        let log = File::create(directory.join("log")).unwrap();
        let process = Command::new(program())
            .args(["-game", "left4dead2", "+ip", "0.0.0.0", "+map", "c1m1_hotel", "+hostport"])
            .arg(port.to_string())
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(log)
            .spawn()
            .unwrap();
        let engine = Engine { directory: directory.to_owned(), port, process };
        engine.wait_for("Network: IP ");
        engine
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Who plays: lines as tests/steam/README.md has them.
    pub fn set_players(&self, lines: &str) {
        fs::write(self.directory.join("left4dead2/double-players"), lines).unwrap();
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(self.directory.join("log")).unwrap()).into_owned()
    }

    /// Returns once its log has this text.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        let began = Instant::now();
        while !self.log().contains(text) {
            assert!(began.elapsed() < Duration::from_secs(20), "{text:?} is not in {}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Built once by each test program; the linker puts a new file in an old one's place.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let lock = File::create(target_dir().join("simulated-engine.lock")).unwrap();
        lock.lock().unwrap();
        let program = target_dir().join("simulated-engine");
        let sources = fs::read_dir(repository().join("tests/steam/srcds")).unwrap();
        let is_source = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "c");
        let sources = sources.map(|entry| entry.unwrap().path()).filter(is_source);
        let built = Command::new("gcc")
            .args(["-m32", "-std=gnu11", "-O1", "-U_FILE_OFFSET_BITS", "-o"])
            .arg(&program)
            .args(sources)
            .output()
            .unwrap();
        assert!(
            built.status.success(),
            "gcc -m32 cannot build the engine\nhint: tests/run.sh installs gcc-multilib\n{}",
            String::from_utf8_lossy(&built.stderr)
        );
        program
    })
}
