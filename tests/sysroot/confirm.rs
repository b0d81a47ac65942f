//! Apply carries out the plan that the operator confirmed.

use crate::tree::Tree;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

/// On a terminal of its own, with what the operator answers and what happens before the answer.
fn apply_on_a_terminal(tree: &Tree, options: &str, meanwhile: &str, answer: &str) -> String {
    let program = tree.command(&[]);
    let typed =
        format!("{} apply {options} --sysroot {}", program.get_program().display(), tree.root.display());
    let mut command = Command::new("script");
    command.args(["-qec", &typed, "/dev/null"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    tree.as_user(&mut command);
    let mut child = command.spawn().unwrap();
    let mut output = child.stdout.take().unwrap();
    let (mut shown, mut byte) = (String::new(), [0]);
    while !shown.ends_with("[n]o: ") && output.read(&mut byte).unwrap() == 1 {
        shown.push(char::from(byte[0]));
    }
    tree.sh(meanwhile);
    child.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
    let mut rest = Vec::new();
    output.read_to_end(&mut rest).unwrap();
    child.wait().unwrap();
    shown + &String::from_utf8_lossy(&rest).replace('\r', "")
}

#[test]
fn what_changes_while_the_question_stands_is_said() {
    let tree = Tree::mine();
    tree.apply();
    tree.sh("chmod 0644 etc/sudoers.d/left4me-setup; rm usr/local/bin/steamcmd");
    let shown = apply_on_a_terminal(&tree, "", "chmod 0600 etc/sysctl.d/60-left4me.conf", "y\n");
    for line in [
        "~ file /etc/sudoers.d/left4me-setup: mode 0644 → 0440\n",
        "~ file /etc/sysctl.d/60-left4me.conf: mode 0600 → 0644 (changed since the plan)\n",
        "+ file /usr/local/bin/steamcmd\n",
        "3 changed, ",
    ] {
        assert!(shown.contains(line), "{line:?} is not in {shown}");
    }
    assert_eq!(shown.matches("changed since").count(), 1, "{shown}");
    assert_eq!(tree.run(&["plan"]).code, 0);
}

/// JSON has standard output to itself; still, the question comes with the plan.
#[test]
fn with_json_the_plan_is_shown_too() {
    let tree = Tree::mine();
    tree.apply();
    tree.sh("chmod 0644 etc/sudoers.d/left4me-setup");
    let shown = apply_on_a_terminal(&tree, "--json", "chmod 0600 etc/sudoers.d/left4me-setup", "y\n");
    let (question, json) = shown.split_once("[n]o: ").unwrap();
    assert!(question.contains("left4me-setup: mode 0644"), "{shown}");
    let json: serde_json::Value = serde_json::from_str(&json[json.find('{').unwrap()..]).unwrap();
    let marked: Vec<_> = json["resources"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|resource| resource["changed_since_plan"] == true)
        .map(|resource| resource["resource"].as_str().unwrap())
        .collect();
    assert_eq!(marked, ["file /etc/sudoers.d/left4me-setup"]);
}
