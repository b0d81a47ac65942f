//! Starts the simulated Steam for a test program, once; shared by the tests that need it.

use crate::{repository, server, target_dir};
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::thread;

/// The built doubles, served on a loopback port for as long as the test program runs.
pub struct Steam {
    /// `http://127.0.0.1:PORT`
    pub base: String,
    /// Digest of the tarball that it serves.
    pub sha256: String,
}

/// SteamCMD's tarball, under any path of the server.
pub const FILE: &str = "steamcmd_linux.tar.gz";

impl Steam {
    /// Builds the doubles with these settings (tests/steam/README.md) and serves them; the error says
    /// why 32-bit programs cannot be built here.
    pub fn start(name: &str, settings: &[&str]) -> Result<Steam, String> {
        let out = target_dir().join(name);
        let script = repository().join("tests/steam/build.sh");
        let built = Command::new(script).arg(&out).args(settings).output().map_err(|e| e.to_string())?;
        if !built.status.success() {
            return Err(String::from_utf8_lossy(&built.stderr).trim().to_owned());
        }
        let sha256 =
            std::fs::read_to_string(out.join(format!("{FILE}.sha256"))).map_err(|e| e.to_string())?;
        Ok(Steam { base: serve(&out)?, sha256: sha256.trim().to_owned() })
    }

    /// Where the tarball is.
    pub fn url(&self) -> String {
        format!("{}/client/installer/{FILE}", self.base)
    }
}

/// The settings that put a build on offer, whose files differ from another build's as these words say
/// (tests/steam/README.md).
pub fn offer(build: &str, words: &str) -> String {
    format!("build={build}\ntree_{build}={words}")
}

/// Serves a directory on a free port of the loopback for as long as this program runs.
pub fn serve(dir: &Path) -> Result<String, String> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|e| e.to_string())?;
    let address = listener.local_addr().map_err(|e| e.to_string())?;
    let dir = dir.to_owned();
    thread::spawn(move || server::serve(&listener, dir, |_| ()));
    Ok(format!("http://{address}"))
}
