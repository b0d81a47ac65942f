//! Every way a download can go wrong ends in its own sentence, leaves nothing, and the next run works.

use super::{FILE, Place, steam};
use std::time::Duration;

#[test]
fn a_good_download_is_in_place_and_repeatable() {
    let Some(steam) = steam() else { return };
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
    let Some(steam) = steam() else { return };
    let table = [
        ("truncated", "broke off after"),
        ("flipped", "is not the expected file: its SHA-256 is "),
        ("html", "answered with a web page (78 bytes), not with SteamCMD"),
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
    let Some(steam) = steam() else { return };
    let place = Place::new();
    let silence = Duration::from_secs(1);
    for (fault, sentence) in [("stall", "broke off after "), ("stall-headers", "cannot download ")] {
        let url = format!("{}/fault/{fault}/{FILE}", steam.base);
        let error = place.fetch_within(&[&url], &steam.sha256, silence).expect_err(fault);
        assert!(error.message().contains(sentence), "{error}");
        assert!(error.message().ends_with(": silent for 1 s"), "{error}");
        assert_eq!(place.names(), ["installation"], "{fault} left something behind");
    }
    // Five seconds in all, and never silent for one.
    let url = format!("{}/fault/slow/{FILE}", steam.base);
    place.fetch_within(&[&url], &steam.sha256, silence).unwrap();
}

#[test]
fn a_transfer_that_breaks_off_is_started_again() {
    let Some(steam) = steam() else { return };
    let place = Place::new();
    place.fetch(&format!("{}/fault/drop-once/{FILE}", steam.base), &steam.sha256).unwrap();
    assert_eq!(place.names(), ["installation", "steam"]);
}

#[test]
fn mirrors_are_tried_in_turn() {
    let Some(steam) = steam() else { return };
    let place = Place::new();
    let bad = format!("{}/fault/404/{FILE}", steam.base);
    let good = format!("{}/{FILE}", steam.base);
    let fetched = place.fetch_within(&[&bad, &good], &steam.sha256, Duration::from_secs(9)).unwrap();
    assert_eq!(fetched.url, good);
    let error = place.fetch_within(&[&bad, &bad], &steam.sha256, Duration::from_secs(9)).unwrap_err();
    assert_eq!(
        error.message(),
        format!("none of 2 mirrors served SteamCMD; the first: {bad} answered 404 Not Found")
    );
}

/// What is wrong on this host is wrong with every mirror.
#[test]
fn a_fault_of_this_host_is_not_tried_on_every_mirror() {
    let Some(steam) = steam() else { return };
    let place = Place::new();
    let good = steam.url();
    std::fs::write(place.dir.path().join(".steam.left4me-new"), "in the way").unwrap();
    let error = place.fetch_within(&[&good, &good], &steam.sha256, Duration::from_secs(9)).unwrap_err();
    assert!(error.message().starts_with("cannot remove "), "{error}");
}

#[test]
fn a_wrong_digest_names_both_and_the_override() {
    let Some(steam) = steam() else { return };
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
