use super::super::format::{merge, parse, subject, to_text};
use super::*;
use std::os::unix::fs::symlink;

/// A tree with a file in each of some directories, and its list.
fn tree() -> (tempfile::TempDir, String) {
    let dir = tempfile::tempdir().unwrap();
    let top = dir.path();
    std::fs::create_dir_all(top.join("a/b c")).unwrap();
    std::fs::create_dir(top.join("logs")).unwrap();
    for (path, content) in [("run", "12"), ("a/x", ""), ("a/b c/y z", "12345"), ("logs/today", "1")] {
        std::fs::write(top.join(path), content).unwrap();
    }
    let files = walk(top, |path| path != "logs");
    let text = to_text("build 7", &files);
    assert_eq!(text, "left4me-setup files 1\nof build 7\nin .\n2 run\nin a\n0 x\nin a/b c\n5 y z\n");
    assert_eq!((subject(&text), parse(&text)), (Some("build 7"), files));
    assert!(compare(&text, &[top.to_owned()]).is_none());
    (dir, text)
}

#[test]
fn what_is_lost_or_cut_short_is_named() {
    let (dir, text) = tree();
    let top = dir.path();
    std::fs::write(top.join("a/x"), "longer").unwrap();
    assert_eq!(compare(&text, &[top.to_owned()]).to_string(), "1 of another size (a/x)");
    std::fs::remove_dir_all(top.join("a/b c")).unwrap();
    assert_eq!(
        compare(&text, &[top.to_owned()]).to_string(),
        "1 missing, 1 of another size (a/x, a/b c/y z)"
    );
    std::fs::remove_file(top.join("run")).unwrap();
    std::fs::write(top.join("more"), "of one's own").unwrap();
    assert_eq!(
        compare(&text, &[top.to_owned()]).to_string(),
        "2 missing, 1 of another size (run, a/x, a/b c/y z)"
    );
    assert_eq!(compare(&text, &[top.join("nowhere")]).to_string(), "3 missing (run, a/x, a/b c/y z)");
}

#[test]
fn the_topmost_layer_decides() {
    let (dir, text) = tree();
    let upper = tempfile::tempdir().unwrap();
    let damage = |make: &dyn Fn(&Path)| {
        std::fs::remove_dir_all(upper.path()).unwrap();
        std::fs::create_dir_all(upper.path().join("a/b c")).unwrap();
        make(upper.path());
        let damage = compare(&text, &[upper.path().to_owned(), dir.path().to_owned()]);
        if damage.is_none() { String::new() } else { damage.to_string() }
    };
    let write = |path: &Path, content: &str| std::fs::write(path, content).unwrap();
    assert_eq!(damage(&|_| ()), "");
    assert_eq!(damage(&|upper| write(&upper.join("a/b c/y z"), "54321")), "");
    assert_eq!(damage(&|upper| write(&upper.join("a/b c/y z"), "1")), "1 of another size (a/b c/y z)");
    assert_eq!(damage(&|upper| std::fs::create_dir(upper.join("run")).unwrap()), "1 missing (run)");
    // A file in a directory's place hides all that lower layers have in it.
    let replace = |upper: &Path| {
        std::fs::remove_dir_all(upper.join("a")).unwrap();
        write(&upper.join("a"), "");
    };
    assert_eq!(damage(&replace), "2 missing (a/x, a/b c/y z)");
    assert_eq!(damage(&|upper| symlink("x", upper.join("a/x")).unwrap()), "1 missing (a/x)");
}

#[test]
fn no_link_is_followed() {
    let (dir, text) = tree();
    let top = dir.path();
    // The same names and sizes, elsewhere: neither a link to a directory nor one to a file counts.
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::rename(top.join("a"), elsewhere.path().join("a")).unwrap();
    symlink(elsewhere.path().join("a"), top.join("a")).unwrap();
    std::fs::rename(top.join("run"), elsewhere.path().join("run")).unwrap();
    symlink(elsewhere.path().join("run"), top.join("run")).unwrap();
    assert_eq!(compare(&text, &[top.to_owned()]).to_string(), "3 missing (run, a/x, a/b c/y z)");
    symlink("/etc", top.join("etc")).unwrap();
    assert!(walk(top, |path| path != "logs").is_empty());
}

#[test]
fn names_are_shown_short_and_without_control_characters() {
    let dir = tempfile::tempdir().unwrap();
    let long = "x".repeat(200);
    for name in ["a\u{1b}[2Jb", "c\nd", long.as_str(), "\u{202e}e"] {
        std::fs::write(dir.path().join(name), "1").unwrap();
    }
    let files = walk(dir.path(), |_| true);
    assert_eq!(files.len(), 2, "{files:?}");
    let shown = compare(&to_text("x", &files), &["/nowhere".into()]).to_string();
    assert_eq!(shown, format!("2 missing ({}…, \\u{{202e}}e)", "x".repeat(59)));
}

#[test]
fn a_list_that_cannot_be_read_is_none() {
    for text in ["", "{}", "left4me-setup files 2\nof x\n", "left4me-setup files 1\n"] {
        assert_eq!(subject(text), None, "{text:?}");
    }
}

#[test]
fn what_steam_did_decides_what_is_listed() {
    let files = |text: &str| -> Files {
        let pair =
            |word: &str| word.split_once('=').map(|(name, size)| (name.to_owned(), size.parse().unwrap()));
        text.split(' ').filter_map(pair).collect()
    };
    // old list | before | after | validated → list
    let table = [
        // Restored, and somebody's own file beside it.
        ("a=1 b=2", "a=1 own=9", "a=1 b=2 own=9", true, "a=1 b=2"),
        // Gone for good: no second validation for its sake; nor for one that somebody writes to.
        ("a=1 b=2", "a=1", "a=1", true, "a=1"),
        ("a=1 log=2", "a=1 log=7", "a=1 log=7", true, "a=1"),
        // An update without validation says nothing of what was damaged before.
        ("a=1 b=2 c=3", "a=1 c=9", "a=1 c=9", false, "a=1 b=2 c=3"),
        // An update changes, brings and removes.
        ("a=1 b=2 c=3", "a=1 b=2 c=3", "a=5 c=3 d=4", false, "a=5 c=3 d=4"),
        // What was damaged and is new in this build.
        ("a=1", "a=7", "a=5", false, "a=5"),
        // Steam wrote over somebody's own file of that name: now it is Steam's.
        ("a=1", "a=1 d=9", "a=1 d=4", false, "a=1 d=4"),
    ];
    for (old, before, after, validated, want) in table {
        let merged = merge(&files(old), &files(before), files(after), validated);
        assert_eq!(merged, files(want), "{old} | {before} | {after} | {validated}");
    }
}

/// As many directories beside each other as there are descriptors would else leave none for anything.
#[test]
fn a_tree_as_wide_as_its_owner_likes_costs_little() {
    let dir = tempfile::tempdir_in("/dev/shm").unwrap();
    for n in 0..3_000 {
        std::fs::create_dir(dir.path().join(n.to_string())).unwrap();
        std::fs::write(dir.path().join(format!("{n}/file")), "1").unwrap();
    }
    let most = std::cell::Cell::new(0);
    let files = walk(dir.path(), |path| {
        if path.ends_with("/file") {
            most.set(std::fs::read_dir("/proc/self/fd").unwrap().count().max(most.get()));
        }
        true
    });
    assert_eq!(files.len(), 3_000);
    // Those of other tests are among them.
    assert!(most.get() < 500, "{} descriptors", most.get());

    for n in 0..MAX_ENTRIES {
        std::fs::create_dir(dir.path().join(format!("0/{n}"))).unwrap();
    }
    let mut asked = 0;
    let asked = std::cell::Cell::from_mut(&mut asked);
    walk(dir.path(), |_| {
        asked.set(asked.get() + 1);
        true
    });
    assert!(asked.get() <= MAX_ENTRIES, "{} looked at", asked.get());
}
