//! What each width shows.

use super::*;

const MOMENT: Moment = Moment {
    title: "game, pass 1 of 2 (windows files first)",
    phase: "downloading",
    done: 2_147_483_648,
    total: 7_516_192_768,
    bytes_per_second: Some(13_631_488.0),
    elapsed: Duration::from_secs(157),
};

#[test]
fn what_each_width_shows() {
    let table = [
        (20, "[==>       ]  28.5 %"),
        (24, "game [==>      ]  28.5 %"),
        (39, "game [==>       ]  28.5 % 2.1 of 7.5 GB"),
        (59, "game [=====>             ]  28.5 % 2.1 of 7.5 GB  13.6 MB/s"),
        (79, "game: downloading [==>      ]  28.5 % 2.1 of 7.5 GB  13.6 MB/s 6 min 33 s left"),
        (
            119,
            "game, pass 1 of 2 (windows files first): downloading [====>         ]  28.5 % 2.1 of 7.5 GB  13.6 MB/s 6 min 33 s left",
        ),
    ];
    for (width, line) in table {
        assert_eq!(fit(width, &MOMENT), line, "{width}");
    }
    let client = Moment { title: "client update", ..MOMENT };
    assert_eq!(fit(39, &client), "client [==>     ]  28.5 % 2.1 of 7.5 GB");
    let steamcmd = Moment { title: "SteamCMD", ..MOMENT };
    assert_eq!(fit(39, &steamcmd), "SteamC… [==>    ]  28.5 % 2.1 of 7.5 GB");
    let early = Moment { bytes_per_second: None, ..MOMENT };
    assert_eq!(fit(79, &early), "game: downloading [==>      ]  28.5 % 2.1 of 7.5 GB");
}

#[test]
fn what_is_not_known_turns_round() {
    let spinner = Moment { title: "client update", phase: "Verifying installation", total: 0, ..MOMENT };
    assert_eq!(fit(60, &spinner), "- client update: Verifying installation (2 min 37 s)");
    assert_eq!(fit(39, &spinner), "- client update (2 min 37 s)");
    let later = Moment { elapsed: Duration::from_millis(157_100), phase: "", ..spinner };
    assert_eq!(fit(60, &later), "\\ client update (2 min 37 s)");
}

#[test]
fn no_width_is_exceeded_and_nothing_stands_elsewhere_later() {
    let rates = [None, Some(1.0), Some(13e6), Some(1e30)];
    for width in 0..200 {
        for (done, total) in [(0, 0), (0, 1), (9, 3), (999, 1000), (u64::MAX, u64::MAX), (1, 9_700_000_000)] {
            for rate in rates {
                let moment = Moment { done, total, bytes_per_second: rate, ..MOMENT };
                let line = fit(width, &moment);
                assert!(columns(&line) <= width, "{width}: {line}");
                if total > 0 && width >= 40 {
                    let end = fit(width, &Moment { bytes_per_second: None, ..moment }).find(']');
                    assert!(
                        line.contains('[') && line.contains('%') && line.find(']') == end,
                        "{width}: {line}"
                    );
                }
            }
        }
    }
}

#[test]
fn sizes() {
    let table = [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (7_667_458_210, "7.7 GB"),
        (u64::MAX, "18446744.1 TB"),
    ];
    for (count, text) in table {
        assert_eq!(bytes(count), text);
    }
    assert_eq!(of_total(950_000_000, 12_345_000_000), " 0.9 of 12.3 GB");
    assert_eq!(of_total(5, 120), "  5 of 120 B");
}
