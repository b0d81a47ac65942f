//! The process of a session: start, wait, terminate.

use crate::failure::Exit;
use left4me::host::Host;
use left4me::{Context, Result, child};
use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How long the process may take to end after it was asked to, and after it was killed.
const GRACE: Duration = Duration::from_secs(10);

/// Starts SteamCMD on a new terminal, of which this is our end.
pub fn spawn(host: &Host, arguments: &[String]) -> Result<(Child, OwnedFd)> {
    // Wide, so that the client never folds a line.
    let size = Winsize { ws_row: 50, ws_col: 500, ws_xpixel: 0, ws_ypixel: 0 };
    let pty = openpty(Some(&size), None).context(|| "cannot open a pseudo-terminal".into())?;
    // Not for the child: were the master open there, our own sudden end would not hang up on it.
    for end in [&pty.master, &pty.slave] {
        rustix::io::fcntl_setfd(end, rustix::io::FdFlags::CLOEXEC)
            .context(|| "cannot set up the pseudo-terminal".into())?;
    }
    // What is typed must not come back as output.
    let mut mode =
        rustix::termios::tcgetattr(&pty.slave).context(|| "cannot read the pseudo-terminal's mode".into())?;
    mode.local_modes -= rustix::termios::LocalModes::ECHO | rustix::termios::LocalModes::ECHONL;
    rustix::termios::tcsetattr(&pty.slave, rustix::termios::OptionalActions::Now, &mode)
        .context(|| "cannot set the pseudo-terminal's mode".into())?;
    let slave =
        || pty.slave.try_clone().map(Stdio::from).context(|| "cannot share the pseudo-terminal".into());
    let home = host.path(host.layout.root());
    // What our caller ignores, SteamCMD would ignore too: SIGHUP below nohup, by which our own sudden end
    // ends it, and SIGINT in a script's background, by which we do.
    let mut command = child::command("/usr/bin/env");
    command.arg("--default-signal=HUP,INT,QUIT,TERM");
    // setsid(1) becomes the session's leader in place, so its PID is the process group to end. It comes
    // before the change of user: in our session that user could reach our terminal.
    command.args(["/usr/bin/setsid", "--ctty"]);
    if host.can_own() {
        if may_make_namespaces() {
            // Our own end, however sudden, ends these two, the second of which is the first of a PID namespace: with it
            // ends everything that SteamCMD started, whatever it ignores and whatever session it is in.
            command.args(["/usr/bin/setpriv", "--pdeathsig", "KILL"]);
            command.args(["/usr/bin/unshare", "--pid", "--fork", "--kill-child"]);
        }
        let user = host.runtime_user()?;
        command
            .arg("/usr/bin/setpriv")
            .args([format!("--reuid={}", user.uid), format!("--regid={}", user.gid)])
            // After the change of user, which clears it.
            .args(["--clear-groups", "--pdeathsig", "KILL"]);
    }
    command
        .arg(host.path(&host.layout.steamcmd_sh()))
        .args(arguments)
        .current_dir(&home)
        .stdin(slave()?)
        .stdout(slave()?)
        .stderr(slave()?);
    environment(&mut command, host);
    let child = command.spawn().context(|| "cannot start SteamCMD".into())?;
    Ok((child, pty.master))
}

/// Not in a container, as a rule.
fn may_make_namespaces() -> bool {
    rustix::thread::capabilities(None)
        .is_ok_and(|sets| sets.effective.contains(rustix::thread::CapabilitySet::SYS_ADMIN))
}

/// What SteamCMD gets; localised output could not be understood.
pub fn environment(command: &mut Command, host: &Host) {
    command
        .env("HOME", host.path(host.layout.root()))
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .env("LC_ALL", "C")
        .env("TERM", "dumb");
}

/// How the process ended, if it has.
pub fn exit_of(child: &mut Child) -> Result<Option<Exit>> {
    Ok(child.try_wait().context(|| "cannot wait for SteamCMD".into())?.map(exit))
}

/// Becomes readable when the process ends.
pub fn pidfd(child: &Child) -> Result<OwnedFd> {
    let pid = rustix::process::Pid::from_child(child);
    rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty())
        .context(|| "cannot wait for SteamCMD".into())
}

fn exit(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Code(code),
        (None, signal) => Exit::Signal(signal.unwrap_or(0)),
    }
}

/// Ends the whole session: politely, then for good.
pub fn terminate(child: &mut Child) {
    let group = Pid::from_raw(child.id().cast_signed());
    for signal in [Signal::SIGINT, Signal::SIGKILL] {
        let _ = killpg(group, signal);
        // Not for ever, even then: a tracer keeps a dead process from its parent.
        let deadline = Instant::now() + GRACE;
        while matches!(child.try_wait(), Ok(None)) && Instant::now() < deadline {
            // No event tells of a grandchild's end, and the child's SIGCHLD is not ours to take.
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
