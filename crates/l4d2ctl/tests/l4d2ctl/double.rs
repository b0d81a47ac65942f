//! The doubles behind l4d2ctl: a sudo that plays the helpers and systemd, and a game server that answers A2S.

use super::host::{Ended, Host, NOBODY, program};
use left4me_test_support::needs;
use std::fs;
use std::io::{Read, Write};
use std::net::UdpSocket;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicUsize, Ordering};
use std::time::Duration;

/// Notes each call with its uid, keeps each unit's state in a file, fails where a file says so.
const SUDO: &str = r#"#!/bin/sh
D=@DIR@
shift; tool=${1##*/}; shift
echo "$tool $*" >> $D/calls
echo "$(id -u) HOME=$HOME LD=$LD_PRELOAD $(pwd)" > $D/caller
verb=$1; shift
[ -f $D/sudo-fails ] && { cat $D/sudo-fails >&2; exit 77; }
# What systemd tells anyone, sudo need not let through.
[ -f $D/sudo-refuses ] && [ $verb != show ] && { cat $D/sudo-refuses >&2; exit 1; }
state() { printf '%s\n' "$2" > $D/unit.$1; }
link() { echo $D/wants/left4me-server@$1.service; }
case "$tool $verb" in
"left4me-systemctl show")
    for name in "$@"; do
        # Of many, the helper shows those that are loaded.
        [ $# -le 50 ] || [ -f $D/unit.$name ] || continue
        state=$(cat $D/unit.$name 2>/dev/null || echo inactive)
        [ $state = active ] && { sub=running pid=77; } || { sub=dead pid=0; }
        [ $state = failed ] && result=exit-code || result=success
        printf 'Id=left4me-server@%s.service\nActiveState=%s\nSubState=%s\nResult=%s\nMainPID=%s\nNRestarts=%s\n' $name $state $sub $result $pid $(cat $D/restarts 2>/dev/null || echo 0)
        printf 'ActiveEnterTimestamp=%s\nMemoryCurrent=[not set]\nUnitFileState=enabled\n\n' "$([ $state = active ] && echo @1733174231)"
    done ;;
"left4me-systemctl --version") ;;
"left4me-systemctl enable" | "left4me-systemctl restart")
    lock=$D/root/.game.lock
    [ ! -e $lock ] || { flock --nonblock $lock true && echo free || echo held; } > $D/game
    # A start that takes as long as a test wants.
    while [ -e $D/start-waits ]; do sleep 0.01; done
    for name in "$@"; do
        [ -f $D/enable-fails.$name ] && { state $name failed; cat $D/enable-fails.$name >&2; code=5; continue; }
        # The server's own unit is not even tried then.
        [ -f $D/mount-fails.$name ] && { state $name inactive; cat $D/mount-fails.$name >&2; code=5; continue; }
        [ $verb = restart ] || ln -sf /x "$(link $name)" || { echo "left4me-systemctl: cannot link" >&2; code=71; }
        state $name "$(cat $D/after-enable 2>/dev/null || echo active)"
    done ;;
"left4me-systemctl disable")
    [ -f $D/disable-fails ] && { cat $D/disable-fails >&2; exit 3; }
    for name in "$@"; do rm -f "$(link $name)" || code=1; state $name inactive; done ;;
"left4me-systemctl stop-overlay")
    for name in "$@"; do
        state $name inactive
        while [ -e $D/served.$name ]; do sleep 0.01; done
    done ;;
"left4me-systemctl show-overlay") cat $D/overlay 2>/dev/null ;;
"left4me-overlay umount")
    [ -f $D/holder ] && { cat $D/holder >&2; exit 1; }
    rmdir $D/root/runtime/$1/work/work ;;
"left4me-journalctl overlay") cat $D/journal.overlay 2>/dev/null ;;
left4me-journalctl*) cat $D/journal 2>/dev/null; exit $(cat $D/journal-code 2>/dev/null || echo 0) ;;
*) echo "unexpected: $tool $verb $*" >&2; exit 99 ;;
esac
exit ${code:-0}
"#;

pub fn install(host: &Host) {
    fs::write(host.path("sudo"), SUDO.replace("@DIR@", host.dir.path().to_str().unwrap())).unwrap();
    fs::set_permissions(host.path("sudo"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(
        host.path("passwd"),
        format!("root:x:0:0::/root:/bin/sh\nleft4me:x:{NOBODY}:{NOBODY}::/:/bin/sh\n"),
    )
    .unwrap();
    fs::write(host.path("calls"), "").unwrap();
    fs::create_dir(host.path("wants")).unwrap();
}

impl Host {
    /// l4d2ctl as root's own command, on a host where the doubles stand in.
    pub fn root_command(&self) -> Command {
        // An instance for which there is `mounted.NAME` has its tree mounted.
        const COVER: &str = "
            mount --bind $D/sudo /usr/bin/sudo && mount --bind $D/passwd /etc/passwd || exit
            mount --bind $D/wants /etc/systemd/system/multi-user.target.wants || exit
            [ ! -d $D/run ] || mount --bind $D/run /run || exit
            # This machine's own systemd is not asked.
            [ -d $D/run ] || [ ! -d /run/dbus ] || mount --bind $D/wants /run/dbus || exit
            for mounted in $D/mounted.*; do
                merged=$D/root/runtime/${mounted##*.}/merged
                [ ! -e $mounted ] || mount --bind $merged $merged || exit
            done
            # One that nobody serves.
            [ ! -e $D/fuse ] || { exec 9<>/dev/fuse && mount -i -t fuse -o fd=9,$(cat $D/fuse.options) silent $(cat $D/fuse); } || exit
            exec \"$@\"";
        needs::root();
        needs::file("/usr/bin/sudo");
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "--propagation", "private", "sh", "-c", COVER, "sh"])
            .arg(program())
            .env("D", self.dir.path())
            .env("LEFT4ME_ROOT", self.path("root"))
            .env("HOME", "/root")
            .current_dir(self.dir.path());
        command
    }

    pub fn as_root(&self, arguments: &[&str]) -> Ended {
        Ended::of(self, self.root_command().args(arguments).output().unwrap())
    }

    /// The same on a terminal, where `keys` are typed; returns the exit code and what was shown.
    pub fn on_terminal(&self, arguments: &[&str], keys: &str) -> (i32, String) {
        let mut script = self.script_of_width(80, arguments);
        // Held open to the end: at its end script(1) would type an end of file of its own.
        let mut keyboard = script.stdin.take().unwrap();
        keyboard.write_all(keys.as_bytes()).unwrap();
        let mut shown = String::new();
        script.stdout.as_mut().unwrap().read_to_string(&mut shown).unwrap();
        let code = script.wait().unwrap().code().unwrap();
        drop(keyboard);
        (code, shown.replace('\r', ""))
    }

    /// script(1), which runs l4d2ctl on a terminal with so many columns.
    pub fn script_of_width(&self, columns: u16, arguments: &[&str]) -> Child {
        let command = self.root_command();
        let quote = |word: &std::ffi::OsStr| format!("'{}'", word.to_str().unwrap().replace('\'', r"'\''"));
        let mut line: Vec<String> = command
            .get_envs()
            .map(|(key, value)| format!("{}={}", key.display(), quote(value.unwrap())))
            .collect();
        line.push(quote(command.get_program()));
        line.extend(command.get_args().map(quote));
        line.extend(arguments.iter().map(|word| quote(word.as_ref())));
        Command::new("script")
            .args(["-qec", &format!("stty columns {columns} rows 24; {}", line.join(" ")), "/dev/null"])
            .env("TERM", "xterm")
            .current_dir(self.dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// What the helpers were asked since the last look.
    pub fn calls(&self) -> String {
        let calls = fs::read_to_string(self.path("calls")).unwrap();
        fs::write(self.path("calls"), "").unwrap();
        calls
    }

    pub fn set(&self, file: &str, content: &str) {
        fs::write(self.path(file), content).unwrap();
        self.give(&self.path(file));
    }
}

/// A port that is free now.
pub fn free_port() -> u16 {
    loop {
        let port = UdpSocket::bind(("0.0.0.0", 0)).unwrap().local_addr().unwrap().port();
        if std::net::TcpListener::bind(("0.0.0.0", port)).is_ok() {
            return port;
        }
    }
}

/// Answers A2S on `port` until the test ends, claiming to have the port `claimed`.
pub fn serve(port: u16, claimed: u16) {
    serve_as(port, claimed, "my server", "c1m1_hotel");
}

/// The same, with the names that it gives itself and its map.
pub fn serve_as(port: u16, claimed: u16, hostname: &'static str, map: &'static str) {
    serve_some(port, claimed, (hostname, map), |_| true);
}

/// A server that does not answer.
pub const SILENT: u8 = 255;
/// A server that is empty when it is asked, and not any more when it has answered.
pub const JOINS: u8 = 254;

/// Answers A2S on `port` while the unit of this instance is active, with as many people as are put there, and a bot;
/// with [`SILENT`] it is silent, and with [`JOINS`] somebody joins right after the first answer.
pub fn serve_players(host: &Host, name: &str, port: u16, people: u8) -> Arc<AtomicU8> {
    let players = Arc::new(AtomicU8::new(people));
    let counted = Arc::clone(&players);
    let (unit, served) = (host.path(&format!("unit.{name}")), host.path(&format!("served.{name}")));
    // The double of systemd waits for its end.
    fs::write(&served, "").unwrap();
    let mut socket = Some(UdpSocket::bind(("127.0.0.1", port)).unwrap());
    std::thread::spawn(move || {
        while let Ok(state) = fs::read_to_string(&unit) {
            match &socket {
                Some(_) if state == "inactive\n" => {
                    socket = None;
                    let _ = fs::remove_file(&served);
                }
                None if state == "active\n" => {
                    let _ = fs::write(&served, "");
                    socket = UdpSocket::bind(("127.0.0.1", port)).ok();
                }
                None => std::thread::sleep(Duration::from_millis(2)),
                Some(socket) => {
                    socket.set_read_timeout(Some(Duration::from_millis(5))).unwrap();
                    let mut packet = [0; 64];
                    let Ok((length, from)) = socket.recv_from(&mut packet) else { continue };
                    let mut people = counted.load(Ordering::SeqCst);
                    if people == JOINS {
                        people = 0;
                        if is_challenged(&packet[..length]) {
                            counted.store(1, Ordering::SeqCst);
                        }
                    }
                    if people != SILENT {
                        let reply = reply(&packet[..length], port, ("x", "c1m1_hotel"), people + 1);
                        let _ = socket.send_to(&reply, from);
                    }
                }
            }
        }
    });
    players
}

fn is_challenged(question: &[u8]) -> bool {
    question.ends_with(&[0xc0, 0xc1, 0xc2, 0xc3])
}

fn reply(question: &[u8], port: u16, (hostname, map): (&str, &str), players: u8) -> Vec<u8> {
    if !is_challenged(question) {
        return b"\xff\xff\xff\xffA\xc0\xc1\xc2\xc3".to_vec();
    }
    let mut info = format!("I\x11{hostname}\0{map}\0left4dead2\0L4D2\0").into_bytes();
    info.splice(..0, [0xff; 4]);
    info.extend([0x26, 0x02, players]);
    info.extend(b"\x08\x01dl\0\x012.2.4.3\0\x80");
    info.extend(port.to_le_bytes());
    info
}

/// The same, of a server that hears only some datagrams, counted from 0; how many came so far.
pub fn serve_some(
    port: u16,
    claimed: u16,
    names: (&'static str, &'static str),
    hears: impl Fn(usize) -> bool + Send + 'static,
) -> Arc<AtomicUsize> {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let socket = UdpSocket::bind(("127.0.0.1", port)).unwrap();
    std::thread::spawn(move || {
        let mut packet = [0; 64];
        while let Ok((length, from)) = socket.recv_from(&mut packet) {
            if hears(counted.fetch_add(1, Ordering::SeqCst)) {
                let _ = socket.send_to(&reply(&packet[..length], claimed, names, 3), from);
            }
        }
    });
    count
}
