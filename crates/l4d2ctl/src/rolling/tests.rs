use super::Occupancy::*;
use super::*;
use proptest::prelude::*;

/// A world in which players come and go, servers fall silent, and some do not come back.
#[derive(Debug, Clone)]
struct World {
    terms: Vec<Terms>,
    most_down: usize,
    patience: u64,
    /// What is found, one after the other and over again.
    finds: Vec<Occupancy>,
    /// The restart of this number fails.
    fails: Option<usize>,
    /// Somebody cancels at this step.
    cancels: Option<usize>,
}

fn worlds() -> impl Strategy<Value = World> {
    let terms =
        (prop::option::of(0..500u64), 0..100u64).prop_map(|(deadline, warn)| Terms { deadline, warn });
    let find = prop_oneof![Just(Empty), (1..9u8).prop_map(Players), Just(Silent)];
    (
        prop::collection::vec(terms, 0..8),
        1..4usize,
        prop_oneof![Just(0u64), 0..600u64],
        prop::collection::vec(find, 1..40),
        prop::option::of(0..8usize),
        prop::option::of(0..30usize),
    )
        .prop_map(|(terms, most_down, patience, finds, fails, cancels)| World {
            terms,
            most_down,
            patience,
            finds,
            fails,
            cancels,
        })
}

proptest! {
    #[test]
    fn promises(world in worlds()) {
        let mut rolling = Rolling::new(world.terms.clone(), world.most_down, world.patience);
        let (mut now, mut restarts, mut finds) = (0, 0, world.finds.iter().copied().cycle());
        let mut is_stopped = false;
        let mut last = vec![None; world.terms.len()];
        let mut done = vec![false; world.terms.len()];
        for step in 0.. {
            prop_assert!(step < 2000, "it does not end");
            if Some(step) == world.cancels {
                rolling.stop();
                is_stopped = true;
            }
            match rolling.next(now) {
                Step::Look(servers) => {
                    now += 1;
                    for at in servers {
                        last[at] = finds.next();
                        rolling.saw(at, last[at].unwrap());
                    }
                }
                Step::RestartEmpty(servers) => {
                    prop_assert!(!is_stopped && (1..=world.most_down).contains(&servers.len()));
                    for at in servers {
                        prop_assert!(!done[at] && last[at] == Some(Empty));
                        // The last look, right before the stop.
                        match finds.next().unwrap() {
                            Empty if Some(restarts) == world.fails => {
                                rolling.stop();
                                is_stopped = true;
                            }
                            Empty => {
                                rolling.answered(at);
                                done[at] = true;
                                restarts += 1;
                                now += 30;
                            }
                            joined => {
                                last[at] = Some(joined);
                                rolling.saw(at, joined);
                            }
                        }
                    }
                }
                Step::RestartAnyway(servers) => {
                    prop_assert!(!is_stopped && (1..=world.most_down).contains(&servers.len()));
                    // Empty ones come first.
                    let is_empty = |at: usize| !done[at] && last[at] == Some(Empty);
                    prop_assert!((0..done.len()).all(|at| !is_empty(at)));
                    let warn = servers.iter().map(|at| world.terms[*at].warn).max().unwrap();
                    now += warn;
                    for at in servers {
                        prop_assert!(!done[at] && world.terms[at].deadline.unwrap() <= now);
                        rolling.answered(at);
                        done[at] = true;
                    }
                    now += 30;
                }
                Step::Sleep(until) => {
                    prop_assert!(until > now && until <= world.patience);
                    now = until;
                }
                Step::End => break,
            }
        }
        // It gives up on none that it could have restarted.
        for (at, seen) in rolling.left() {
            prop_assert!(!done[at]);
            prop_assert!(is_stopped || now >= world.patience && seen.is_some_and(|seen| seen != Empty));
        }
    }
}

#[test]
fn the_usual_course() {
    let terms = Terms { deadline: Some(100), warn: 30 };
    let mut rolling = Rolling::new([terms; 3], 1, 100);
    assert_eq!(rolling.next(0), Step::Look(vec![0, 1, 2]));
    for (at, occupancy) in [Players(2), Empty, Silent].into_iter().enumerate() {
        rolling.saw(at, occupancy);
    }
    assert_eq!(rolling.next(1), Step::RestartEmpty(vec![1]));
    rolling.answered(1);
    assert_eq!(rolling.next(20), Step::Look(vec![0, 2]));
    rolling.saw(0, Players(2));
    // One silence says nothing.
    for _ in 0..3 {
        rolling.saw(2, Silent);
        assert!(matches!(rolling.next(21), Step::Look(_) | Step::Sleep(31)));
    }
    assert_eq!(rolling.next(31), Step::Look(vec![0, 2]));
    rolling.saw(0, Players(2));
    rolling.saw(2, Players(1));
    assert_eq!(rolling.next(65), Step::Sleep(70));
    rolling.next(70);
    rolling.saw(0, Players(2));
    rolling.saw(2, Empty);
    // Who left in time is not warned, and comes first.
    assert_eq!(rolling.next(71), Step::RestartEmpty(vec![2]));
    rolling.answered(2);
    rolling.next(90);
    rolling.saw(0, Players(2));
    assert_eq!(rolling.next(91), Step::RestartAnyway(vec![0]));
    rolling.answered(0);
    assert_eq!((rolling.next(130), rolling.left()), (Step::End, vec![]));
}
