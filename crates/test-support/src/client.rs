//! The simulated SteamCMD alone, without any program of ours: what it does to a directory.

use crate::{repository, target_dir};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// A manifest that is good enough for an anonymous login in the mode `seed_accepted`.
const SEED: &str = "\"AppState\"\n{\n\t\"StateFlags\"\t\t\"2\"\n\t\"buildid\"\t\t\"0\"\n}\n";

/// SteamCMD, unpacked into a directory that is its home as well.
pub struct Client {
    /// Where it lies.
    pub dir: PathBuf,
}

/// Held while the one tarball of the machine is built or read.
fn lock() -> File {
    let lock = File::create(target_dir().join("simulated-steam-client.lock")).unwrap();
    lock.lock().unwrap();
    lock
}

impl Client {
    /// Unpacks it below `dir` and lets it update itself.
    pub fn new(dir: &Path) -> Client {
        static TARBALL: OnceLock<PathBuf> = OnceLock::new();
        // Tests in a namespace are programs of their own.
        let _turn = lock();
        let tarball = TARBALL.get_or_init(|| {
            let out = target_dir().join("simulated-steam-client");
            let script = repository().join("tests/steam/build.sh");
            let built =
                Command::new(script).arg(&out).args(["bytes=300000", "mode=seed_accepted"]).output().unwrap();
            assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
            out.join("steamcmd_linux.tar.gz")
        });
        let client = Client { dir: dir.join("steamcmd") };
        fs::create_dir_all(&client.dir).unwrap();
        let unpacked = Command::new("tar").arg("xzf").arg(tarball).arg("-C").arg(&client.dir).status();
        assert!(unpacked.unwrap().success());
        assert!(client.command(&["+quit"]).status().unwrap().success());
        client
    }

    /// Appends a line to its settings; the last one for a key counts.
    pub fn set(&self, line: &str) {
        let path = self.dir.join("sim/settings");
        let settings = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("{settings}{line}\n")).unwrap();
    }

    /// Puts a build on offer.
    pub fn offer(&self, build: &str, words: &str) {
        self.set(&crate::steam::offer(build, words));
        let _ = fs::remove_file(self.dir.join("Steam/appcache/appinfo.vdf"));
    }

    /// Its command line with these arguments; it prints nothing here.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.dir.join("steamcmd.sh"));
        command.args(arguments).env("HOME", &self.dir).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn update_command(&self, game: &Path, more: &[&str]) -> Command {
        let mut command = self.command(&["+force_install_dir"]);
        command.arg(game).args(["+login", "anonymous", "+app_update", "222860"]).args(more).arg("+quit");
        command
    }

    /// Installs the build on offer into an empty directory.
    pub fn install(&self, game: &Path) {
        fs::create_dir_all(game.join("steamapps")).unwrap();
        fs::write(game.join("steamapps/appmanifest_222860.acf"), SEED).unwrap();
        let (code, said) = self.update(game, &["validate"]);
        assert_eq!(code, Some(0), "{said}");
    }

    /// Updates an installed game; its exit code, and what it said.
    pub fn update(&self, game: &Path, more: &[&str]) -> (Option<i32>, String) {
        let output = self.update_command(game, more).stdout(Stdio::piped()).output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Begins an update, in a process group of its own.
    pub fn begin_update(&self, game: &Path) -> Child {
        use std::os::unix::process::CommandExt;
        self.update_command(game, &[]).process_group(0).spawn().unwrap()
    }
}
