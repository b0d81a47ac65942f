use super::*;

fn message(text: &str) -> String {
    match Spec::parse(text, "s.yaml") {
        Err(error) => error.message().to_owned(),
        Ok(spec) => panic!("{text:?} was accepted: {spec:?}"),
    }
}

#[test]
fn the_predecessors_specs_parse() {
    let text = "port: 27015  # comment\noverlays:\n  - \"7\"\n  - {path: \"8\", alias: \"overlay_8\"}\n  - {path: users/42/custom, alias: null}\n  - {path: x, alias: ''}\narguments: [\"-tickrate 100\"]\nconfig: [\"exec server_overlay_8\", \"rcon_password a\\\"b\", \"\"]\n";
    let spec = Spec::parse(text, "s").unwrap();
    let overlays: Vec<_> = spec.overlays.iter().map(|o| (o.path.as_str(), o.alias.as_deref())).collect();
    assert_eq!(overlays, [("7", None), ("8", Some("overlay_8")), ("users/42/custom", None), ("x", None)]);
    assert_eq!((spec.port, spec.arguments), (27015, vec!["-tickrate 100".to_owned()]));
    assert_eq!(spec.config, ["exec server_overlay_8", "rcon_password a\"b", ""]);
}

#[test]
fn what_is_written_is_what_counts() {
    let text = "port: 1024\noverlays: [8, 08, 0x10, true]\narguments: [1.50, '  -a   b ', ' ', +sv_lan 0]\nconfig: [0x1F]\n";
    let spec = Spec::parse(text, "s").unwrap();
    let overlays: Vec<_> = spec.overlays.iter().map(|o| o.path.as_str()).collect();
    assert_eq!(overlays, ["8", "08", "0x10", "true"]);
    assert_eq!(spec.arguments, ["1.50", "-a b", "+sv_lan 0"]);
    assert_eq!(spec.config, ["0x1F"]);
    for empty in ["port: 65535", "port: 65535\noverlays:\narguments: ~\nconfig: []"] {
        assert_eq!(Spec::parse(empty, "s").unwrap().overlays, []);
    }
}

#[test]
fn refusals_name_the_place() {
    let table = [
        ("", "s.yaml:1:1: the specification is empty"),
        ("- 1", "s.yaml:1:1: the specification is a list, not a mapping"),
        ("overlays: []", "s.yaml:1:1: 'port' is not set"),
        ("port: 27015\nname: x", "s.yaml:2:1: unknown key 'name'"),
        ("port: 27015\nport: 27016", "s.yaml:2:1: the key 'port' appears twice"),
        ("port: '27015'", "s.yaml:1:7: port is a text, not a number"),
        ("port: [1]", "s.yaml:1:7: port is a list, not a number"),
        ("port: 80", "s.yaml:1:7: port 80 is not a number from 1024 to 65535"),
        ("port: 65536", "s.yaml:1:7: port 65536 is not a number from 1024 to 65535"),
        ("port: 027015", "s.yaml:1:7: port 027015 is not a number from 1024 to 65535"),
        ("port: -27015", "s.yaml:1:7: port -27015 is not a number from 1024 to 65535"),
        ("port: 27015.5", "s.yaml:1:7: port 27015.5 is not a number from 1024 to 65535"),
        ("port: 27015\noverlays: a", "s.yaml:2:11: overlays is a text, not a list"),
        ("port: 27015\noverlays: [[a]]", "s.yaml:2:12: unsupported overlay entry type: a list"),
        ("port: 27015\noverlays: [{alias: a}]", "s.yaml:2:12: overlay entry missing 'path'"),
        ("port: 27015\noverlays: [{path: a, x: 1}]", "s.yaml:2:22: unknown key 'x'"),
        ("port: 27015\noverlays: [{path: a, alias: a.b}]", "s.yaml:2:29: invalid alias 'a.b'"),
        ("port: 27015\noverlays: [{path: a, alias: [b]}]", "s.yaml:2:29: alias is a list, not a text"),
        (
            "port: 27015\noverlays: [../x]",
            "s.yaml:2:12: invalid overlay '../x': it has a '.' or '..' component",
        ),
        ("port: 27015\noverlays: [/etc]", "s.yaml:2:12: invalid overlay '/etc': it is absolute"),
        ("port: 27015\noverlays: [a, b, a]", "s.yaml:2:18: the overlay 'a' appears twice"),
        (
            "port: 27015\noverlays: [a, a/b]",
            "s.yaml:2:15: one of the overlays 'a' and 'a/b' lies inside the other",
        ),
        (
            "port: 27015\noverlays: [a/b, a]",
            "s.yaml:2:17: one of the overlays 'a/b' and 'a' lies inside the other",
        ),
        (
            "port: 27015\noverlays: [{path: a, alias: x}, {path: b, alias: x}]",
            "s.yaml:2:33: the alias 'x' is used by 'a' and 'b'",
        ),
        ("port: 27015\narguments: -a", "s.yaml:2:12: arguments is a text, not a list"),
        ("port: 27015\narguments: [[a]]", "s.yaml:2:13: an item of arguments is a list, not a text"),
        ("port: 27015\narguments: [~]", "s.yaml:2:13: an item of arguments is empty"),
        (
            "port: 27015\narguments:\n- +hostport 1",
            "s.yaml:3:3: the argument +hostport conflicts with the instance's port",
        ),
        (
            "port: 27015\narguments: [\"-a -PORT 1\"]",
            "s.yaml:2:13: the argument -PORT conflicts with the instance's port",
        ),
        ("port: 27015\narguments: [\"a #b\"]", "s.yaml:2:13: an argument may not start with '#'"),
        ("port: 27015\nconfig:\n- a: b", "s.yaml:3:3: an item of config is a mapping, not a text"),
        (
            "port: 27015\nconfig:\n- |\n  a\n  b\n",
            "s.yaml:4:3: the character '\\n' is not allowed in a config line",
        ),
        (
            "port: 27015\nconfig: [\"a\\rb\"]",
            "s.yaml:2:10: the character '\\r' is not allowed in a config line",
        ),
        (
            "port: 27015\nconfig: [\"a\\0b\"]",
            "s.yaml:2:10: the character '\\0' is not allowed in a config line",
        ),
        ("port: 27015\noverlays: [", "s.yaml:2:11: unclosed bracket '['"),
        ("port: 27015\n---\nport: 1", "s.yaml:3:1: only one YAML document is allowed"),
        ("port: *x", "s.yaml:1:7: reference to unknown value"),
    ];
    for (text, expected) in table {
        assert_eq!(message(text), expected, "{text:?}");
    }
    for c in "'\"*?[]$`;&|<>\\\n\t\r\0\u{1b}".chars() {
        let spec = format!("port: 27015\narguments: [\"a\\U{:08x}b\"]", c as u32);
        assert_eq!(message(&spec), format!("s.yaml:2:13: the character {c:?} is not allowed in an argument"));
    }
    for good in ["%", "a=b", "~x", "{a}", "(b)", "!", "a#b", "-ip 0.0.0.0", "+map c1m1_hotel", "ä"] {
        assert!(Spec::parse(&format!("port: 27015\narguments: ['{good}']"), "s").is_ok(), "{good}");
    }
}

#[test]
fn bombs_are_refused_quickly() {
    let mut laughs = String::from("port: 27015\na: &a [x,x,x,x,x,x,x,x,x]\n");
    for (outer, inner) in ('b'..='j').zip('a'..='i') {
        laughs.push_str(&format!(
            "{outer}: &{outer} [*{inner},*{inner},*{inner},*{inner},*{inner},*{inner},*{inner},*{inner}]\n"
        ));
    }
    message(&laughs);
    message(&format!("port: 27015\nconfig: {}", "[".repeat(100_000)));
    assert_eq!(message(&" ".repeat(MAX_BYTES + 1)), "s.yaml is larger than 256 KiB");
    let many: Vec<String> = (0..=MAX_OVERLAYS).map(|n| n.to_string()).collect();
    let most = format!("port: 27015\noverlays: [{}]", many[1..].join(","));
    assert_eq!(Spec::parse(&most, "s").unwrap().overlays.len(), MAX_OVERLAYS);
    assert_eq!(
        message(&format!("port: 27015\noverlays: [{}]", many.join(","))),
        "s.yaml:2:11: more than 480 overlays"
    );
}

proptest::proptest! {
    /// Whatever is accepted makes an instance.env of exactly three lines.
    #[test]
    fn accepted_arguments_cannot_forge_a_line(argument in ".{0,40}", line in ".{0,40}") {
        let quoted = |s: &str| serde_json::to_string(s).unwrap();
        let text = format!("port: 27015\narguments: [{}]\nconfig: [{}]", quoted(&argument), quoted(&line));
        if let Ok(spec) = Spec::parse(&text, "s") {
            let env = spec.to_instance_env(&crate::layout::Layout::default());
            proptest::prop_assert_eq!(env.chars().filter(|c| c.is_control()).count(), 3);
            proptest::prop_assert!(spec.config.iter().all(|l| !l.contains(['\n', '\r', '\0'])));
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,200}") {
        let _ = Spec::parse(&text, "s");
    }
}

#[test]
fn errors_quote_a_little_of_what_is_long() {
    let long = "9".repeat(200_000);
    for spec in [
        format!("port: {long}"),
        format!("{long}: 1\nport: 1"),
        format!("port: 27015\noverlays: [{long}]"),
        format!("port: 27015\noverlays: [{{path: a, alias: a{long}}}]"),
        format!("port: 27015\n{long}: 1\n{long}: 2"),
        format!("port: [{long}"),
        format!("port: *{long}"),
        format!("port: !{long} 1"),
    ] {
        let said = Spec::parse(&spec, "spec").unwrap_err();
        assert!(said.message().len() < 600, "{} bytes: {:.300}", said.message().len(), said.message());
    }
}
