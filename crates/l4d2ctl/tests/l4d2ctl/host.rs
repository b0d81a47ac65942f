//! A host in a temporary directory, and how l4d2ctl is run on it.

use super::double;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// Stands for left4me when the tests run as root.
pub const NOBODY: u32 = 65534;

pub struct Host {
    pub dir: tempfile::TempDir,
}

impl Host {
    pub fn new() -> Host {
        let dir = tempfile::Builder::new().prefix("l4d2ctl-").tempdir().unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let host = Host { dir };
        for directory in ["root", "root/overlays", "root/installation/steamapps"] {
            fs::create_dir_all(host.path(directory)).unwrap();
        }
        fs::write(host.path("root/installation/srcds_run"), "").unwrap();
        fs::write(
            host.path("root/installation/steamapps/appmanifest_222860.acf"),
            "\"AppState\"\n{\n\t\"buildid\"\t\t\"16546402\"\n}\n",
        )
        .unwrap();
        double::install(&host);
        host.give(host.dir.path());
        host
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.dir.path().join(below)
    }

    /// Hands a tree to the user who runs l4d2ctl.
    pub fn give(&self, path: &Path) {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        std::os::unix::fs::lchown(path, Some(NOBODY), Some(NOBODY)).unwrap();
        if path.symlink_metadata().unwrap().is_dir() {
            fs::read_dir(path).unwrap().for_each(|entry| self.give(&entry.unwrap().path()));
        }
    }

    pub fn overlay(&self, overlay: &str, cfg: Option<&str>) {
        let directory = self.path("root/overlays").join(overlay).join("left4dead2/cfg");
        fs::create_dir_all(&directory).unwrap();
        if let Some(cfg) = cfg {
            fs::write(directory.join("server.cfg"), cfg).unwrap();
        }
        self.give(&self.path("root/overlays"));
    }

    pub fn spec(&self, text: &str) {
        fs::write(self.path("s.yaml"), text).unwrap();
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(program());
        self.like_runtime_user(&mut command);
        command
    }

    /// Runs a program as the owner of this `LEFT4ME_ROOT`.
    pub fn like_runtime_user<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.env_clear().env("LEFT4ME_ROOT", self.path("root")).current_dir(self.dir.path());
        if rustix::process::geteuid().is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(self, self.command().args(arguments).output().unwrap())
    }

    pub fn initialize(&self, name: &str, spec: &str) {
        self.spec(spec);
        let ended = self.run(&["initialize", name, "-f", "s.yaml"]);
        // Notes about what changed are for people.
        let is_note = |line: &str| line.starts_with("note: ");
        assert!(ended.code == 0 && ended.err.lines().all(is_note), "{}", ended.err);
    }
}

/// The program, at a place that the user who runs it can reach: a build directory may be closed.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let built = Path::new(env!("CARGO_BIN_EXE_l4d2ctl"));
        if built.ancestors().skip(1).all(|d| d.metadata().is_ok_and(|m| m.mode() & 0o001 != 0)) {
            return built.to_owned();
        }
        // Once for all tests: a program that is still open for writing somewhere cannot be run.
        let copy = std::env::temp_dir().join("l4d2ctl-under-test");
        let _ = fs::remove_file(&copy);
        fs::copy(built, &copy).unwrap();
        copy
    })
}

/// How a run ended; the temporary directory's name is replaced.
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    pub fn of(host: &Host, output: Output) -> Ended {
        let text =
            |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(host.dir.path().to_str().unwrap(), "[DIR]");
        Ended {
            code: output.status.code().unwrap_or(-1),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{}", self.out);
        self.out
    }

    /// Exit code and standard error; nothing may be on standard output.
    #[track_caller]
    pub fn failed(self) -> String {
        assert_eq!(self.out, "");
        format!("exit {}\n{}", self.code, self.err)
    }
}

/// Nothing in this tree may be root's.
#[track_caller]
pub fn owned_by_the_runtime_user(path: &Path) {
    let meta = path.symlink_metadata().unwrap();
    assert_eq!((meta.uid(), meta.gid()), (NOBODY, NOBODY), "{}", path.display());
    if meta.is_dir() {
        fs::read_dir(path).unwrap().for_each(|e| owned_by_the_runtime_user(&e.unwrap().path()));
    }
}
