//! The strategy as a table: what was found, how each attempt ends, and which attempts that makes.

use super::*;
use left4me::app_state::AppState;

type Outcome = Result<Success, Failure>;

const OK: Outcome = Ok(Success::Done);
const SAME: Outcome = Ok(Success::SameBuild);
const UNKNOWN: Outcome = Ok(Success::Unknown);

/// Feeds a script of outcomes and returns the attempts that ran.
fn run(mut strategy: InstallStrategy, outcomes: &[Outcome]) -> (Vec<String>, Next) {
    let mut attempts = Vec::new();
    let mut last = OK;
    let mut script = outcomes.iter();
    loop {
        match strategy.next(last) {
            Next::Run { attempt, .. } => {
                attempts.push(attempt.to_string());
                assert!(attempts.len() < 40, "the strategy has no end");
                last = script.next().cloned().unwrap_or(OK);
            }
            end => return (attempts, end),
        }
    }
}

fn strategy(found: InstalledState) -> InstallStrategy {
    InstallStrategy::new(found, false, true, Pauses::new(Duration::from_secs(10)))
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
fn short(found: InstalledState, outcomes: &[Outcome]) -> String {
    let (attempts, end) = run(strategy(found), outcomes);
    let letter = |attempt: &String| match attempt.as_str() {
        "client update" => 'c',
        "linux" => 'l',
        "linux, validate" => 'v',
        "linux, seeded manifest" => 's',
        "windows" => 'w',
        "windows, validate" => 'W',
        "build on offer" => 'o',
        other => panic!("{other}"),
    };
    let mut text: String = attempts.iter().map(letter).collect();
    text.push(if end == Next::Done { '.' } else { '!' });
    text
}

#[test]
fn a_new_install() {
    use InstalledState::{Empty, Files, Partial};
    let table: [(InstalledState, Vec<Outcome>, &str); 16] = [
        (Empty, vec![], "cl."),
        // Refused: first the attempt that takes seconds, then the one that takes 9.7 GB.
        (Empty, vec![OK, platform()], "cls."),
        (Empty, vec![OK, configuration()], "cls."),
        (Empty, vec![OK, platform(), platform()], "clswv."),
        (Empty, vec![OK, platform(), configuration()], "clswv."),
        (Empty, vec![OK, platform(), Err(Failure::NoSubscription)], "clswv."),
        (Empty, vec![OK, platform(), state(0x6, false)], "clswv."),
        // Windows without validate, once with it, and then without it again.
        (Empty, vec![OK, platform(), platform(), configuration()], "clswWv."),
        (
            Empty,
            vec![OK, platform(), platform(), configuration(), configuration(), configuration()],
            "clswWwwv.",
        ),
        (Empty, vec![OK, platform(), platform(), OK, platform()], "clswv!"),
        // What is transient is retried where it happened.
        (Empty, vec![OK, platform(), connection(), connection()], "clsss."),
        (Empty, vec![OK, platform(), platform(), connection(), connection()], "clswwwv."),
        (Empty, vec![OK, platform(), platform(), OK, connection()], "clswvv."),
        // Files without a manifest are validated; a manifest that is there is not replaced.
        (Files, vec![OK, platform()], "cvs."),
        (Partial, vec![OK, platform()], "cvwv."),
        (Partial, vec![], "cv."),
    ];
    for (found, outcomes, expected) in table {
        assert_eq!(short(found, &outcomes), expected, "{found:?} {outcomes:?}");
    }
}

#[test]
fn an_update() {
    let game = InstalledState::Complete;
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
    let (attempts, end) = run(strategy(InstalledState::Empty), &vec![Err(offline.clone()); 20]);
    assert_eq!((attempts.len(), end), (6, Next::GiveUp(offline)));

    let (attempts, end) = run(strategy(InstalledState::Empty), &[OK, Err(Failure::NoSubscription)]);
    assert_eq!((attempts.len(), end), (2, Next::GiveUp(Failure::NoSubscription)));

    // Whatever it is, and for ever: there is an end.
    for failure in
        [platform(), configuration(), connection(), state(0x6, false), state(0x626, true), old_build()]
    {
        for found in
            [InstalledState::Empty, InstalledState::Files, InstalledState::Partial, InstalledState::Complete]
        {
            let mut always = vec![OK];
            always.extend(vec![failure.clone(); 40]);
            let (_, end) = run(strategy(found), &always[usize::from(found == InstalledState::Complete)..]);
            assert!(matches!(end, Next::GiveUp(_)), "{found:?} {failure:?}");
        }
    }
}

#[test]
fn a_crash_of_the_first_client_update_is_not_the_end() {
    assert_eq!(short(InstalledState::Empty, &[Err(Failure::Crashed(11))]), "cl.");
}

#[test]
fn the_client_alone_is_updated_or_given_up() {
    let client = || InstallStrategy::client_update(Pauses::new(Duration::ZERO));
    assert_eq!(run(client(), &[]), (vec!["client update".into()], Next::Done));
    let crash = Failure::Crashed(11);
    let (attempts, end) = run(client(), &vec![Err(crash.clone()); 9]);
    assert_eq!((attempts.len(), end), (3, Next::GiveUp(crash)));
}

#[test]
fn a_rate_limit_is_waited_for_and_an_account_needs_no_windows() {
    let mut strategy = strategy(InstalledState::Empty);
    assert!(matches!(strategy.next(OK), Next::Run { attempt: Attempt::Bootstrap, .. }));
    strategy.next(OK);
    for _ in 0..BACK_OFFS {
        let next = strategy.next(Err(Failure::RateLimit));
        let Next::Run { attempt: Attempt::Linux { .. }, pause, because } = next else { panic!("{next:?}") };
        assert_eq!((pause.as_secs(), because), (31 * 60, Some(Failure::RateLimit)));
    }
    assert_eq!(strategy.next(Err(Failure::RateLimit)), Next::GiveUp(Failure::RateLimit));

    let named = InstallStrategy::new(InstalledState::Empty, false, false, Pauses::new(Duration::ZERO));
    let (attempts, end) = run(named, &[OK, platform()]);
    assert_eq!((attempts.len(), end), (2, Next::GiveUp(Failure::InvalidPlatform)));
}

#[test]
fn pauses_grow_and_stay_bounded() {
    let mut strategy = strategy(InstalledState::Complete);
    let mut last = OK;
    let mut pauses = Vec::new();
    while let Next::Run { pause, .. } = strategy.next(last) {
        pauses.push(pause.as_secs());
        last = state(0x402, true);
    }
    assert_eq!(pauses, [0, 10, 20, 40, 60, 60]);
}

#[test]
fn a_check_asks_and_does_nothing_else() {
    let pauses = Pauses { retry: Duration::ZERO, back_off: Duration::from_secs(9) };
    let strategy = || {
        let mut strategy = InstallStrategy::update_check(pauses);
        let first = strategy.next(Ok(Success::Done));
        assert!(matches!(first, Next::Run { attempt: Attempt::UpdateCheck, .. }), "{first:?}");
        strategy
    };
    assert_eq!(strategy().next(Ok(Success::Done)), Next::Done);
    let mut silent = strategy();
    assert!(matches!(silent.next(Ok(Success::Unknown)), Next::Run { attempt: Attempt::UpdateCheck, .. }));
    assert_eq!(silent.next(Ok(Success::Unknown)), Next::Done);
    // Nobody waits half an hour for an answer.
    assert_eq!(strategy().next(Err(Failure::RateLimit)), Next::GiveUp(Failure::RateLimit));
}
