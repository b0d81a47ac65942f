//! Every way a download can go wrong ends in its own sentence, leaves nothing, and the next run works.

use super::retry::RetryPolicy;
use crate::tests::Place;
use crate::tests::hostile::deep;
use flate2::Compression;
use flate2::write::GzEncoder;
use left4me::Error;
use left4me_test_support::steam::{FILE, serve};
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::time::Duration;

/// Archives of this test's own, served as long as the test program runs.
struct Served {
    base: String,
    sha256: String,
    _dir: tempfile::TempDir,
}

/// What stands for SteamCMD: only its start script counts here.
fn served() -> Served {
    let noise: Vec<u8> = (0..300_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    serve_archive(&[("steamcmd.sh", 0o755, b"#!/bin/sh\n"), ("linux32/steamcmd", 0o755, &noise)])
}

fn serve_archive(files: &[(&str, u32, &[u8])]) -> Served {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, mode, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_mode(*mode);
        header.set_size(content.len() as u64);
        tar.append_data(&mut header, name, *content).unwrap();
    }
    let body = tar.into_inner().unwrap().finish().unwrap();
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(FILE), &body).unwrap();
    let sha256 = Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
    Served { base: serve(dir.path()).unwrap(), sha256, _dir: dir }
}

impl Served {
    fn url(&self) -> String {
        format!("{}/client/installer/{FILE}", self.base)
    }
}

#[test]
fn a_good_download_is_in_place_and_repeatable() {
    let steam = served();
    let place = Place::new();
    let url = steam.url();
    place.fetch(&url, &steam.sha256).unwrap();
    assert!(place.host.layout.steamcmd_sh().exists());
    // A damaged tree is replaced whole.
    std::fs::remove_file(place.host.layout.steamcmd_sh()).unwrap();
    std::fs::write(place.host.layout.steam().join("stray"), "").unwrap();
    place.fetch(&url, &steam.sha256).unwrap();
    assert!(place.host.layout.steamcmd_sh().exists());
    assert!(!place.host.layout.steam().join("stray").exists());
    assert_eq!(place.names(), ["installation", "steam"]);
}

#[test]
fn faults() {
    let steam = served();
    let table = [
        ("truncated", "broke off after"),
        ("flipped", "is not the expected file: its SHA-256 is "),
        ("html", "answered with a web page (78 bytes) instead of a gzip file"),
        ("oversized", "serves more than 64 MiB"),
        ("short-length", "served an incomplete archive of "),
        ("long-length", "broke off after"),
        ("404", "answered 404 Not Found"),
        ("500", "answered 500 Internal Server Error"),
        ("503", "answered 503 Service Unavailable"),
        ("redirect-loop", "more than 5 redirects"),
        ("redirect-http-away", "/steamcmd_linux.tar.gz, which is not https"),
        ("reset", "cannot download"),
    ];
    let place = Place::new();
    for (fault, sentence) in table {
        let url = format!("{}/fault/{fault}/{FILE}", steam.base);
        let error = place.fetch(&url, &steam.sha256).expect_err(fault);
        assert!(error.message().contains(sentence), "{fault}: {error}");
        assert!(
            error.message().contains(&url) || fault.starts_with("redirect"),
            "{fault} names no URL: {error}"
        );
        assert!(error.remedy().is_some(), "{fault} has no remedy");
        assert_eq!(place.names(), ["installation"], "{fault} left something behind");
    }
    place.fetch(&format!("{}/fault/redirect/{FILE}", steam.base), &steam.sha256).unwrap();
}

#[test]
fn silence_ends_a_download_and_slowness_does_not() {
    let steam = served();
    let place = Place::new();
    let policy = RetryPolicy { silence: Duration::from_secs(1), pauses: &[], ..RetryPolicy::DEFAULT };
    for (fault, sentence) in [("stall", "broke off after "), ("stall-headers", "cannot download ")] {
        let url = format!("{}/fault/{fault}/{FILE}", steam.base);
        let error = place.fetch_with(&[&url], &steam.sha256, &policy).expect_err(fault);
        assert!(error.message().contains(sentence), "{error}");
        assert!(error.message().ends_with(": silent for 1 s"), "{error}");
        assert_eq!(place.names(), ["installation"], "{fault} left something behind");
    }
    // Five seconds in all, and never silent for one.
    let url = format!("{}/fault/slow/{FILE}", steam.base);
    place.fetch_with(&[&url], &steam.sha256, &policy).unwrap();
}

#[test]
fn a_source_that_trickles_is_given_up() {
    let steam = served();
    let slow = format!("{}/fault/slow/{FILE}", steam.base);
    let policy =
        RetryPolicy { longest: Duration::from_millis(500), wait: &|_, _| Ok(()), ..RetryPolicy::DEFAULT };
    let place = Place::new();
    let error = place.fetch_with(&[&slow], &steam.sha256, &policy).unwrap_err();
    assert!(error.message().ends_with(" bytes in 0 s, not the whole file"), "{error}");
    assert_eq!(place.names(), ["installation"]);
    place.fetch_with(&[&slow, &steam.url()], &steam.sha256, &policy).unwrap();
}

#[test]
fn what_is_over_soon_does_not_end_a_run_with_one_source() {
    let steam = served();
    let place = Place::new();
    let faults =
        ["503", "500", "429", "429,after=1", "503,after=soon", "close", "reset", "reset-middle", "drop"];
    for fault in faults {
        let url = format!("{}/fault/{fault},times=1/{FILE}", steam.base);
        place.fetch(&url, &steam.sha256).unwrap_or_else(|e| panic!("{fault}: {e}"));
        assert_eq!(place.names(), ["installation", "steam"], "{fault} left something behind");
    }
    let policy =
        RetryPolicy { silence: Duration::from_millis(500), wait: &|_, _| Ok(()), ..RetryPolicy::DEFAULT };
    for fault in ["stall", "stall-headers"] {
        let url = format!("{}/fault/{fault},times=1/{FILE}", steam.base);
        place.fetch_with(&[&url], &steam.sha256, &policy).unwrap_or_else(|e| panic!("{fault}: {e}"));
    }
}

/// How long it waited before each further attempt, and the outcome.
fn pauses(urls: &[&str], sha256: &str) -> (Vec<u64>, left4me::Result<String>) {
    let waited = RefCell::new(Vec::new());
    let wait = |pause: Duration, _: &dyn Fn()| {
        waited.borrow_mut().push(pause.as_secs());
        Ok(())
    };
    let policy = RetryPolicy { wait: &wait, ..RetryPolicy::DEFAULT };
    let fetched = Place::new().fetch_with(urls, sha256, &policy);
    (waited.take(), fetched.map(|fetched| fetched.url))
}

#[test]
fn pauses_grow_and_a_server_may_ask_for_longer_ones_within_a_bound() {
    let steam = served();
    let table: [(&str, &[u64], &str); 9] = [
        ("503,for=pauses", &[2, 8, 30], "answered 503 Service Unavailable"),
        ("503,times=2,for=pauses", &[2, 8], ""),
        ("429,times=2,after=5,for=pauses", &[5, 8], ""),
        ("429,times=1,after=120,for=pauses", &[120], ""),
        ("429,times=1,after=121,for=pauses", &[], "answered 429 Too Many Requests"),
        ("429,times=1,after=99999999999999999999,for=pauses", &[2], ""),
        ("404,times=1,for=pauses", &[], "answered 404 Not Found"),
        ("html,times=1,for=pauses", &[], "answered with a web page"),
        ("flipped,times=1,for=pauses", &[], "is not the expected file"),
    ];
    for (fault, want, sentence) in table {
        let (waited, outcome) = pauses(&[&format!("{}/fault/{fault}/{FILE}", steam.base)], &steam.sha256);
        assert_eq!(waited, want, "{fault}");
        match outcome {
            Ok(_) => assert_eq!(sentence, "", "{fault}"),
            Err(error) => {
                assert!(!sentence.is_empty() && error.message().contains(sentence), "{fault}: {error}")
            }
        }
    }
}

#[test]
fn a_source_is_tried_to_its_end_before_the_next() {
    let steam = served();
    let bad = format!("{}/fault/503,for=order/{FILE}", steam.base);
    let good = steam.url();
    let (waited, outcome) = pauses(&[&bad, &good], &steam.sha256);
    assert_eq!((waited, outcome.unwrap()), (vec![2, 8, 30], good));
    // Asked to be left alone for long, it is, and the next one is asked at once.
    let busy = format!("{}/fault/429,after=3600,for=order/{FILE}", steam.base);
    let (waited, outcome) = pauses(&[&busy, &steam.url()], &steam.sha256);
    assert_eq!((waited, outcome.unwrap()), (vec![], steam.url()));
    let (_, outcome) = pauses(&[&busy], &steam.sha256);
    let remedy = outcome.unwrap_err().remedy().unwrap().to_owned();
    assert_eq!(remedy, "the server asks for a pause of 60 minutes; run it again then");
}

#[test]
fn a_pause_that_is_interrupted_ends_the_run() {
    let steam = served();
    let place = Place::new();
    let wait = |_: Duration, _: &dyn Fn()| {
        Err(Error::new("interrupted").with_kind(left4me::ErrorKind::Interrupted(2)))
    };
    let bad = format!("{}/fault/503,for=interrupt/{FILE}", steam.base);
    let policy = RetryPolicy { wait: &wait, ..RetryPolicy::DEFAULT };
    let error = place.fetch_with(&[&bad, &steam.url()], &steam.sha256, &policy).unwrap_err();
    assert_eq!((error.message(), error.exit_code()), ("interrupted", 130));
    assert_eq!(place.names(), ["installation"]);
}

#[test]
fn mirrors_are_tried_in_turn() {
    let steam = served();
    let place = Place::new();
    let bad = format!("{}/fault/404/{FILE}", steam.base);
    let good = format!("{}/{FILE}", steam.base);
    let fetched = place.fetch_with(&[&bad, &good], &steam.sha256, &RetryPolicy::DEFAULT).unwrap();
    assert_eq!(fetched.url, good);
    let error = place.fetch_with(&[&bad, &bad], &steam.sha256, &RetryPolicy::DEFAULT).unwrap_err();
    assert_eq!(
        error.message(),
        format!("none of 2 mirrors served SteamCMD; the first: {bad} answered 404 Not Found")
    );
}

/// What is wrong on this host is wrong with every mirror.
#[test]
fn a_fault_of_this_host_is_not_tried_on_every_mirror() {
    let steam = served();
    let place = Place::new();
    let good = steam.url();
    std::fs::remove_dir_all(place.dir.path()).unwrap();
    let error = place.fetch_with(&[&good, &good], &steam.sha256, &RetryPolicy::DEFAULT).unwrap_err();
    assert!(error.message().starts_with("cannot create "), "{error}");
}

#[test]
fn a_wrong_digest_names_both_and_the_override() {
    let steam = served();
    let place = Place::new();
    let expected = "0".repeat(64);
    let error = place.fetch(&format!("{}/{FILE}", steam.base), &expected).unwrap_err();
    assert!(error.message().contains(&steam.sha256) && error.message().contains(&expected), "{error}");
    assert!(error.remedy().unwrap().contains(&format!("--steamcmd-sha256 {}", steam.sha256)));
    assert_eq!(place.names(), ["installation"]);
}

#[test]
fn a_refused_connection_says_so() {
    // Bound and dropped: nobody listens there now.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let place = Place::new();
    let error = place.fetch(&format!("http://127.0.0.1:{port}/{FILE}"), &"0".repeat(64)).unwrap_err();
    assert!(error.message().contains("onnection refused"), "{error}");
    assert_eq!(place.names(), ["installation"]);
}

/// The right file, by its digest, and not SteamCMD: no other mirror is asked.
#[test]
fn an_archive_without_a_start_script_is_refused() {
    let table = [
        ([("linux32/steamcmd", 0o755, &b""[..])], "refused to unpack the archive: it holds no steamcmd.sh"),
        ([("steamcmd.sh", 0o644, b"")], "refused to unpack the archive: its steamcmd.sh is not executable"),
        ([("steamcmd.sh", 0o4755, b"")], "refused to unpack steamcmd.sh: it is setuid or setgid"),
    ];
    for (files, why) in table {
        let (steam, place) = (serve_archive(&files), Place::new());
        let (one, two) = (steam.url(), format!("{}/{FILE}", steam.base));
        let error = place.fetch_with(&[&one, &two], &steam.sha256, &RetryPolicy::DEFAULT).unwrap_err();
        assert_eq!(error.message(), why);
        assert_eq!(
            error.remedy(),
            Some("this is not Valve's SteamCMD; check --steamcmd-url and --steamcmd-sha256")
        );
        assert_eq!(place.names(), ["installation"]);
    }
}

#[test]
fn no_depth_keeps_steamcmd_from_being_replaced() {
    let (steam, place) = (served(), Place::new());
    deep(&place.dir.path().join(".steam.left4me-new"));
    deep(&place.host.layout.steam());
    place.fetch(&steam.url(), &steam.sha256).unwrap();
    assert_eq!(place.names(), ["installation", "steam"]);
}
