//! The same on Debian 12, in short.

use super::FIRST;
use super::fleet::Fleet;
use crate::machine::Machine;
use serde_json::json;

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn debian_12_updates_and_goes_back_too() {
    let host = Machine::bare("updates-bookworm", "bookworm");
    host.install_package();
    host.apply();
    let fleet = Fleet::start(&host, 2);
    let before = fleet.seen();
    host.offer("17000000", "types,deleted,remade,renamed");
    host.game("update").ok();
    assert_eq!(fleet.seen(), before);
    fleet.all_leave();
    host.l4d2ctl("restart --all --when-empty").ok();
    fleet.all("build", &json!("17000000"));
    let game = "cd /var/lib/left4me/runtime/s0/merged/left4dead2";
    host.sh(&format!(
        "{game} && ! test -e resource/old.txt && test -f resource/new.txt && test -d scripts/was_file &&
         test -f scripts/was_directory && test -L scripts/was_no_link && ! test -e ../left4dead2_dlc3 &&
         ! test -e materials && test -f materials_v2/deep/glass.vmt"
    ))
    .ok();
    host.game("rollback").ok();
    host.l4d2ctl("restart --all --when-empty").ok();
    fleet.all("build", &json!(FIRST));
    host.sh(&format!("{game} && test -f resource/old.txt && test -f scripts/was_file")).ok();
}
