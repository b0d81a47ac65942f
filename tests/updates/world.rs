//! A host of which only this much is there: the runtime user, the simulated SteamCMD, the game, and instances that
//! nothing runs in.

use left4me_test_support::client::Client;
use left4me_test_support::tree::{self, Tree};
use left4me_test_support::{account, namespace, program, steam};
use std::fs;
use std::os::unix::fs::{MetadataExt, lchown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

pub const ROOT: &str = "/var/lib/left4me";
/// The build that is installed first.
pub const FIRST: u64 = 16_546_402;
pub const UPDATE: &[&str] = &["game", "update", "--pause", "0"];
const USER: u32 = 64001;
const SETUP: &str = env!("CARGO_BIN_EXE_left4me-setup");
/// How soon after a kill nothing of it may be alive.
const SOON: Duration = Duration::from_secs(5);

pub struct World {
    /// Where new installs of builds are made, to be compared with.
    scratch: PathBuf,
    client: Client,
    /// The build on offer.
    pub offered: u64,
}

/// Runs `body` on a host with the first build and an instance `a`.
pub fn run(test: &str, body: impl FnOnce(&mut World)) {
    namespace::run(test, |directory| {
        for covered in ["/var/lib", "/run"] {
            namespace::cover(covered);
        }
        if Path::new("/etc/left4me").exists() {
            namespace::cover("/etc/left4me");
        }
        account::add(directory, USER);
        let (root, scratch) = (directory.join("root"), directory.join("scratch"));
        for path in [Path::new(ROOT), &root, &scratch] {
            fs::create_dir(path).unwrap();
        }
        rustix::mount::mount_bind(&root, ROOT).unwrap();
        let client = Client::new(&scratch);
        client.set("files=40");
        let mut world = World { scratch, client, offered: FIRST };
        world.install();
        body(&mut world);
    });
}

impl World {
    fn install(&mut self) {
        for path in ["installation", "updates", "overlays", "instances", "runtime", "logs"] {
            fs::create_dir(Path::new(ROOT).join(path)).unwrap();
        }
        fs::create_dir_all("/var/lib/left4me-setup").unwrap();
        let copy = Command::new("cp").arg("-a").arg(&self.client.dir).arg(format!("{ROOT}/steam")).status();
        assert!(copy.unwrap().success());
        // Its home is elsewhere.
        let _ = fs::remove_dir_all(format!("{ROOT}/steam/Steam"));
        self.instance("a");
        own(Path::new(ROOT));
        self.setup(&["game", "install", "--pause", "0"]);
    }

    /// An instance of the game alone.
    pub fn instance(&self, name: &str) {
        for path in ["upper", "work", "merged"] {
            fs::create_dir_all(format!("{ROOT}/runtime/{name}/{path}")).unwrap();
        }
        fs::create_dir_all(format!("{ROOT}/instances/{name}")).unwrap();
        let env = format!("L4D2_PORT=27015\nL4D2_ARGS=+map x\nL4D2_LOWERDIRS={ROOT}/installation\n");
        fs::write(format!("{ROOT}/instances/{name}/instance.env"), env).unwrap();
        own(Path::new(&format!("{ROOT}/runtime/{name}")));
        own(Path::new(&format!("{ROOT}/instances/{name}")));
    }

    /// Puts the next build on offer, with the same contents as the first one but for these words.
    pub fn offer(&mut self, words: &str) -> String {
        self.offered += 1;
        let build = self.offered.to_string();
        let path = format!("{ROOT}/steam/sim/settings");
        let settings = fs::read_to_string(&path).unwrap();
        let like = format!("like_{FIRST},{words}");
        fs::write(path, format!("{settings}{}\n", steam::offer(&build, &like))).unwrap();
        build
    }

    /// A setting of the double's.
    pub fn set(&self, line: &str) {
        let path = format!("{ROOT}/steam/sim/settings");
        let settings = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("{settings}{line}\n")).unwrap();
    }

    /// What becomes of SteamCMD's next runs (tests/steam/README.md).
    pub fn modes(&self, modes: &[&str]) {
        fs::write(format!("{ROOT}/steam/sim/mode-queue"), modes.join("\n")).unwrap();
    }

    /// What a new install with these words comes to.
    pub fn expected(&self, words: &str) -> Tree {
        let game = self.scratch.join(format!("build-{words}"));
        if !game.exists() {
            self.client.offer("1", &format!("like_{FIRST},{words}"));
            self.client.install(&game);
        }
        files(&game)
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("setsid");
        command.arg("--wait").arg(SETUP).args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs left4me-setup, which must succeed.
    #[track_caller]
    pub fn setup(&self, arguments: &[&str]) -> String {
        let output = self.try_setup(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        said(&output)
    }

    pub fn try_setup(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Starts left4me-setup itself, so that a kill hits no wrapper of it.
    pub fn begin(&self, arguments: &[&str]) -> Child {
        let mut command = Command::new(SETUP);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    }

    pub fn mount(&self, name: &str) {
        let mounted = Command::new(program("left4me-overlay")).args(["mount", name]).output().unwrap();
        assert!(mounted.status.success(), "{}", said(&mounted));
    }

    pub fn unmount(&self, name: &str) {
        let unmounted = Command::new(program("left4me-overlay")).args(["umount", name]).output().unwrap();
        assert!(unmounted.status.success(), "{}", said(&unmounted));
    }

    /// What an instance sees that is mounted now.
    pub fn seen_by(&self, name: &str) -> Tree {
        files(Path::new(&format!("{ROOT}/runtime/{name}/merged")))
    }

    /// What an instance would get: the build, and its files.
    pub fn next(&self) -> (u64, Tree) {
        self.mount("a");
        let merged = format!("{ROOT}/runtime/a/merged");
        let manifest = fs::read_to_string(format!("{merged}/steamapps/appmanifest_222860.acf")).unwrap();
        let value = |key: &str| {
            let (_, rest) = manifest.split_once(&format!("\"{key}\"\t\t\"")).unwrap();
            rest.split('"').next().unwrap().parse::<u64>().unwrap()
        };
        assert_eq!(value("StateFlags"), 4, "{manifest}");
        let next = (value("buildid"), self.seen_by("a"));
        self.unmount("a");
        next
    }
}

/// The files of the game, without Steam's record of them.
fn files(game: &Path) -> Tree {
    tree::of(game, |path| path == "steamapps")
}

pub fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

fn own(path: &Path) {
    lchown(path, Some(USER), Some(USER)).unwrap();
    if path.is_symlink() {
        return;
    }
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        own(&entry.path());
    }
}

/// What must not grow, whatever happens: mounts here, and namespaces anywhere.
#[derive(Debug, PartialEq)]
pub struct Leaks {
    mounts: Vec<String>,
    namespaces: usize,
    processes: Vec<String>,
}

/// What is there now. The dead are left out, as nobody reaps them here.
pub fn leaks() -> Leaks {
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let mut mounts: Vec<String> =
        table.lines().filter_map(|line| line.split(' ').nth(4)).map(str::to_owned).collect();
    mounts.sort();
    let mut namespaces: Vec<PathBuf> = Vec::new();
    let mut processes = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Ok(namespace) = fs::read_link(entry.path().join("ns/mnt")) else { continue };
        namespaces.push(namespace);
        if entry.metadata().is_ok_and(|found| found.uid() == USER) {
            let line = fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default();
            processes.push(line.replace('\0', " "));
        }
    }
    namespaces.sort();
    namespaces.dedup();
    Leaks { mounts, namespaces: namespaces.len(), processes }
}

/// Waits until there is no more than there was.
#[track_caller]
pub fn wait_for(before: &Leaks) {
    let deadline = Instant::now() + SOON;
    loop {
        let now = leaks();
        if now == *before {
            return;
        }
        assert!(Instant::now() < deadline, "{now:#?}\nbut there was only {before:#?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Waits for something that takes no longer than an update.
#[track_caller]
pub fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
