//! The same over HTTP, from servers of every kind.

use super::*;
use left4me_test_support::server;
use std::net::TcpListener;
use std::sync::Mutex;

/// What the servers of these tests were asked, by the name of the file.
static ASKED: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn serve(dir: &Path) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let dir = dir.to_owned();
    std::thread::spawn(move || {
        server::serve(&listener, dir, |line| ASKED.lock().unwrap().push(line.to_owned()))
    });
    base
}

/// An archive that is served under a name of its own.
fn served(name: &str) -> (Origin, String) {
    let origin = Origin::new("7");
    fs::hard_link(origin.archive(), origin.dir.path().join(name)).unwrap();
    let base = serve(origin.dir.path());
    (origin, base)
}

/// The answers that a file was served with.
fn answers(name: &str) -> Vec<String> {
    let asked = ASKED.lock().unwrap();
    asked.iter().filter_map(|line| Some(line.split_once(&format!("{name} "))?.1.to_owned())).collect()
}

#[test]
fn one_request_brings_all_files() {
    let (origin, base_url) = served("all.tar");
    let place = Place::new();
    import(&place, &format!("{base_url}/all.tar"), Some(&origin.exported.sha256)).unwrap();
    assert_eq!(seen(&base(&place)), seen(&origin.game()));
    assert_eq!(names(&place), ["installation"]);
    let answers = answers("all.tar");
    // Of the manifest, first the header.
    assert_eq!(answers.len(), 3, "{answers:?}");
    assert!(answers.iter().all(|answer| answer.starts_with("206 ")), "{answers:?}");
}

/// Everything but the first and the last large file is there.
#[test]
fn only_what_is_needed_is_fetched() {
    let (origin, base_url) = served("part.tar");
    let place = Place::new();
    let staging = place.dir.path().join(".installation.left4me-new");
    game(&staging, "7");
    put(&staging, "left4dead2/pak01_001.vpk", 0o644, &[0; 700_001]);
    put(&staging, "srcds_run", 0o644, b"no");
    import(&place, &format!("{base_url}/part.tar"), None).unwrap();
    assert_eq!(seen(&base(&place)), seen(&origin.game()));
    let answers = answers("part.tar");
    let sent: Vec<u64> =
        answers.iter().map(|answer| answer.split(' ').nth(1).unwrap().parse().unwrap()).collect();
    // Both files in one request, because little lies between them.
    assert_eq!(sent.len(), 3, "{answers:?}");
    assert!(sent[2] > 700_000 && sent[2] < 710_000, "{answers:?}");
}

#[test]
fn bad_networks() {
    let (origin, base_url) = served("bad.tar");
    for fault in [
        // The connection breaks in the middle of each answer, three times in a row.
        "cut-range,times=1",
        "cut-range,times=3",
        "no-range",
        "drop,times=2",
        "503,times=3",
        "reset,times=2",
        "redirect",
    ] {
        let place = Place::new();
        import(&place, &format!("{base_url}/fault/{fault}/bad.tar"), None)
            .unwrap_or_else(|e| panic!("{fault}: {e}"));
        assert_eq!(seen(&base(&place)), seen(&origin.game()), "{fault}");
    }
}

#[test]
fn servers_that_never_serve_it() {
    let (_origin, base_url) = served("never.tar");
    for (fault, why) in [
        ("404", "answered 404 Not Found"),
        ("500", "answered 500 Internal Server Error"),
        ("html", "is not an archive that `left4me-setup game export` made"),
        ("wrong-range", "sent another part than was asked for"),
        ("cut-range", "the download of"),
        ("reset", "cannot download"),
        ("redirect-http-away", "which is not https"),
    ] {
        let place = Place::new();
        let error = import(&place, &format!("{base_url}/fault/{fault}/never.tar"), None).unwrap_err();
        assert!(error.message().contains(why), "{fault}: {error}");
        assert!(error.remedy().is_some(), "{fault}");
        assert_eq!(fs::read_dir(base(&place)).unwrap().count(), 0, "{fault}");
    }
    let refused = import(&Place::new(), "http://example.org/x.tar", None).unwrap_err();
    assert_eq!(
        refused.message(),
        "http://example.org/x.tar is refused: an archive is downloaded only over https"
    );
}

/// A run that failed is gone on with by the next one.
#[test]
fn a_later_run_fetches_the_rest() {
    let (origin, base_url) = served("later.tar");
    let good = fs::read(origin.archive()).unwrap();
    let place = Place::new();
    fs::remove_file(origin.dir.path().join("later.tar")).unwrap();
    // Without its end, on a server that says so.
    fs::write(origin.dir.path().join("later.tar"), &good[..good.len() - 500_000]).unwrap();
    let error = import(&place, &format!("{base_url}/later.tar"), None).unwrap_err();
    assert!(error.message().ends_with("later.tar is cut short"), "{error}");
    assert_eq!(names(&place), [".installation.left4me-new", "installation"]);
    fs::write(origin.dir.path().join("later.tar"), &good).unwrap();
    import(&place, &format!("{base_url}/later.tar"), None).unwrap();
    assert_eq!(seen(&base(&place)), seen(&origin.game()));
    let answers = answers("later.tar");
    let last: u64 = answers.last().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    assert!(last < 1_000_000, "{answers:?}");
}
