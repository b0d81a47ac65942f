//! What a person at a terminal does: follows, watches, and presses Ctrl-C.

use crate::machine::Machine;

/// `at COMMAND WORD`: runs it on a terminal, waits until it shows WORD, presses Ctrl-C; prints how it ended.
const AT: &str = r#"
at() {
    cat >/tmp/inner <<INNER
trap : INT
stty -a >/tmp/before
$1
echo "code=\$?"
pgrep -axr R,S,D,T journalctl; pgrep -axr R,S,D,T sudo
stty -a >/tmp/after
INNER
    rm -f /tmp/keys /tmp/screen; mkfifo /tmp/keys; : >/tmp/screen
    # Background jobs of a script ignore Ctrl-C, and so would all that it starts.
    env --default-signal=INT script -qec 'sh /tmp/inner' /dev/null </tmp/keys >/tmp/screen 2>&1 &
    exec 7>/tmp/keys
    for _ in $(seq 200); do grep -q "$2" /tmp/screen && break; sleep 0.05; done
    printf '\003' >&7
    for _ in $(seq 200); do grep -q code= /tmp/screen && break; sleep 0.05; done
    exec 7>&-; wait
    tr -d '\r' </tmp/screen | sed -n '/code=/,$p' | sed 's/^.*\^C//'
    cmp /tmp/before /tmp/after
}
"#;

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn control_c_ends_what_follows_and_leaves_nothing() {
    let host = Machine::ready("terminal");
    host.sh("printf 'port: 27215\\n' | l4d2ctl initialize a -f - && l4d2ctl start a --wait").ok();
    let user = "setpriv --reuid=left4me --regid=left4me --clear-groups --reset-env";
    for (command, word) in [
        ("l4d2ctl logs a --follow".to_owned(), "VAC secure"),
        ("sudo l4d2ctl logs a".to_owned(), "VAC secure"),
        (format!("{user} l4d2ctl logs a --lines 1 --follow"), "VAC secure"),
        // The same as the tool that people know, which sets the rule.
        ("journalctl --namespace=+left4me -u left4me-server@a -f -o cat".to_owned(), "VAC secure"),
        ("l4d2ctl status --watch".to_owned(), "a     running  27215"),
        ("l4d2ctl status a --watch=1".to_owned(), "a     running  27215"),
    ] {
        assert_eq!(host.sh(&format!("{AT}at '{command}' '{word}'")).ok(), "code=130\n", "{command}");
    }
    // Past lines: as many as asked for, and more than there are is all of them.
    let lines = |n: &str| host.sh(&format!("l4d2ctl logs a --no-follow --lines {n} | wc -l")).ok();
    let journal =
        host.sh("journalctl --namespace=+left4me -u left4me-server@a -o cat --no-pager | wc -l").ok();
    assert_eq!((lines("0"), lines("3"), lines("9999999")), ("0\n".into(), "3\n".into(), journal));
    // Followed lines come as they are written, and a reader that leaves takes all with it.
    host.sh("l4d2ctl logs a --lines 0 --follow >/tmp/lines & follower=$!
         for _ in $(seq 200); do pgrep -x journalctl >/dev/null && break; sleep 0.05; done
         l4d2ctl restart a --wait >/dev/null
         for _ in $(seq 200); do grep -q 'VAC secure' /tmp/lines && break; sleep 0.05; done
         grep -q 'VAC secure' /tmp/lines && kill $follower; wait $follower; [ $? = 143 ]
         l4d2ctl logs a --follow | head -n 1 >/dev/null
         for _ in $(seq 100); do pgrep -x journalctl >/dev/null || exit 0; sleep 0.05; done; exit 1")
        .ok();
}
