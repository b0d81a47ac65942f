use super::*;
use std::fs;

fn host() -> (tempfile::TempDir, Layout) {
    let dir = tempfile::Builder::new().prefix("left4me").tempdir().unwrap();
    let layout = Layout::new(dir.path().join("left4me")).unwrap();
    (dir, layout)
}

fn put(layout: &Layout, file: &str, content: &str) {
    let path = layout.root().join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

#[test]
fn the_topmost_layer_that_has_a_file_decides() {
    let (_dir, layout) = host();
    put(&layout, "updates/current", "20\n10\n");
    for file in ["updates/10/a", "installation/a", "installation/b", "updates/20/c/d", "installation/c/e"] {
        put(&layout, file, "");
    }
    // A file in a directory's place hides what lower layers have in it.
    put(&layout, "updates/10/f", "");
    put(&layout, "installation/f/g", "");
    let game = GameLayers::load(&layout).unwrap();
    for (file, found) in [
        ("a", Some("updates/10/a")),
        ("b", Some("installation/b")),
        ("c", None),
        ("c/d", Some("updates/20/c/d")),
        ("c/e", Some("installation/c/e")),
        ("f", Some("updates/10/f")),
        ("f/g", None),
        ("h", None),
    ] {
        assert_eq!(game.find(file), found.map(|path| layout.root().join(path)), "{file}");
    }
    let layers: Vec<_> = game.topmost_first().collect();
    assert_eq!(layers, ["updates/20", "updates/10", "installation"].map(|path| layout.root().join(path)));
    assert_eq!(game.manifest(), None);
    put(&layout, "updates/20/steamapps/appmanifest_222860.acf", "");
    assert_eq!(game.manifest(), Some(layout.root().join("updates/20/steamapps/appmanifest_222860.acf")));
}

#[test]
fn without_a_list_the_base_is_alone() {
    let (_dir, layout) = host();
    assert_eq!(GameLayers::load(&layout).unwrap(), GameLayers::base_alone(&layout));
    put(&layout, "updates/current", "");
    assert_eq!(GameLayers::load(&layout).unwrap(), GameLayers::base_alone(&layout));
}

#[test]
fn names_of_layers() {
    for good in ["1", "16546402", "18446744073709551615", "7.1", "7.999"] {
        assert_eq!(LayerName::parse(good).unwrap().as_str(), good);
    }
    for bad in [
        "",
        "0",
        "01",
        "-1",
        "+1",
        "1 ",
        "a",
        "1.",
        "1.0",
        "1.1000",
        "1.1.1",
        "..",
        "1/2",
        "184467440737095516151",
    ] {
        assert!(LayerName::parse(bad).is_err(), "{bad}");
    }
    let name = |text: &str| LayerName::parse(text).unwrap();
    for (last, build, next) in [("7", "7", Some("7.1")), ("7.9", "7", Some("7.10")), ("7.999", "7", None)] {
        assert_eq!((name(last).build(), name(last).next_repair()), (build, next.map(name)), "{last}");
    }
}

#[test]
fn lists() {
    let file = Path::new("/r/updates/current");
    let names = parse_list(b"20\n\n10.2\n", file).unwrap();
    assert_eq!(to_list(&names), "20\n10.2\n");
    assert_eq!(parse_list(b"20", file).unwrap(), names[..1]);
    let long: String = (1..=101).map(|number| format!("{number}\n")).collect();
    for (bad, error) in [
        ("20\n../x\n", "/r/updates/current line 2 is not a build id: ../x"),
        ("2\u{1b}[2J\n", "/r/updates/current line 1 is not a build id: 2\\u{1b}[2J"),
        ("20\n10\n20\n", "/r/updates/current line 3 lists 20 again"),
        (&long, "/r/updates/current line 101 is one more than the 100 layers that are possible"),
    ] {
        assert_eq!(parse_list(bad.as_bytes(), file).unwrap_err().message(), error);
    }
}

#[test]
fn the_base_stands_for_the_game() {
    let names = parse_list(b"20\n10\n", Path::new("x")).unwrap();
    let expanded = expand(["overlays/a", BASE], &names);
    assert_eq!(expanded, ["overlays/a", "updates/20", "updates/10", "installation"]);
    assert_eq!(expand(["overlays/a"], &names), ["overlays/a"]);
}

#[test]
fn layers_have_names() {
    let game = GameLayers::base_alone(&Layout::default());
    assert_eq!(game.base().to_str(), Some("/var/lib/left4me/installation"));
    assert_eq!(game.updates().to_str(), Some("/var/lib/left4me/updates"));
    assert_eq!(game.topmost_first().collect::<Vec<_>>(), [game.base()]);
    for (layer, name) in [
        ("/var/lib/left4me/installation", Some("the game")),
        ("/var/lib/left4me/installation/bin", None),
        ("/var/lib/left4me/updates/17000000", Some("game update 17000000")),
        ("/var/lib/left4me/overlays/a", None),
        ("installation", None),
    ] {
        assert_eq!(game.describe(Path::new(layer)).as_deref(), name, "{layer}");
    }
}
