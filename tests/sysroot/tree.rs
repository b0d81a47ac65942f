//! A directory tree that becomes a host, and the program run on it.

use left4me_test_support::needs;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

const NOBODY: u32 = 65534;

/// One tree, removed when it goes out of scope.
pub struct Tree {
    // Removed with the last tree in it.
    dir: Arc<tempfile::TempDir>,
    pub root: PathBuf,
    program: PathBuf,
    uid: u32,
}

/// What the program printed, and how it ended.
#[derive(Debug)]
pub struct Said {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Said {
    fn of(command: &mut Command) -> Said {
        let output = command.output().unwrap();
        Said {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Tree {
    /// A tree of the user who runs the tests.
    pub fn mine() -> Tree {
        Tree::owned_by(rustix::process::geteuid().as_raw())
    }

    /// A tree of root's, who must run the tests.
    pub fn roots() -> Tree {
        needs::root();
        Tree::mine()
    }

    /// A tree of an ordinary user's; root must run the tests.
    pub fn anothers() -> Tree {
        needs::root();
        Tree::owned_by(NOBODY)
    }

    /// A tree of an ordinary user's.
    pub fn ordinary() -> Tree {
        if rustix::process::geteuid().is_root() { Tree::anothers() } else { Tree::mine() }
    }

    /// One of root's, if root runs the tests, and one of an ordinary user's.
    pub fn each() -> impl Iterator<Item = Tree> {
        let roots = rustix::process::geteuid().is_root().then(Tree::roots);
        roots.into_iter().chain(std::iter::once_with(Tree::ordinary))
    }

    fn owned_by(uid: u32) -> Tree {
        needs::file("/usr/bin/systemd-sysusers");
        let dir = tempfile::Builder::new().prefix("left4me-").tempdir_in("/tmp").unwrap();
        std::fs::set_permissions(dir.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        // The build directory may be one that the other user cannot enter.
        let program = dir.path().join("left4me-setup");
        let built = env!("CARGO_BIN_EXE_left4me-setup");
        std::fs::hard_link(built, &program).or_else(|_| std::fs::copy(built, &program).map(drop)).unwrap();
        let root = dir.path().join("root");
        std::fs::create_dir(&root).unwrap();
        chown(&root, Some(uid), Some(uid)).unwrap();
        Tree { dir: Arc::new(dir), root, program, uid }
    }

    /// Another tree of the same user, empty.
    pub fn sibling(&self, name: &str) -> Tree {
        let root = self.dir.path().join(name);
        std::fs::create_dir(&root).unwrap();
        chown(&root, Some(self.uid), Some(self.uid)).unwrap();
        Tree { dir: self.dir.clone(), root, program: self.program.clone(), uid: self.uid }
    }

    /// Where the trees of this user lie.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn owned_by_root(&self) -> bool {
        self.uid == 0
    }

    /// The program with `--sysroot`, as the tree's user.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).arg("--sysroot").arg(&self.root);
        self.as_user(&mut command);
        command
    }

    /// The same, under strace with these options.
    pub fn traced(&self, options: &[&str], arguments: &[&str]) -> Command {
        let mut command = Command::new("strace");
        command.args(options).arg(&self.program).args(arguments).arg("--sysroot").arg(&self.root);
        self.as_user(&mut command);
        command
    }

    /// Runs `command` as the tree's user and with nothing of ours.
    pub fn as_user(&self, command: &mut Command) {
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").current_dir("/");
        if rustix::process::geteuid().as_raw() != self.uid {
            command.uid(self.uid).gid(self.uid);
        }
    }

    /// Without `--sysroot`; only for what an ordinary user is refused.
    pub fn run_on_this_machine(&self, arguments: &[&str]) -> Said {
        assert!(!self.owned_by_root());
        let mut command = Command::new(&self.program);
        self.as_user(command.args(arguments));
        Said::of(&mut command)
    }

    pub fn run(&self, arguments: &[&str]) -> Said {
        Said::of(&mut self.command(arguments))
    }

    /// The same, ended after a while: it may be held up for good.
    pub fn run_in_time(&self, arguments: &[&str]) -> Said {
        let mut command = Command::new("timeout");
        command.args(["--signal=KILL", "60"]);
        self.run_below(command, arguments)
    }

    /// The same, started by another program.
    pub fn run_below(&self, mut command: Command, arguments: &[&str]) -> Said {
        command.arg(&self.program).args(arguments).arg("--sysroot").arg(&self.root);
        self.as_user(&mut command);
        Said::of(&mut command)
    }

    /// An apply that must succeed.
    #[track_caller]
    pub fn apply(&self) -> String {
        let said = self.run(&["apply", "--yes"]);
        assert_eq!(said.code, 0, "{said:#?}");
        said.out
    }

    /// A shell script in the tree, as its user.
    #[track_caller]
    pub fn sh(&self, script: &str) {
        let mut command = Command::new("sh");
        command.args(["-ec", script]);
        self.as_user(&mut command);
        assert!(command.current_dir(&self.root).status().unwrap().success(), "{script}");
    }

    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.root.join(path)).unwrap()
    }

    /// Type, mode, owner, path and link target of everything but the account database, whose numbers
    /// depend on the machine.
    pub fn shape(&self) -> String {
        self.list(|_| String::new())
    }

    /// The same, and a mark of each file's content.
    pub fn listing(&self) -> String {
        self.list(content_mark)
    }

    fn list(&self, mark: impl Fn(&Path) -> String) -> String {
        let passwd = std::fs::read_to_string(self.root.join("etc/passwd")).unwrap_or_default();
        let ours = passwd.lines().find_map(|l| l.strip_prefix("left4me:x:")?.split(':').next()?.parse().ok());
        let mut text = String::new();
        for (path, found) in self.everything() {
            if ["etc/passwd", "etc/group", "etc/shadow", "etc/gshadow", "etc/.pwd.lock"].contains(&&*path)
                || path.starts_with("etc/") && path.ends_with('-')
            {
                continue;
            }
            let kind = if found.is_dir() {
                'd'
            } else if found.is_symlink() {
                'l'
            } else {
                '-'
            };
            let owner = match found.uid() {
                id if Some(id) == ours => "left4me",
                0 => "root",
                id if id == self.uid => "builder",
                _ => "somebody",
            };
            let _ = write!(text, "{kind}{:04o} {owner:8} /{path}", found.mode() & 0o7777);
            let _ = match std::fs::read_link(self.root.join(&path)) {
                Ok(target) => writeln!(text, " -> {}", target.display()),
                Err(_) if found.is_file() => writeln!(text, "{}", mark(&self.root.join(&path))),
                Err(_) => writeln!(text),
            };
        }
        text
    }

    /// When everything was last touched.
    pub fn stamps(&self) -> Vec<(String, i64, i64, u64)> {
        let of = |(path, m): (String, std::fs::Metadata)| (path, m.ctime(), m.ctime_nsec(), m.ino());
        self.everything().into_iter().map(of).collect()
    }

    /// Path and content of every file whose name is not hidden, the account database left out.
    pub fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let hidden = |path: &str| path.rsplit('/').next().is_some_and(|name| name.starts_with('.'));
        let database = ["etc/passwd", "etc/group", "etc/shadow", "etc/gshadow"];
        self.everything()
            .into_iter()
            .filter(|(path, found)| found.is_file() && !hidden(path))
            .filter(|(path, _)| !database.iter().any(|known| path.trim_end_matches('-') == *known))
            .map(|(path, _)| (path.clone(), std::fs::read(self.root.join(path)).unwrap()))
            .collect()
    }

    fn everything(&self) -> Vec<(String, std::fs::Metadata)> {
        let mut found = Vec::new();
        let mut todo = vec![self.root.clone()];
        while let Some(dir) = todo.pop() {
            for entry in std::fs::read_dir(&dir).unwrap().flatten() {
                let metadata = entry.metadata().unwrap();
                let path = entry.path();
                found.push((
                    path.strip_prefix(&self.root).unwrap().to_str().unwrap().to_owned(),
                    metadata.clone(),
                ));
                if metadata.is_dir() {
                    todo.push(path);
                }
            }
        }
        found.sort_by(|a, b| a.0.cmp(&b.0));
        found
    }

    /// The same summary whether root, who keeps two records, or another user, who cannot set owners, ran the tests.
    pub fn without_owners(&self, text: &str) -> String {
        let Some((before, rest)) = text.split_once(". owners: ") else { return text.to_owned() };
        let (_, after) = rest.split_once('\n').unwrap();
        let (lines, summary) = after.trim_end().rsplit_once('\n').unwrap_or(("", after.trim_end()));
        let lines = if lines.is_empty() { String::new() } else { format!("{lines}\n") };
        let parts: Vec<String> = summary
            .split(", ")
            .map(|part| match part.split_once(' ').unwrap() {
                (n, "in sync") => format!("{} in sync", n.parse::<u32>().unwrap() + 2),
                (n, "deferred") => format!("{} deferred", n.parse::<u32>().unwrap() - 1),
                _ => part.to_owned(),
            })
            .collect();
        format!("{before}{lines}{}\n", parts.join(", "))
    }

    /// The same for JSON.
    pub fn json_without_owners(&self, mut value: serde_json::Value) -> String {
        let resources = value["resources"].as_array_mut().unwrap();
        let before = resources.len();
        resources.retain(|r| r["resource"] != "owners");
        let owners = before - resources.len();
        resources.retain(|r| !r["resource"].as_str().unwrap().starts_with("record "));
        let records = before - owners - resources.len();
        for (count, gone) in [("deferred", owners), ("in_sync", records)] {
            value[count] = (value[count].as_u64().unwrap() - gone as u64).into();
        }
        format!("{value:#}")
    }
}

/// Whether a file is what a run leaves there. The list of what was made grows, by whole lines.
pub fn is_whole(path: &str, is: &[u8], end: &[u8]) -> bool {
    let lines = |text: &[u8]| {
        String::from_utf8_lossy(text).split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>()
    };
    let end_lines = lines(end);
    let grows = path == "var/lib/left4me-setup/made";
    is == end || grows && lines(is).iter().all(|line| end_lines.contains(line))
}

/// Length and a checksum: equal marks are equal contents as far as a test needs.
fn content_mark(path: &Path) -> String {
    let content = std::fs::read(path).unwrap();
    let sum = content.iter().fold(0u32, |sum, byte| sum.rotate_left(5) ^ u32::from(*byte));
    format!(" {} bytes {sum:08x}", content.len())
}
