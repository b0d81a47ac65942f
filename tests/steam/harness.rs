//! Starts the simulated Steam for a test program, once; shared by the tests that need it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/steam/build.sh");
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

fn serve(dir: &Path) -> Result<String, String> {
    let mut server = Command::new(target_dir().join("examples/simulated-steam"))
        .arg(dir)
        .arg("--while-stdin")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| format!("cargo build --examples makes the server: {e}"))?;
    let mut base = String::new();
    let stdout = server.stdout.take().ok_or("no output")?;
    BufReader::new(stdout).read_line(&mut base).map_err(|e| e.to_string())?;
    // It ends when this program does: its standard input is our end of a pipe.
    std::mem::forget(server);
    Ok(base.trim().to_owned())
}

/// `target/debug`, found from this test's own program in `target/debug/deps`.
pub fn target_dir() -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.ancestors().nth(2).unwrap_or(Path::new("target")).to_owned()
}
