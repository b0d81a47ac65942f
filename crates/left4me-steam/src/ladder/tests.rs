//! The strategy as a table: what was found, how each attempt ends, and which attempts that makes.

use super::*;
use left4me::app_state::AppState;

type Outcome = Result<Success, Failure>;

const OK: Outcome = Ok(Success::Done);
const SAME: Outcome = Ok(Success::SameBuild);
const UNKNOWN: Outcome = Ok(Success::Unknown);

/// Feeds a script of outcomes and returns the rungs that ran.
fn climb(mut ladder: Ladder, outcomes: &[Outcome]) -> (Vec<String>, Next) {
    let mut rungs = Vec::new();
    let mut last = OK;
    let mut script = outcomes.iter();
    loop {
        match ladder.next(last) {
            Next::Run { rung, .. } => {
                rungs.push(rung.to_string());
                assert!(rungs.len() < 40, "the ladder has no end");
                last = script.next().cloned().unwrap_or(OK);
            }
            end => return (rungs, end),
        }
    }
}

fn ladder(found: Found) -> Ladder {
    Ladder::new(found, false, true, Pauses::new(Duration::from_secs(10)))
}

fn platform() -> Outcome {
    Err(Failure::InvalidPlatform)
}

fn configuration() -> Outcome {
    Err(Failure::MissingConfiguration)
}

fn state(bits: u32, moved: bool) -> Outcome {
    Err(Failure::State { state: AppState(bits), moved })
}

fn connection() -> Outcome {
    Err(Failure::Connection("x".into()))
}

fn old_build() -> Outcome {
    Err(Failure::OldBuild { installed: "1".into(), offered: "2".into() })
}

/// Attempts, shortened: c client update, l linux, v linux validate, s seeded, w windows, W windows validate,
/// o build on offer; then `.` done or `!` given up.
fn short(found: Found, outcomes: &[Outcome]) -> String {
    let (rungs, end) = climb(ladder(found), outcomes);
    let letter = |rung: &String| match rung.as_str() {
        "client update" => 'c',
        "linux" => 'l',
        "linux, validate" => 'v',
        "linux, seeded manifest" => 's',
        "windows" => 'w',
        "windows, validate" => 'W',
        "build on offer" => 'o',
        other => panic!("{other}"),
    };
    let mut text: String = rungs.iter().map(letter).collect();
    text.push(if end == Next::Done { '.' } else { '!' });
    text
}

#[test]
fn a_new_install() {
    use Found::{Files, Nothing, Part};
    let table: [(Found, Vec<Outcome>, &str); 16] = [
        (Nothing, vec![], "cl."),
        // Refused: first the attempt that takes seconds, then the one that takes 9.7 GB.
        (Nothing, vec![OK, platform()], "cls."),
        (Nothing, vec![OK, configuration()], "cls."),
        (Nothing, vec![OK, platform(), platform()], "clswv."),
        (Nothing, vec![OK, platform(), configuration()], "clswv."),
        (Nothing, vec![OK, platform(), Err(Failure::NoSubscription)], "clswv."),
        (Nothing, vec![OK, platform(), state(0x6, false)], "clswv."),
        // Windows without validate, once with it, and then without it again.
        (Nothing, vec![OK, platform(), platform(), configuration()], "clswWv."),
        (
            Nothing,
            vec![OK, platform(), platform(), configuration(), configuration(), configuration()],
            "clswWwwv.",
        ),
        (Nothing, vec![OK, platform(), platform(), OK, platform()], "clswv!"),
        // What is transient is retried where it happened.
        (Nothing, vec![OK, platform(), connection(), connection()], "clsss."),
        (Nothing, vec![OK, platform(), platform(), connection(), connection()], "clswwwv."),
        (Nothing, vec![OK, platform(), platform(), OK, connection()], "clswvv."),
        // Files without a manifest are validated; a manifest that is there is not replaced.
        (Files, vec![OK, platform()], "cvs."),
        (Part, vec![OK, platform()], "cvwv."),
        (Part, vec![], "cv."),
    ];
    for (found, outcomes, expected) in table {
        assert_eq!(short(found, &outcomes), expected, "{found:?} {outcomes:?}");
    }
}

#[test]
fn an_update() {
    let game = Found::Game;
    let table: [(Vec<Outcome>, &str); 16] = [
        (vec![], "l."),
        (vec![configuration()], "ll."),
        (vec![platform()], "l!"),
        // The build did not change: is there really no other?
        (vec![SAME], "lo."),
        (vec![SAME, UNKNOWN], "loo."),
        (vec![SAME, UNKNOWN, UNKNOWN], "loo."),
        (vec![SAME, old_build()], "lov."),
        (vec![SAME, old_build(), SAME, old_build()], "lovo!"),
        // Missing or damaged, by the bits.
        (vec![state(0x426, true)], "lv."),
        (vec![state(0x496, false), state(0x496, false)], "lv!"),
        // Steam does not serve the installed manifest any more.
        (vec![state(0x6, false)], "ll."),
        (vec![state(0x6, false), state(0x6, false)], "lls."),
        (vec![state(0x6, false), state(0x6, false), SAME], "llso."),
        (vec![state(0x6, false), state(0x6, false), state(0x6, false)], "llswv."),
        // With a download it is transient.
        (vec![state(0x6, true), state(0x6, true), state(0x6, true)], "llll."),
        (vec![Err(Failure::NotStarted), Err(Failure::NotStarted)], "lll."),
    ];
    for (outcomes, expected) in table {
        assert_eq!(short(game, &outcomes), expected, "{outcomes:?}");
    }
}

#[test]
fn transient_errors_are_bounded_and_final_ones_stop_at_once() {
    let offline = Failure::Bootstrap("x".into());
    let (rungs, end) = climb(ladder(Found::Nothing), &vec![Err(offline.clone()); 20]);
    assert_eq!((rungs.len(), end), (6, Next::GiveUp(offline)));

    let (rungs, end) = climb(ladder(Found::Nothing), &[OK, Err(Failure::NoSubscription)]);
    assert_eq!((rungs.len(), end), (2, Next::GiveUp(Failure::NoSubscription)));

    // Whatever it is, and for ever: there is an end.
    for failure in
        [platform(), configuration(), connection(), state(0x6, false), state(0x626, true), old_build()]
    {
        for found in [Found::Nothing, Found::Files, Found::Part, Found::Game] {
            let mut always = vec![OK];
            always.extend(vec![failure.clone(); 40]);
            let (_, end) = climb(ladder(found), &always[usize::from(found == Found::Game)..]);
            assert!(matches!(end, Next::GiveUp(_)), "{found:?} {failure:?}");
        }
    }
}

#[test]
fn a_crash_of_the_first_client_update_is_not_the_end() {
    assert_eq!(short(Found::Nothing, &[Err(Failure::Crashed(11))]), "cl.");
}

#[test]
fn the_client_alone_is_updated_or_given_up() {
    let client = || Ladder::client(Pauses::new(Duration::ZERO));
    assert_eq!(climb(client(), &[]), (vec!["client update".into()], Next::Done));
    let crash = Failure::Crashed(11);
    let (rungs, end) = climb(client(), &vec![Err(crash.clone()); 9]);
    assert_eq!((rungs.len(), end), (3, Next::GiveUp(crash)));
}

#[test]
fn a_rate_limit_is_waited_for_and_an_account_needs_no_windows() {
    let mut ladder = ladder(Found::Nothing);
    assert!(matches!(ladder.next(OK), Next::Run { rung: Rung::Bootstrap, .. }));
    ladder.next(OK);
    for _ in 0..BACK_OFFS {
        let next = ladder.next(Err(Failure::RateLimit));
        let Next::Run { rung: Rung::Linux { .. }, pause, because } = next else { panic!("{next:?}") };
        assert_eq!((pause.as_secs(), because), (31 * 60, Some(Failure::RateLimit)));
    }
    assert_eq!(ladder.next(Err(Failure::RateLimit)), Next::GiveUp(Failure::RateLimit));

    let named = Ladder::new(Found::Nothing, false, false, Pauses::new(Duration::ZERO));
    let (rungs, end) = climb(named, &[OK, platform()]);
    assert_eq!((rungs.len(), end), (2, Next::GiveUp(Failure::InvalidPlatform)));
}

#[test]
fn pauses_grow_and_stay_bounded() {
    let mut ladder = ladder(Found::Game);
    let mut last = OK;
    let mut pauses = Vec::new();
    while let Next::Run { pause, .. } = ladder.next(last) {
        pauses.push(pause.as_secs());
        last = state(0x402, true);
    }
    assert_eq!(pauses, [0, 10, 20, 40, 60, 60]);
}
