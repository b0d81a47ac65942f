//! What bash, zsh and fish complete: the real shells, with TAB pressed in them.

#![allow(clippy::unwrap_used)]

use left4me_test_support::{account, namespace, needs};
use nix::poll::{PollFd, PollFlags, poll};
use std::fs;
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// How long a shell may think, in milliseconds.
const PATIENCE: u16 = 20_000;

/// Names that are none, and would do something to a shell that reads them as its own.
const HOSTILE: [&str; 12] = [
    "$(touch pwned)",
    "`touch pwned`",
    "a;touch pwned",
    "x y",
    "new\nline",
    "-rf",
    "*",
    "it's",
    "UPPER",
    "ä",
    "~root",
    "\u{1b}[2J",
];

/// Builds that are kept, and what else could lie there.
const BUILDS: [&str; 8] =
    ["10", "16546402", "20.1", "20.999", "20.1000", "010", "20.", "123456789012345678901"];

/// A directory to be in, with instances and builds in it.
fn host() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for name in ["versus", "coop", "a-b_c", &"l".repeat(64), &"x".repeat(65)].into_iter().chain(HOSTILE) {
        fs::create_dir_all(dir.path().join("root/instances").join(name)).unwrap();
    }
    let lists = dir.path().join("root/updates/.lists");
    fs::create_dir_all(&lists).unwrap();
    for name in BUILDS.into_iter().chain(HOSTILE) {
        fs::write(lists.join(name), "").unwrap();
    }
    fs::write(dir.path().join("spec.yaml"), "").unwrap();
    fs::create_dir(dir.path().join("directory")).unwrap();
    dir
}

fn script(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/completions").join(path)
}

/// A shell on a terminal, where TAB inserts all that it completes.
struct Shell {
    dir: tempfile::TempDir,
    child: std::process::Child,
    terminal: fs::File,
}

impl Shell {
    /// `setup` makes it ready.
    fn new(program: &str, arguments: &[&str], setup: &str) -> Shell {
        let dir = host();
        let size = nix::pty::Winsize { ws_row: 50, ws_col: 1000, ws_xpixel: 0, ws_ypixel: 0 };
        let pty = nix::pty::openpty(Some(&size), None).unwrap();
        let slave = || Stdio::from(pty.slave.try_clone().unwrap());
        // A session with this terminal, as a login has it.
        let child = Command::new("setsid")
            .args(["--ctty", program])
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .env("TERM", "dumb")
            .env("HOME", dir.path())
            .env("LEFT4ME_ROOT", dir.path().join("root"))
            .current_dir(dir.path())
            .stdin(slave())
            .stdout(slave())
            .stderr(slave())
            .spawn()
            .unwrap();
        drop(pty.slave);
        let mut shell = Shell { dir, child, terminal: OwnedFd::into(pty.master) };
        shell.say(&format!("{setup}\n"));
        shell.wait_for_end("ready", "echo rea''dy");
        shell
    }

    fn say(&mut self, text: &str) {
        self.terminal.write_all(text.as_bytes()).unwrap();
    }

    /// What is shown until `mark` is, which `line` makes.
    fn wait_for_end(&mut self, mark: &str, line: &str) -> String {
        self.say(&format!("{line}\n"));
        let (mut shown, mut buffer) = (String::new(), [0; 4096]);
        while !shown.contains(mark) {
            let mut ready = [PollFd::new(self.terminal.as_fd(), PollFlags::POLLIN)];
            assert!(poll(&mut ready, PATIENCE).unwrap() > 0, "{line:?} makes no {mark}: {shown:?}");
            match self.terminal.read(&mut buffer) {
                Ok(length @ 1..) => shown += &String::from_utf8_lossy(&buffer[..length]),
                _ => panic!("the shell has ended: {shown}"),
            }
        }
        shown
    }

    /// The words that TAB makes of a line, sorted and without those that were there.
    fn tab(&mut self, line: &str) -> String {
        // The line becomes arguments; what they are when the shell has read them is what counts.
        let shown = self.wait_for_end(">>", &format!("{line}\t\u{1}say_words \u{5}"));
        let (_, words) = shown.rsplit_once("<<").unwrap_or_else(|| panic!("{line}: {shown:?}"));
        let words = words.split_once(">>").unwrap().0;
        let typed: Vec<&str> = line.split(' ').collect();
        let mut words: Vec<&str> = words.split('|').skip(typed.len() - 1).collect();
        words.sort_unstable();
        words.join(" ").trim().trim_end_matches('/').to_owned()
    }

    fn end(mut self) {
        assert!(!self.dir.path().join("pwned").exists(), "a name was run");
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// `say_words`, in the words of bash and zsh.
const SAY_WORDS: &str = r#"say_words() { local IFS='|'; printf '%s%s%s\n' '<''<' "$*" '>''>'; }"#;

/// What each line becomes, in every shell.
fn lines() -> Vec<(&'static str, String)> {
    let long = "l".repeat(64);
    let names = |more: &str| format!("a-b_c coop {long}{more}");
    let mut lines = vec![
        ("l4d2ctl rest", "restart".to_owned()),
        ("l4d2ctl start ", names(" versus")),
        ("l4d2ctl start ver", "versus".to_owned()),
        // Several, each once.
        ("l4d2ctl start versus ", names("")),
        ("l4d2ctl restart --all co", "coop".to_owned()),
        ("l4d2ctl status versus coop a", "a-b_c".to_owned()),
        ("l4d2ctl overlay ex", "explain".to_owned()),
        ("l4d2ctl overlay show v", "versus".to_owned()),
        ("l4d2ctl logs --lines 5 ver", "versus".to_owned()),
        ("l4d2ctl initialize versus -f sp", "spec.yaml".to_owned()),
        ("l4d2ctl status --js", "--json".to_owned()),
    ];
    for (line, expected) in [
        ("left4me-setup ga", "game"),
        ("left4me-setup game up", "update"),
        ("left4me-setup game verify --rep", "--repair"),
        ("left4me-setup game rollback ", "10 16546402 20.1 20.999"),
        ("left4me-setup game rollback --no-wait 20", "20.1 20.999"),
        ("left4me-setup game pin 16", "16546402"),
        ("left4me-setup steamcmd ins", "install"),
        ("left4me-setup apply --skip-g", "--skip-game"),
        ("left4me-setup apply --skip-game --progress pl", "plain"),
        ("left4me-setup plan --sysroot dir", "directory"),
    ] {
        lines.push((line, expected.to_owned()));
    }
    lines
}

#[test]
#[ignore = "needs bash-completion: tests/run.sh"]
fn bash_completes() {
    const COMPLETION: &str = "/usr/share/bash-completion/bash_completion";
    ["/bin/bash", "/usr/bin/setsid", COMPLETION].into_iter().for_each(needs::file);
    let setup = format!(
        "PS1=; bind '\"\\t\": insert-completions'; {SAY_WORDS}; source {COMPLETION}; source {}; source {}",
        script("bash/l4d2ctl").display(),
        script("bash/left4me-setup").display()
    );
    let mut bash = Shell::new("/bin/bash", &["--norc", "--noprofile", "-i"], &setup);
    for (line, expected) in lines() {
        assert_eq!(bash.tab(line), expected, "{line}");
    }
    // With the '=' that bash takes for a word, and below sudo.
    assert_eq!(bash.tab("left4me-setup apply --progress=js"), "--progress=json");
    assert_eq!(bash.tab("l4d2ctl start --wait=5 vers"), "versus");
    assert_eq!(bash.tab("sudo l4d2ctl start vers"), "versus");
    assert_eq!(bash.tab("sudo left4me-setup game veri"), "verify");
    // It takes one.
    assert_eq!(bash.tab("left4me-setup game pin 10 "), "");
    // Where nothing can be known, no file of this directory is offered.
    assert_eq!(bash.tab("l4d2ctl logs versus --lines sp"), "sp");
    bash.end();
}

#[test]
#[ignore = "needs zsh: tests/run.sh"]
fn zsh_completes() {
    ["/usr/bin/zsh", "/usr/bin/setsid"].into_iter().for_each(needs::file);
    let setup = format!(
        "PS1=; unsetopt prompt_cr prompt_sp; bindkey -e; fpath=({} $fpath); autoload -U compinit; compinit -u -D; \
         zstyle ':completion:*' completer _all_matches _complete; zstyle ':completion:*' insert true; \
         {SAY_WORDS}",
        script("zsh").display()
    );
    let mut zsh = Shell::new("/usr/bin/zsh", &["-f", "-i"], &setup);
    for (line, expected) in lines() {
        assert_eq!(zsh.tab(line), expected, "{line}");
    }
    assert_eq!(zsh.tab("left4me-setup apply --progress=js"), "--progress=json");
    assert_eq!(zsh.tab("sudo l4d2ctl start vers"), "versus");
    zsh.end();
}

#[test]
#[ignore = "needs fish: tests/run.sh"]
fn fish_completes() {
    needs::file("/usr/bin/fish");
    let host = host();
    let more = [("sudo l4d2ctl start vers", "versus"), ("left4me-setup game pin 10 ", "")]
        .map(|(l, e)| (l, e.to_owned()));
    for (line, expected) in lines().into_iter().chain(more) {
        let output = Command::new("/usr/bin/fish")
            .args([
                "--command",
                "for script in $argv[2..]; source $script; end; complete --do-complete $argv[1]",
            ])
            .arg(line)
            .args([script("fish/l4d2ctl.fish"), script("fish/left4me-setup.fish")])
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .env("HOME", host.path())
            .env("LEFT4ME_ROOT", host.path().join("root"))
            .current_dir(host.path())
            .output()
            .unwrap();
        assert!(output.stderr.is_empty(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        // Each with a tab and what it is.
        let shown = String::from_utf8(output.stdout).unwrap();
        let mut words: Vec<&str> = shown.lines().filter_map(|line| line.split('\t').next()).collect();
        words.sort_unstable();
        assert_eq!(words.join(" ").trim_end_matches('/'), expected, "{line}");
    }
    assert!(!host.path().join("pwned").exists(), "a name was run");
}

/// An ordinary user, who has no LEFT4ME_ROOT and is not asked for a password either.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn names_are_those_in_the_runtime_users_home() {
    ["/bin/bash", "/usr/bin/zsh", "/usr/bin/fish"].into_iter().for_each(needs::file);
    namespace::run("names_are_those_in_the_runtime_users_home", |directory| {
        namespace::cover("/var/lib");
        account::add(directory, 64001);
        // As `apply` makes it: the instances are not open to all, their names are.
        fs::create_dir_all("/var/lib/left4me/instances/versus").unwrap();
        fs::set_permissions("/var/lib/left4me/instances/versus", fs::Permissions::from_mode(0o750)).unwrap();
        fs::create_dir_all("/var/lib/left4me/updates/.lists").unwrap();
        fs::write("/var/lib/left4me/updates/.lists/20.1", "").unwrap();
        for (program, names, call, expected) in [
            ("l4d2ctl", "_l4d2ctl_instances", "l4d2ctl stop ", "versus\n"),
            ("left4me-setup", "_left4me_setup_builds", "left4me-setup game pin ", "20.1\n"),
        ] {
            // Where everybody can read them.
            let place = Path::new("/var/lib").join(program);
            fs::create_dir(&place).unwrap();
            for path in [format!("bash/{program}"), format!("zsh/_{program}"), format!("fish/{program}.fish")]
            {
                fs::copy(script(&path), place.join(Path::new(&path).file_name().unwrap())).unwrap();
            }
            let place = place.display();
            for (shell, script) in [
                ("bash", format!("source {place}/{program}; {names}; echo ${{names[@]}}")),
                (
                    "zsh",
                    format!(
                        "fpath=({place} $fpath); autoload -U _{program}; _arguments() {{ }}; _{program}; \
                         _wanted() {{ print $names }}; {names}"
                    ),
                ),
                ("fish", format!("source {place}/{program}.fish; complete --do-complete '{call}'")),
            ] {
                let said = Command::new("setpriv")
                    .args(["--reuid=65534", "--regid=65534", "--clear-groups", shell, "-c", &script])
                    .env_clear()
                    .envs([("PATH", "/usr/bin:/bin"), ("HOME", "/tmp"), ("LC_ALL", "C.UTF-8")])
                    .current_dir("/")
                    .output()
                    .unwrap();
                assert_eq!(String::from_utf8_lossy(&said.stdout), expected, "{shell}: {said:?}");
            }
        }
    });
}
