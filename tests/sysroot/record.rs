//! `state.json` that cannot be read: it is named, set aside, and a new one is begun.

use crate::tree::Tree;

const RECORD: &str = "var/lib/left4me-setup/state.json";
const GOOD: &str = "{\"schema\": 1, \"game\": {\"build\": \"7\", \"version\": null, \"attempts\": [], \"account\": \"me\", \"installed_at\": 1}}";

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_damaged_record_is_named_and_healed() {
    let tree = Tree::roots();
    tree.apply();
    tree.sh(&format!("echo '{GOOD}' >{RECORD}"));
    assert!(tree.apply().contains("0 changed, "));
    let table = [
        (&format!("head -c 50 {RECORD} >cut; mv cut {RECORD}")[..], "damaged (EOF while parsing"),
        (&format!(": >{RECORD}"), "damaged (EOF while parsing"),
        (&format!("printf '\\377\\033[2J' >{RECORD}"), "damaged ("),
        (&format!("rm {RECORD}; mkfifo {RECORD}"), "is not a regular file"),
        (&format!("rm {RECORD}; ln -s /etc/passwd {RECORD}"), "is not a regular file"),
    ];
    for (damage, why) in table {
        tree.sh(&format!("rm -f {RECORD}; echo '{GOOD}' >{RECORD}; {damage}"));
        let planned = tree.run_in_time(&["plan"]);
        assert_eq!(planned.code, 3, "{planned:?}");
        let change = planned.out.lines().find(|line| line.contains(&format!("record /{RECORD}"))).unwrap();
        assert!(change.contains(why) && change.contains("a new one; this one is kept aside"), "{change}");
        let status = tree.run_in_time(&["status"]);
        let warning = "warning: the record of what was downloaded cannot be read: ";
        assert!(status.code == 0 && status.out.contains(warning), "{status:?}");
        assert!(!status.out.contains('\u{1b}'), "{status:?}");
        let json = tree.run_in_time(&["status", "--json"]);
        let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
        assert_eq!(json["problems"][0]["kind"], "record");
        tree.sh(&format!("rm -rf {RECORD}.damaged; cp -a {RECORD} before"));
        let healed = tree.run_in_time(&["apply", "--yes"]);
        assert_eq!(healed.code, 0, "{healed:?}");
        tree.sh(&format!(
            "[ \"$(stat -c '%F %s' before)\" = \"$(stat -c '%F %s' {RECORD}.damaged)\" ]; rm before"
        ));
        assert_eq!(tree.read(RECORD), "{\n  \"schema\": 1,\n  \"steamcmd\": null,\n  \"game\": null\n}\n");
        assert_eq!(tree.run_in_time(&["plan"]).code, 0);
        assert!(!tree.run_in_time(&["status"]).out.contains("warning"));
    }
    let removed = tree.run(&["uninstall", "--yes"]);
    assert!(removed.code == 0 && !tree.root.join("var/lib/left4me-setup").exists(), "{removed:?}");
}
