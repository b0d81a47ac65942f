//! The progress of a download on terminals of every width, and with words that mean to steer them.

use super::{SETUP, namespace, prepare_with};
use rustix::termios::{Winsize, tcsetwinsize};
use std::fs;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// In SteamCMD's place: the client is there at once; the game's download waits for the file `go`, resumes at
/// 4 of 9.7 GB and goes on at no more than 100 MB a second until the file `enough` is there.
const DOWNLOADS: &str = r##"#!/usr/bin/perl
$| = 1;
chdir $ENV{HOME};
sub write_to { open(my $file, ">", $_[0]) or die "$_[0]: $!"; print $file $_[1]; chmod 0755, $_[0] }
my $elf = "\177ELF\1\1\0\0\0\0\0\0\0\0\0\0\2\0\3\0" . "\0" x 64;
mkdir "steam/linux32";
write_to("steam/linux32/steamclient.so", $elf);
exit 0 unless grep { $_ eq "+app_update" } @ARGV;
my ($said, $done, $total) = ("@SAID@", 4_000_000_000, 9_700_000_000);
print "Waiting for user info...OK\n Update state (0x3) reconfiguring, progress: 0.00 (0 / 0)\n";
sub say_done { printf " Update state (0x61) downloading$said, progress: %.2f (%d / %d)\n", $done / $total * 100, $done, $total }
select(undef, undef, undef, 0.02) until -e "go";
while (!-e "enough" && $done < $total - 5_000_000) {
    say_done();
    $done += 5_000_000;
    select(undef, undef, undef, 0.05);
}
$done = $total;
say_done();
if ($said) {
    print "Logging in user 'anonymous' to Steam Public...FAILED (Invalid Password$said)\n";
    exit 5;
}
mkdir "installation/$_" for "", "steamapps", "left4dead2";
write_to("installation/steamapps/appmanifest_222860.acf", qq("AppState"\n{\n"appid" "222860"\n"StateFlags" "4"\n"buildid" "1"\n"SizeOnDisk" "5"\n"InstalledDepots"\n{\n"222863"\n{\n"manifest" "1"\n}\n}\n}\n));
write_to("installation/left4dead2/steam.inf", "PatchVersion=2.2.4.3\n");
write_to("installation/srcds_run", "#!/bin/sh\n");
write_to("installation/srcds_linux", $elf);
print "Success! App '222860' fully installed.\n";
"##;

/// The program on a terminal, of which this is our end.
struct Terminal {
    child: Child,
    ours: fs::File,
    shown: String,
    /// What has not been looked at begins here.
    seen: usize,
}

impl Terminal {
    fn new(columns: u16, arguments: &[&str]) -> Terminal {
        let pty = nix::pty::openpty(None, None).unwrap();
        tcsetwinsize(&pty.master, size(columns)).unwrap();
        let slave = || Stdio::from(pty.slave.try_clone().unwrap());
        let child = Command::new(SETUP)
            .args(arguments)
            .env("TERM", "xterm")
            .stdin(slave())
            .stdout(slave())
            .stderr(slave())
            .spawn()
            .unwrap();
        drop(pty.slave);
        Terminal { child, ours: OwnedFd::into(pty.master), shown: String::new(), seen: 0 }
    }

    fn resize(&self, columns: u16) {
        tcsetwinsize(&self.ours, size(columns)).unwrap();
    }

    /// Reads on; false at the end.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        match self.ours.read(&mut buffer) {
            // EIO: nobody has the other end any more.
            Ok(0) | Err(_) => false,
            Ok(length) => {
                self.shown += &String::from_utf8_lossy(&buffer[..length]);
                true
            }
        }
    }

    /// The next line that was drawn and is finished.
    fn next(&mut self) -> Option<String> {
        loop {
            let rest = &self.shown[self.seen..];
            if let Some(end) = rest.find(['\r', '\n', '\u{1b}']) {
                let line = rest[..end].to_owned();
                self.seen += end + escape_length(&rest[end..]);
                if !line.trim().is_empty() {
                    return Some(line);
                }
            } else if !self.read() {
                return None;
            }
        }
    }

    /// The next drawn line of which this is true.
    fn wait_for(&mut self, what: &str, is_it: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + Duration::from_secs(60);
        while let Some(line) = self.next().filter(|_| Instant::now() < deadline) {
            if is_it(&line) {
                return line;
            }
        }
        panic!("{what} was not shown:\n{:?}", &self.shown[self.shown.len().saturating_sub(4000)..]);
    }
}

fn size(columns: u16) -> Winsize {
    Winsize { ws_row: 30, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}

/// Of what moves the cursor: a control character, or CSI up to its final letter.
fn escape_length(text: &str) -> usize {
    match text.strip_prefix("\u{1b}[") {
        Some(rest) => rest.find(|c: char| c.is_ascii_alphabetic()).map_or(text.len(), |end| end + 3),
        None => 1,
    }
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn every_width_shows_what_it_has_room_for() {
    namespace::run("progress::every_width_shows_what_it_has_room_for", |directory| {
        prepare_with(directory, &DOWNLOADS.replace("@SAID@", ""));
        fs::create_dir("/var/lib/left4me-setup").unwrap();
        let mut terminal = Terminal::new(200, &["game", "install"]);
        terminal.wait_for("a spinner", |line| {
            line.starts_with(['|', '/', '-', '\\'])
                && line.contains(" game")
                && line.contains("reconfiguring")
        });
        fs::write("/var/lib/left4me/go", "").unwrap();
        for (columns, pieces) in [
            (200, &["downloading [", "%", " of 9.7 GB", "MB/s", " left"][..]),
            (120, &["downloading [", "%", " of 9.7 GB", "MB/s", " left"]),
            (80, &["game", "[", "%", " of 9.7 GB", "MB/s", " left"]),
            (60, &["game", "[", "%", " of 9.7 GB", "MB/s"]),
            (40, &["game", "[", "%", " of 9.7 GB"]),
        ] {
            terminal.resize(columns);
            let fits = |line: &str| line.trim_end().len() < usize::from(columns);
            let has_all = |line: &str| fits(line) && pieces.iter().all(|piece| line.contains(piece));
            terminal.wait_for(&format!("all at {columns} columns"), has_all);
            for _ in 0..5 {
                let line = terminal.next().unwrap();
                assert!(has_all(&line), "{columns}: {line}");
            }
        }
        fs::write("/var/lib/left4me/enough", "").unwrap();
        let last = terminal.wait_for("the end", |line| line.starts_with("game: 9.7 GB in "));
        assert!(last.ends_with(" s"), "{last}");
        while terminal.read() {}
        // The leap to what was there already was no speed, and nothing of the bar is left.
        assert!(!terminal.shown.contains("GB/s"), "{:?}", terminal.shown);
        let end = &terminal.shown[terminal.seen..];
        assert!(!end.contains('%') && terminal.child.wait().unwrap().success(), "{end:?}");
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn what_steamcmd_says_steers_no_terminal() {
    const SAID: &str = "\\e]0;owned\\a\\xc2\\x9b2J\\x9c\\xe2\\x80\\xaegpj\\x7f";
    namespace::run("progress::what_steamcmd_says_steers_no_terminal", |directory| {
        prepare_with(directory, &DOWNLOADS.replace("@SAID@", SAID));
        for file in ["go", "enough"] {
            fs::write(format!("/var/lib/left4me/{file}"), "").unwrap();
        }
        for mode in ["plain", "json"] {
            let said = Command::new(SETUP).args(["game", "install", "--progress", mode]).output().unwrap();
            assert!(!said.status.success());
            for text in [said.stdout, said.stderr] {
                let text = String::from_utf8(text).unwrap();
                let steers = |c: char| c != '\n' && c.is_control() || c == '\u{202e}';
                assert!(!text.contains(steers), "{mode}: {text:?}");
            }
        }
        let mut terminal = Terminal::new(120, &["game", "install"]);
        while terminal.read() {}
        let shown = &terminal.shown;
        assert!(shown.contains("owned") && shown.contains("\\u{7}"), "{shown:?}");
        assert!(
            !shown.contains(['\u{7}', '\u{9b}', '\u{202e}', '\u{7f}']) && !shown.contains("\u{1b}]"),
            "{shown:?}"
        );
    });
}
