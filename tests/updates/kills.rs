//! A hundred kills at any time of everything that changes which build is next: what is there afterwards is the build
//! before or the one after, whole, and nothing is left that stops the next run.

use super::world::{self, FIRST, ROOT, UPDATE, World};
use left4me_test_support::tree;
use std::fs;
use std::time::{Duration, Instant};

const KILLS: u32 = 100;
/// Contents that the builds have in turns.
const WORDS: [&str; 3] = ["", "deleted,types,remade,added", "renamed,modes,big"];
const ROLLBACK: &[&str] = &["game", "rollback"];
const SQUASH: &[&str] = &["game", "squash"];
const PRUNE: &[&str] = &["game", "prune"];

/// SplitMix64: the seed is printed, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    /// From 0 to 1.
    fn roll(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        f64::from(u32::try_from((z ^ (z >> 31)) >> 32).unwrap()) / f64::from(u32::MAX)
    }
}

/// The contents of a build.
fn words_of(build: u64) -> &'static str {
    WORDS[usize::try_from((build - FIRST) % 3).unwrap()]
}

fn offer_next(world: &mut World) {
    let words = words_of(world.offered + 1);
    world.offer(words);
}

/// How long each takes here when nobody kills it.
fn durations(world: &mut World) -> [(&'static [&'static str], Duration); 4] {
    [UPDATE, ROLLBACK, SQUASH, PRUNE].map(|command| {
        if command != ROLLBACK {
            // Two layers, so that there is something to do.
            offer_next(world);
            if command != UPDATE {
                world.setup(UPDATE);
            }
        }
        let began = Instant::now();
        world.setup(command);
        (command, began.elapsed())
    })
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_hundred_kills_leave_the_old_build_or_the_new_one() {
    world::run("kills::a_hundred_kills_leave_the_old_build_or_the_new_one", |world| {
        let seed = std::env::var("LEFT4ME_KILL_SEED").map_or(20_261_130, |text| text.parse().unwrap());
        println!("LEFT4ME_KILL_SEED={seed}");
        let mut dice = Dice(seed);
        let took = durations(world);
        // Somebody plays all the time, on whatever is in use now.
        world.instance("playing");
        world.mount("playing");
        let playing = world.seen_by("playing");
        let before = world::leaks();
        let (mut kills, mut runs) = (0, 0);
        while kills < KILLS {
            runs += 1;
            assert!(runs < 4 * KILLS, "{kills} kills in {runs} runs");
            // Updates have the most moments.
            let (command, whole) = took[[0, 0, 0, 1, 2, 3][(dice.roll() * 5.99) as usize]];
            let old = world.next().0;
            let offered = world.offered;
            if command == UPDATE && old == offered {
                offer_next(world);
            }
            let mut child = world.begin(command);
            std::thread::sleep(whole.mul_f64(dice.roll() * 1.1));
            let was_at_work = child.try_wait().unwrap().is_none();
            child.kill().unwrap();
            child.wait().unwrap();
            kills += u32::from(was_at_work);
            world::wait_for(&before);
            let context = format!("{command:?}, run {runs} of seed {seed}");
            check(world, command, old, &context);
            tree::assert_same(&world.seen_by("playing"), &playing, &context);
        }
        world.unmount("playing");
        clean_up(world);
        println!("{kills} kills in {runs} runs, {} updates", world.offered - FIRST);
    });
}

/// A client that ignores what it is told, and what a client leaves behind.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn a_client_that_does_not_want_to_end_is_gone_soon() {
    world::run("kills::a_client_that_does_not_want_to_end_is_gone_soon", |world| {
        let before = world::leaks();
        for mode in ["ignores_signals", "leaves_child", "leaves_daemon"] {
            offer_next(world);
            let old = world.next().0;
            world.set(&format!("mode={mode}\nseconds=60"));
            let mut child = world.begin(UPDATE);
            let downloading =
                format!("{ROOT}/updates/.staging/upper/steamapps/downloading/222860/left4dead2");
            world::wait_until("it downloads", || fs::exists(&downloading).unwrap_or(false));
            child.kill().unwrap();
            child.wait().unwrap();
            world::wait_for(&before);
            check(world, UPDATE, old, mode);
            // And where nobody kills it, what it leaves behind is no hindrance.
            world.set("seconds=0");
            world.setup(UPDATE);
            world::wait_for(&before);
            assert_eq!(world.next().0, world.offered, "{mode}");
        }
    });
}

/// Old or new, whole.
fn check(world: &World, command: &[&str], old: u64, context: &str) {
    let (build, files) = world.next();
    let is_known = match command {
        UPDATE => build == old || build == world.offered,
        ROLLBACK => build <= world.offered,
        _ => build == old,
    };
    assert!(is_known, "{build} after {old}: {context}");
    tree::assert_same(&files, &world.expected(words_of(build)), &format!("{build} after {old}: {context}"));
}

/// One run of each that nobody kills, after which nothing is left of all the others.
fn clean_up(world: &mut World) {
    offer_next(world);
    world.setup(UPDATE);
    let (build, files) = world.next();
    assert_eq!(build, world.offered);
    tree::assert_same(&files, &world.expected(words_of(build)), "at the end");
    let staging = fs::read_dir(format!("{ROOT}/updates/.staging"));
    assert_eq!(staging.map_or(0, Iterator::count), 0, "the staging is empty");
}
