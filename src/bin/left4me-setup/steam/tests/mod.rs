//! Downloads and sessions against the simulated Steam (tests/steam), without root.

mod archives;
mod download;
mod install;

use crate::host::Host;
use crate::progress::Progress;
use crate::steam::download::fetch;
use crate::steam::source::Source;
use left4me_setup::Result;
use left4me_setup::layout::Layout;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

const FILE: &str = "steamcmd_linux.tar.gz";

/// The built doubles, served on a loopback port for as long as the tests run.
struct Steam {
    url: String,
    sha256: String,
}

/// The one server of this test process. Where 32-bit programs cannot be built the test is skipped,
/// except in CI, where it must run.
fn steam() -> Option<&'static Steam> {
    static STEAM: OnceLock<Option<Steam>> = OnceLock::new();
    STEAM.get_or_init(|| {
        let built = build();
        match built {
            Ok(dir) => Some(serve(&dir)),
            Err(why) => {
                assert!(std::env::var_os("CI").is_none(), "the simulated Steam cannot be built: {why}");
                eprintln!("skipped: {why}");
                None
            }
        }
    })
    .as_ref()
}

fn build() -> std::result::Result<PathBuf, String> {
    let out = target_dir().join("simulated-steam");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/steam/build.sh");
    let built = Command::new(script).arg(&out).arg("bytes=3000000").output().map_err(|e| e.to_string())?;
    match built.status.success() {
        true => Ok(out),
        false => Err(String::from_utf8_lossy(&built.stderr).into_owned()),
    }
}

/// `target/debug`, found from this test's own program in `target/debug/deps`.
fn target_dir() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    program.ancestors().nth(2).unwrap().to_owned()
}

fn serve(dir: &Path) -> Steam {
    let sha256 = std::fs::read_to_string(dir.join(format!("{FILE}.sha256"))).unwrap().trim().to_owned();
    let mut server: Child = Command::new(target_dir().join("examples/simulated-steam"))
        .arg(dir)
        .arg("--while-stdin")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .stdin(Stdio::piped())
        .spawn()
        .expect("cargo builds the example with the tests");
    let mut url = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut url).unwrap();
    // The process ends with the tests: its standard input is our end of a pipe.
    std::mem::forget(server);
    Steam { url: url.trim().to_owned(), sha256 }
}

/// A host whose state is a temporary directory of the caller's.
struct Place {
    host: Host,
    dir: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        // Not in /tmp: what is installed there may be on a file system of another kind.
        let dir = tempfile::Builder::new().prefix("l4d2-test-").tempdir_in("/var/tmp").unwrap();
        let layout = Layout::new(dir.path()).unwrap();
        std::fs::create_dir(layout.installation()).unwrap();
        Place { host: Host::unprivileged(layout), dir }
    }

    fn fetch(&self, url: &str, sha256: &str) -> Result<()> {
        let source = Source::new(Some(url.to_owned()), Some(sha256.to_owned()))?;
        fetch(&self.host, &source, &Progress::silent()).map(drop)
    }

    /// Names directly below the root, sorted; hidden ones included.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            std::fs::read_dir(self.dir.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}
