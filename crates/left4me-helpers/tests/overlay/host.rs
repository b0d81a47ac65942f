//! A host to mount on: the default `LEFT4ME_ROOT` on a real disk, one uid that owns it, and the built helper.

use super::namespace;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// The runtime user of these tests.
pub const USER: u32 = 12345;
/// `LEFT4ME_ROOT`.
pub const ROOT: &str = "/var/lib/left4me";

/// At most this often is anything repeated where the machine is slow.
pub const ROUNDS: &str = "LEFT4ME_TEST_ROUNDS";

pub struct Host;

/// What a helper did.
pub struct Done {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// How often to repeat what is usually repeated so often.
pub fn rounds(usual: usize) -> usize {
    std::env::var(ROUNDS).map_or(usual, |most| usual.min(most.parse().unwrap()))
}

/// Runs `body` on a host with one instance `a` of the layers `overlays/8` and `installation`.
pub fn run(test: &str, body: impl FnOnce(&Host)) {
    run_on(test, |directory| rustix::mount::mount_bind(directory, ROOT).unwrap(), body);
}

/// The same with the root in memory.
pub fn run_in_memory(test: &str, body: impl FnOnce(&Host)) {
    run_on(test, |_| namespace::cover(ROOT), body);
}

fn run_on(test: &str, mount_root: impl FnOnce(&Path), body: impl FnOnce(&Host)) {
    namespace::run(test, |directory| {
        for covered in ["/var/lib", "/run", "/etc"] {
            namespace::cover(covered);
        }
        fs::create_dir(ROOT).unwrap();
        mount_root(directory);
        let host = Host;
        for directory in ["installation", "overlays", "instances", "runtime", "updates", "workshop_cache"] {
            host.dir(directory);
        }
        host.file("installation/base", "game");
        host.file("overlays/8/over", "overlay");
        host.instance("a", &["overlays/8", "installation"]);
        chown(ROOT, Some(USER), Some(USER)).unwrap();
        fs::set_permissions(ROOT, fs::Permissions::from_mode(0o755)).unwrap();
        body(&host);
    });
}

impl Host {
    pub fn path(&self, below: &str) -> PathBuf {
        Path::new(ROOT).join(below)
    }

    /// Makes a directory and its parents, the runtime user's.
    pub fn dir(&self, below: &str) -> PathBuf {
        let mut path = PathBuf::from(ROOT);
        for component in below.split('/') {
            path.push(component);
            if fs::create_dir(&path).is_ok() {
                chown(&path, Some(USER), Some(USER)).unwrap();
            }
        }
        path
    }

    /// Writes a file of the runtime user's.
    pub fn file(&self, below: &str, text: impl AsRef<[u8]>) -> PathBuf {
        if let Some((parent, _)) = below.rsplit_once('/') {
            self.dir(parent);
        }
        let path = self.path(below);
        let _ = fs::remove_file(&path);
        fs::write(&path, text).unwrap();
        chown(&path, Some(USER), Some(USER)).unwrap();
        path
    }

    /// Makes an instance of these layers, which are paths below the root.
    pub fn instance(&self, name: &str, layers: &[&str]) {
        for directory in ["upper", "work", "merged"] {
            self.dir(&format!("runtime/{name}/{directory}"));
        }
        let layers: Vec<String> = layers.iter().map(|layer| format!("{ROOT}/{layer}")).collect();
        self.env(name, format!("L4D2_PORT=27015\nL4D2_ARGS=+map x\nL4D2_LOWERDIRS={}\n", layers.join(":")));
    }

    /// Writes an `instance.env`.
    pub fn env(&self, name: &str, text: impl AsRef<[u8]>) {
        self.file(&format!("instances/{name}/instance.env"), text);
    }

    /// The helper, with an environment that it must not believe.
    pub fn helper(&self, line: &str) -> Command {
        let mut helper = Command::new(env!("CARGO_BIN_EXE_left4me-overlay"));
        helper.args(line.split(' ')).env("LEFT4ME_ROOT", "/tmp").stdin(Stdio::null());
        helper
    }

    /// Runs the helper to its end.
    pub fn call(&self, line: &str) -> Done {
        Done::from(self.helper(line).output().unwrap())
    }

    /// Runs the helper, which must succeed and say nothing.
    pub fn ok(&self, line: &str) {
        let done = self.call(line);
        assert_eq!((done.code, done.out.as_str(), done.err.as_str()), (0, "", ""), "{line}");
    }

    /// Runs the helper, which must fail with one sentence that contains `message`.
    pub fn fails(&self, line: &str, message: &str) {
        let done = self.call(line);
        assert!(
            done.code == 1 && done.err.contains(message),
            "{line}: expected {message:?}, got {} {}",
            done.code,
            done.err
        );
        assert!(done.err.starts_with("left4me-overlay: ") && done.err.lines().count() <= 2, "{}", done.err);
    }

    /// Reads a file of the merged tree of `a`.
    pub fn merged(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path("runtime/a/merged").join(name)).ok()
    }

    /// The lines of the mount table that are about overlays.
    pub fn overlays(&self) -> Vec<String> {
        let table = fs::read_to_string("/proc/self/mountinfo").unwrap();
        table.lines().filter(|line| line.contains(" - overlay left4me:")).map(str::to_owned).collect()
    }
}

impl From<Output> for Done {
    fn from(output: Output) -> Done {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Done { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// A process that ends with its owner.
pub struct Guard(pub Child);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
