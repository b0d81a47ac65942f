//! Which server.cfg the engine reads: the instance's own, an overlay's, and the notes about those it does not read.

use super::double::free_port;
use super::host::Host;
use std::fs;

const STAGED: &str = "root/runtime/a/upper/left4dead2/cfg/server.cfg";

#[test]
fn an_overlays_server_cfg_that_is_hidden_is_named_with_the_line_that_executes_it() {
    let host = Host::new();
    host.overlay("competitive/base", Some("sv_alltalk 1\n"));
    host.overlay("8", Some("from eight\n"));
    host.overlay("maps", None);
    let said = |spec: &str| {
        host.spec(&format!("port: 27015\n{spec}"));
        let ended = host.run(&["initialize", "a", "-f", "s.yaml"]);
        assert_eq!(ended.code, 0, "{}", ended.err);
        assert!(ended.out.ends_with("initialization complete.\n"), "{}", ended.out);
        ended.err.split_inclusive('\n').filter(|line| line.contains(" hides ")).collect::<String>()
    };
    let hidden = "note: the instance's own config hides left4dead2/cfg/server.cfg of the overlay";
    let own = "config: ['hostname x']";
    // The specification gives an alias.
    assert_eq!(
        said(&format!("overlays: [maps, {{path: '8', alias: overlay_8}}]\n{own}")),
        format!("{hidden} '8'; to execute it too, add this line to config: exec server_overlay_8.cfg\n")
    );
    let checked = host.run(&["initialize", "a", "-f", "s.yaml", "--check"]);
    assert!(checked.code == 0 && checked.err.starts_with(&format!("{hidden} '8'; ")), "{}", checked.err);
    // It would need one.
    assert_eq!(
        said(&format!("overlays: [competitive/base]\n{own}")),
        format!(
            "{hidden} 'competitive/base'; to execute it too, list the overlay as {{path: 'competitive/base', alias: \
             'competitive_base'}} and add this line to config: exec server_competitive_base.cfg\n"
        )
    );
    // One that is taken is not offered twice.
    assert!(
        said(&format!("overlays: [{{path: maps, alias: competitive_base}}, competitive/base]\n{own}"))
            .ends_with("exec server_competitive_base_2.cfg\n")
    );
    // Of two overlays the first wins, as with every file.
    assert_eq!(
        said("overlays: [competitive/base, {path: '8', alias: overlay_8}]"),
        "note: the overlay 'competitive/base' hides left4dead2/cfg/server.cfg of the overlay '8'; \
         to execute it too, add this line to config: exec server_overlay_8.cfg\n"
    );
    // What is executed is not hidden.
    for line in [
        "exec server_overlay_8",
        "  EXEC \"server_overlay_8.cfg\" // eight",
        "hostname x; exec server_overlay_8",
    ] {
        assert_eq!(
            said(&format!("overlays: [{{path: '8', alias: overlay_8}}]\nconfig: ['{line}']")),
            "",
            "{line}"
        );
    }
    for line in ["// exec server_overlay_8", "exec server_overlay_88", "echo exec server_overlay_8"] {
        let said = said(&format!("overlays: [{{path: '8', alias: overlay_8}}]\nconfig: ['{line}']"));
        assert!(said.starts_with(hidden), "{line}: {said}");
    }
    // Nothing of the instance's own is in the way of the first.
    for config in ["", "config: []", "config: ['', ' ']"] {
        assert_eq!(said(&format!("overlays: [competitive/base]\n{config}")), "", "{config}");
    }
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn no_empty_server_cfg_hides_an_overlays() {
    let host = Host::new();
    let spec = format!("port: {}\noverlays: [standard]\n", free_port());
    host.overlay("standard", Some("from the overlay"));
    let staged = || fs::read_to_string(host.path(STAGED)).ok();
    let restart = || host.as_root(&["restart", "a"]);
    host.initialize("a", &spec);
    // The predecessor's file is there, also when it is empty.
    assert_eq!(fs::read_to_string(host.path("root/instances/a/server.cfg")).unwrap(), "");
    restart().ok();
    assert_eq!(staged(), None);
    // What an earlier version wrote goes.
    fs::write(host.path(STAGED), "").unwrap();
    host.give(&host.path("root/runtime"));
    restart().ok();
    assert_eq!(staged(), None);
    // So does what we wrote for a specification that had a config.
    host.spec(&(spec.clone() + "config: ['hostname x']"));
    assert_eq!(host.run(&["initialize", "a", "-f", "s.yaml"]).code, 0);
    restart().ok();
    assert_eq!(staged().as_deref(), Some("hostname x"));
    host.initialize("a", &spec);
    restart().ok();
    assert_eq!(staged(), None);
    // What somebody else put there stays, and is not silent.
    fs::write(host.path(STAGED), "hostname mine").unwrap();
    host.give(&host.path("root/runtime"));
    let ended = restart();
    assert_eq!(staged().as_deref(), Some("hostname mine"));
    assert_eq!(
        (ended.code, ended.err.as_str()),
        (
            0,
            "note: [DIR]/root/runtime/a/upper/left4dead2/cfg/server.cfg is not from the specification, and it \
             hides the server.cfg of the overlays\n"
        )
    );
}

/// The engine was seen to ignore settings, loop and crash over such bytes.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn what_is_not_ascii_is_named_with_file_and_line() {
    let host = Host::new();
    host.overlay("standard", Some("sv_alltalk 1\n// f\u{fc}r alle\n"));
    let plugins = host.path("root/overlays/standard/left4dead2/cfg/sourcemod");
    fs::create_dir(&plugins).unwrap();
    fs::write(plugins.join("plain.cfg"), "one\n").unwrap();
    fs::write(plugins.join("names.cfg"), b"\n\n\"\x1b[31m\xe9\"\n\xe9\n").unwrap();
    host.give(&host.path("root/overlays"));
    let overlay = "[DIR]/root/overlays/standard/left4dead2/cfg";
    let over = "the engine may ignore settings, hang or crash because of it";
    let of_overlay = format!(
        "warning: {overlay}/server.cfg:2: '\u{fc}' is not ASCII; {over}\n\
         warning: {overlay}/sourcemod/names.cfg:3: '\\xe9' is not ASCII, nor is one further line; {over}\n"
    );
    let warnings = |arguments: &[&str]| {
        let ended = host.as_root(arguments);
        assert_eq!(ended.code, 0, "{}", ended.err);
        ended.err.split_inclusive('\n').filter(|line| line.starts_with("warning: ")).collect::<String>()
    };
    let rest = "overlays: [{path: standard, alias: std}]\nconfig: ['exec server_std', 'hostname caf\u{e9}']";
    for name in ["a", "b"] {
        host.spec(&format!("port: {}\n{rest}", free_port()));
        let own =
            format!("warning: [DIR]/root/instances/{name}/server.cfg:2: '\u{e9}' is not ASCII; {over}\n");
        assert_eq!(warnings(&["initialize", name, "-f", "s.yaml"]), own.clone() + &of_overlay);
        assert_eq!(warnings(&["start", name]), own.clone() + &of_overlay);
        assert_eq!(warnings(&["restart", name]), own + &of_overlay);
    }
    // What several instances use is said once.
    assert_eq!(warnings(&["restart", "a", "b"]).matches("names.cfg").count(), 1);
}
