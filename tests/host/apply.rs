//! `left4me-setup plan` and `apply` on a real host.

use crate::machine::{Machine, TRIXIE, steam};

/// Everything that `apply` is responsible for: type, mode, owner, group, target.
const TREE: &str = r"
find /etc/left4me /etc/sudoers.d/left4me-setup /etc/sysctl.d/60-left4me.conf /usr/local/bin/steamcmd /usr/local/libexec/left4me \
     /var/lib/left4me /var/lib/left4me-setup -maxdepth 1 -printf '%y %m %u:%g %p %l\n' | sort -k4";

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn from_a_bare_debian_to_a_game_and_then_nothing_changes() {
    let host = Machine::bare("apply", TRIXIE);
    host.install_package();

    let steam = steam();
    let source =
        format!("export LEFT4ME_STEAMCMD_URL={} LEFT4ME_STEAMCMD_SHA256={}; ", steam.url(), steam.sha256);
    let plan = host.sh(&format!("{source} left4me-setup plan"));
    assert_eq!(plan.code, 3, "{plan:?}");
    assert!(plan.out.contains("+ SteamCMD\n") && plan.out.contains("+ game Left 4 Dead 2\n"), "{}", plan.out);

    let applied = host.sh(&format!("{source} left4me-setup apply --yes"));
    let (out, err) = (applied.out.clone(), applied.err.clone());
    applied.ok();
    assert!(out.ends_with(" 0 failed, 1 deferred\n"), "{out}");
    // Progress, as a log gets it: the download, the client's own update, both passes.
    for progress in
        ["downloading SteamCMD from http://127.0.0.1", "client update: ", "pass 1 of 2", "pass 2 of 2"]
    {
        assert!(err.contains(progress), "{progress:?} is not in {err}");
    }
    insta::assert_snapshot!("tree", host.sh(TREE).ok());

    // As the runtime user, with its home, and nowhere else.
    host.sh(
        "test -z \"$(find /var/lib/left4me ! -user left4me)\" && test ! -e /root/Steam && test ! -e /Steam",
    )
    .ok();
    host.sh("visudo -c && systemd-analyze verify --man=no left4me-overlay@x.service l4d2-game.slice l4d2-build.slice").ok();
    host.sh("cmp /etc/left4me/host.env - <<<$'LEFT4ME_ROOT=/var/lib/left4me\nLEFT4ME_STEAMCMD=/var/lib/left4me/steam/steamcmd.sh'").ok();
    host.sh("test -f /var/lib/left4me/.steam/sdk32/steamclient.so").ok();
    let state = host.sh("cat /var/lib/left4me-setup/state.json").ok();
    assert!(state.contains(&steam.sha256) && state.contains("\"build\": \"16546402\""), "{state}");

    // The second run changes nothing, says so, and asks nothing.
    host.sh("touch /root/mark").ok();
    let again = host.run(&["left4me-setup", "apply"]).ok();
    assert!(again.contains("0 changed, ") && again.contains(" 0 failed"), "{again}");
    let touched = host.sh("find / -xdev -cnewer /root/mark -type f -not -path '/proc/*' -not -path '/var/log/*' -not -path '/run/*'");
    assert_eq!(touched.ok(), "");
    assert_eq!(host.run(&["left4me-setup", "plan"]).code, 0);
    nothing_to_do_needs_no_network_and_little_memory(&host);
}

/// Runs its arguments and prints their peak memory (in KiB, getrusage is call 98), and that of all they
/// had started.
const MEASURED: &str = r#"my $code = system @ARGV; my $usage = "\0" x 144;
    syscall(98, -1, $usage) == 0 or die; printf "peak %d\n", (unpack "q*", $usage)[4]; exit $code >> 8"#;

fn nothing_to_do_needs_no_network_and_little_memory(host: &Machine) {
    host.write("/root/measured.pl", MEASURED);
    // A network namespace has kernel settings of its own: here none is asked for.
    let said = host.sh("echo >/root/none; unshare --net --mount sh -ec '
        mount --bind /root/none /etc/sysctl.d/60-left4me.conf
        perl /root/measured.pl left4me-setup apply'");
    let peak: u32 =
        said.out.lines().find_map(|line| line.strip_prefix("peak ")?.parse().ok()).unwrap_or(u32::MAX);
    assert!(said.code == 0 && said.out.contains("\n0 changed, ") && peak <= 15 * 1024, "{said:#?}");
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn drift_is_repaired_and_an_administrators_choice_is_kept() {
    let host = Machine::ready("drift");
    host.sh("chmod 0644 /etc/sudoers.d/left4me-setup
         chown root:root /etc/left4me/host.env
         chmod 0700 /var/lib/left4me/overlays
         rm -r /var/lib/left4me/tmp /usr/local/libexec/left4me/left4me-overlay
         ln -sfn /nowhere /var/lib/left4me/.steam/sdk32
         echo garbage >/usr/lib/systemd/system/left4me-overlay@.service
         echo '# mine' >>/etc/sysctl.d/60-left4me.conf
         rm /var/lib/left4me/installation/srcds_linux
         usermod --shell /bin/bash left4me")
        .ok();
    let plan = host.run(&["left4me-setup", "plan"]);
    assert_eq!(plan.code, 3);
    // The unit's size changes whenever the unit does.
    let (before, after) = plan.out.split_once("content 8 bytes → ").expect("the unit's content differs");
    let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
    insta::assert_snapshot!("drift", format!("{before}content 8 bytes → N{after}"));
    host.apply();
    assert_eq!(host.run(&["left4me-setup", "plan"]).code, 0);
    assert_eq!(host.sh("tail -n 1 /etc/sysctl.d/60-left4me.conf").ok(), "# mine\n");
    what_systemd_holds_is_read_again(&host);
    host.run(&["left4me-setup", "apply", "--yes", "--reset-config"]).ok();
    assert_ne!(host.sh("tail -n 1 /etc/sysctl.d/60-left4me.conf").ok(), "# mine\n");
    the_live_kernel_counts(&host);
    another_root_and_back(&host);
}

/// Only of a unit that is loaded systemd knows that its files changed.
fn what_systemd_holds_is_read_again(host: &Machine) {
    let stale = "systemctl show -P NeedDaemonReload l4d2-game.slice";
    host.sh("systemctl start l4d2-game.slice && mkdir /etc/systemd/system/l4d2-game.slice.d
         printf '[Slice]\nCPUWeight=900\n' >/etc/systemd/system/l4d2-game.slice.d/mine.conf")
        .ok();
    assert_eq!(host.sh(stale).ok(), "yes\n");
    let plan = host.run(&["left4me-setup", "plan"]);
    let drift = "~ systemd units: l4d2-game.slice read before it changed → read\n";
    assert!(plan.code == 3 && plan.out.contains(drift), "{plan:?}");
    let note = "/etc/systemd/system/l4d2-game.slice.d/mine.conf changes l4d2-game.slice\n";
    assert!(plan.out.contains(note), "{plan:?}");
    assert!(host.apply().contains("1 changed, "));
    assert_eq!(host.sh(stale).ok(), "no\n");
    assert_eq!(host.run(&["left4me-setup", "plan"]).code, 0);
}

/// Everything follows: a server runs from there, and on the way back nothing of it is left over.
fn another_root_and_back(host: &Machine) {
    let steam = steam();
    let source = ["--steamcmd-url", &steam.url(), "--steamcmd-sha256", &steam.sha256];
    let apply = |root: &str| {
        host.run(&[&["left4me-setup", "apply", "--yes", "--root", root][..], &source].concat()).ok()
    };
    apply("/data/l4d2");
    assert!(host.run(&["left4me-setup", "apply"]).ok().contains("\n0 changed, "));
    host.sh("printf 'port: 27317\n' | l4d2ctl initialize a -f - && l4d2ctl start a --wait").ok();
    host.sh("findmnt -no SOURCE /data/l4d2/runtime/a/merged | grep -q ^left4me:a: && steamcmd +quit").ok();
    host.sh("test -d /data/l4d2/Steam/logs && sudo -n -l -U left4me | grep -q /usr/libexec/left4me/left4me-overlay").ok();
    // Also where nothing else hides it, a server sees of this root what its unit names.
    host.sh("cd /proc/$(systemctl show -P MainPID left4me-server@a.service)/root/data/l4d2 || exit
         ls runtime/a/merged/srcds_run && test \"$(ls runtime)\" = a || exit
         for hidden in instances logs tmp; do test -e /data/l4d2/$hidden && test ! -e $hidden || exit; done")
        .ok();
    host.run(&["left4me-setup", "doctor"]).ok();
    host.sh("l4d2ctl stop a && systemctl stop left4me-overlay@a.service").ok();
    apply("/var/lib/left4me");
    host.sh("test -z \"$(grep -rl /data/l4d2 /etc/systemd /etc/left4me /etc/sudoers.d /usr/local/bin /etc/passwd)\"").ok();
    assert!(host.run(&["left4me-setup", "apply"]).ok().contains("\n0 changed, "));
    host.run(&["left4me-setup", "doctor"]).ok();
}

/// In a network namespace of its own, where a setting can be changed without changing the machine's, and others
/// cannot be changed at all.
fn the_live_kernel_counts(host: &Machine) {
    let key = "net.ipv4.udp_rmem_min";
    host.sh(&format!("printf '%s\\n' {key}=16384 net.core.rmem_max=8388608 >/etc/sysctl.d/60-left4me.conf"))
        .ok();
    let said = host.sh("unshare --net --mount sh -c '
        mount -t proc proc /mnt && mount --bind /mnt/sys /proc/sys
        sysctl -qw net.ipv4.udp_rmem_min=5000
        left4me-setup plan; left4me-setup apply --yes --offline; sysctl -n net.ipv4.udp_rmem_min; left4me-setup plan'");
    let drift = format!("~ kernel settings: {key} 5000 → 16384\n");
    assert_eq!(said.out.matches(&drift).count(), 2, "{said:#?}");
    assert!(said.out.contains("\n16384\n") && said.code == 0, "{said:#?}");
    host.run(&["left4me-setup", "apply", "--yes", "--reset-config"]).ok();
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn a_run_that_is_killed_or_interrupted_is_finished_by_the_next() {
    let host = Machine::ready("interrupted");
    let slow = "echo seconds=600 >>/var/lib/left4me/steam/sim/settings
                rm -rf /var/lib/left4me/installation /var/lib/left4me/logs/steamcmd.log";
    // As in a script or below nohup: what the shell ignores, its children ignore from the start.
    let begin = "trap '' HUP INT QUIT; setsid left4me-setup apply --yes >/root/log 2>&1 & echo $! >/root/pid
                 while ! grep -qs downloading, /var/lib/left4me/logs/steamcmd.log; do kill -0 $! || exit 9; sleep 0.1; done";
    for (signal, code) in [("INT", 130), ("TERM", 143), ("KILL", 137)] {
        host.sh(slow).ok();
        let ended = host.sh(&format!("{begin}; kill -{signal} $(cat /root/pid); wait $(cat /root/pid)"));
        assert_eq!(ended.code, code, "{ended:?}, {}", host.sh("cat /root/log").out);
        // The whole session ends with it: nobody goes on downloading.
        host.sh("for pid in $(pgrep -u left4me); do timeout 60 tail --pid=$pid -f /dev/null; done; ! pgrep -alu left4me").ok();
        host.sh("sed -i /seconds=600/d /var/lib/left4me/steam/sim/settings").ok();
        host.apply();
    }
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn two_runs_at_once_wait_for_each_other() {
    let host = Machine::ready("locked");
    let both = host.sh("flock /run/left4me-setup.lock sleep 30 & holder=$!
         while ! grep -q FLOCK /proc/locks; do sleep 0.05; done
         left4me-setup apply --yes --no-wait; echo code=$?
         left4me-setup apply --yes & waiting=$!
         sleep 0.3; pkill -P $holder; wait $waiting; echo code=$?");
    assert!(both.err.contains("error: another run is at work (PID "), "{both:?}");
    assert!(both.err.contains("waiting for another run (PID "), "{both:?}");
    assert!(both.out.starts_with("code=1\n") && both.out.ends_with("code=0\n"), "{both:?}");

    // SteamCMD at work for somebody is another run too.
    host.sh("rm -r /var/lib/left4me/installation").ok();
    let busy = host.sh("cd /var/lib/left4me; flock .steamcmd.lock sleep 30 & holder=$!
         while ! grep -q FLOCK /proc/locks; do sleep 0.05; done
         timeout 20 left4me-setup apply --yes --no-wait; code=$?; pkill -P $holder; exit $code");
    let says = "! game Left 4 Dead 2: another run is at work (PID ";
    assert!(busy.code == 1 && busy.err.contains(says), "{busy:?}");

    // Two real ones: the first makes all of it, the other finds nothing left to do.
    let steam = steam();
    let apply = format!(
        "left4me-setup apply --yes --steamcmd-url {} --steamcmd-sha256 {}",
        steam.url(),
        steam.sha256
    );
    host.sh("rm -r /var/lib/left4me/steam /var/lib/left4me/overlays").ok();
    let said =
        host.sh(&format!("{apply} >/root/1 2>&1 & one=$!; {apply} >/root/2 2>&1 & wait $! && wait $one"));
    let mut logs = ["/root/1", "/root/2"].map(|log| host.run(&["cat", log]).ok());
    logs.sort_by_key(|log| log.contains("waiting for another run (PID "));
    let [first, second] = logs;
    assert!(
        said.code == 0 && first.contains("+ SteamCMD\n") && first.contains("+ game "),
        "{said:?} {first} {second}"
    );
    assert!(second.contains("waiting for another run (PID ") && second.contains("\n0 changed, "), "{second}");
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn through_sudo_a_foreign_home_stays_out_of_it() {
    let host = Machine::ready("foreign-home");
    let steam = steam();
    host.sh("useradd --create-home --skel /nonexistent olga && echo 'olga ALL=(ALL) NOPASSWD:SETENV: ALL' >/etc/sudoers.d/olga
         rm -r /var/lib/left4me/steam /var/lib/left4me/installation")
        .ok();
    let apply = format!(
        "runuser -u olga -- sudo -n HOME=/home/olga XDG_DATA_HOME=/home/olga LD_LIBRARY_PATH=/home/olga left4me-setup apply --yes \
         --steamcmd-url {} --steamcmd-sha256 {}",
        steam.url(),
        steam.sha256
    );
    let out = host.sh(&apply).ok();
    assert!(out.contains("+ SteamCMD\n") && out.contains("+ game Left 4 Dead 2\n"), "{out}");
    assert_eq!(host.sh("find /home/olga /root/Steam /root/.steam -mindepth 1 2>/dev/null || true").ok(), "");
    assert_eq!(host.sh("find /var/lib/left4me ! -user left4me").ok(), "");
}

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn on_a_terminal_it_asks_explains_and_does_what_it_is_told() {
    let host = Machine::ready("asked");
    // script(1) gives it a terminal and types what it is given.
    let typed =
        |keys: &str, command: &str| host.sh(&format!("printf '{keys}' | script -qec '{command}' /dev/null"));
    host.sh("chmod 0700 /var/lib/left4me/overlays").ok();

    let no = typed("what\\nn\\n", "left4me-setup apply").out;
    assert!(no.contains("directory /var/lib/left4me/overlays: mode 0700 → 0755"), "{no}");
    assert!(
        no.matches("apply? [y]es, [e]xplain, [n]o: ").count() == 2
            && no.contains("error: nothing was changed"),
        "{no}"
    );
    host.sh("test $(stat -c %a /var/lib/left4me/overlays) = 700").ok();

    let yes = typed("e\\ny\\n", "left4me-setup apply").out;
    assert!(yes.contains("maps, plugins and settings, layers that instances choose"), "{yes}");
    assert!(yes.contains("1 changed, "), "{yes}");
    host.sh("test $(stat -c %a /var/lib/left4me/overlays) = 755").ok();

    // A purge wants the host's name, and only that.
    let refused = typed("y\\n", "left4me-setup uninstall --purge").out;
    assert!(refused.contains("error: "), "{refused}");
    host.sh("test -d /var/lib/left4me/overlays && id left4me").ok();
    typed("asked\\n", "left4me-setup uninstall --purge").ok();
    host.sh("test ! -e /var/lib/left4me && ! id left4me").ok();
}
