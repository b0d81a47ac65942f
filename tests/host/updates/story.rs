//! An evening: ten servers full of players, an update, restarts as they empty, bad builds, and the way back.

use super::FIRST;
use super::fleet::{Fleet, leaks};
use crate::machine::Machine;
use serde_json::json;

const GOOD: &str = "17000000";

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn ten_servers_are_updated_while_players_play() {
    let host = Machine::ready("updates");
    let fleet = Fleet::start(&host, 10);
    let before = fleet.seen();
    let leaked = leaks(&host);

    host.game("check").ok();
    host.offer(GOOD, "types,deleted,remade,added,renamed");
    host.game("check").failed(3);
    host.game("update").ok();
    host.game("check").ok();
    assert_eq!(fleet.seen(), before, "nobody who plays has noticed");
    assert_eq!(leaks(&host), leaked);
    fleet.all("build", &json!(FIRST));
    fleet.all("next_build", &json!(GOOD));
    fleet.all("restart_pending", &json!(["build"]));

    each_restarts_when_it_is_empty(&fleet);
    fleet.all("build", &json!(GOOD));
    fleet.all("restart_pending", &json!([]));
    own_files_are_there(&fleet);

    // A file that an update and an instance have both changed is the instance's, and status says so.
    let shadowed = fleet.status("shadowed");
    assert_eq!(shadowed[..2], [json!([]), json!(["left4dead2/gameinfo.txt"])]);

    // The way back.
    let updated = fleet.seen();
    host.game("rollback").ok();
    fleet.all("next_build", &json!(FIRST));
    assert_eq!(fleet.restarted_since(&updated), [""; 0]);
    host.l4d2ctl("restart --all --when-empty").ok();
    fleet.all("build", &json!(FIRST));
    own_files_are_there(&fleet);
    assert_eq!(leaks(&host), leaked);
}

fn each_restarts_when_it_is_empty(fleet: &Fleet) {
    let host = fleet.host;
    let full = fleet.seen();
    host.l4d2ctl("restart --all --when-empty").failed(75);
    assert_eq!(fleet.seen(), full, "all have players");

    fleet.players(3, "");
    host.l4d2ctl("restart --all --when-empty").failed(75);
    assert_eq!(fleet.restarted_since(&full), ["s3"]);

    let partly = fleet.seen();
    let cursor = fleet.cursor();
    fleet.all_leave();
    host.l4d2ctl("restart --all --when-empty").ok();
    let others: Vec<String> = fleet.names().into_iter().filter(|name| name != "s3").collect();
    assert_eq!(fleet.restarted_since(&partly), others, "s3 had nothing pending any more");
    let jobs = fleet.jobs_since(&cursor);
    let one_by_one: Vec<_> =
        others.iter().flat_map(|name| [format!("stop {name}"), format!("start {name}")]).collect();
    assert_eq!(jobs, one_by_one, "never two of them are down");
}

/// Whatever an update did to the files below.
fn own_files_are_there(fleet: &Fleet) {
    for name in fleet.names() {
        let own = format!("/var/lib/left4me/runtime/{name}/merged/left4dead2/cfg/own.cfg");
        assert_eq!(fleet.host.sh(&format!("cat {own}")).ok(), format!("{name}\n"));
    }
    let changed = "/var/lib/left4me/runtime/s1/merged/left4dead2/gameinfo.txt";
    assert!(fleet.host.sh(&format!("cat {changed}")).ok().ends_with("// mine\n"));
}
