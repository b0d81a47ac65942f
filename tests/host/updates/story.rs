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

    host.offer(GOOD, "types,deleted,remade,added,renamed");
    host.game("update").ok();
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
    host.l4d2ctl("restart --all").ok();
    fleet.all("build", &json!(FIRST));
    own_files_are_there(&fleet);
    assert_eq!(leaks(&host), leaked);
}

fn each_restarts_when_it_is_empty(fleet: &Fleet) {
    let full = fleet.seen();
    fleet.players(3, "");
    fleet.host.l4d2ctl("restart s3").ok();
    assert_eq!(fleet.restarted_since(&full), ["s3"]);
    fleet.all_leave();
    fleet.host.l4d2ctl("restart --all").ok();
    assert_eq!(fleet.restarted_since(&full), fleet.names());
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
