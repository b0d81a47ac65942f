//! Whatever an update does to the files: the next start gets it, whole, and nobody who plays notices.

use super::world::{self, FIRST, ROOT, UPDATE, World};
use left4me_test_support::tree;

/// Kinds of builds (tests/steam/README.md), each an update of the one before.
const KINDS: [&str; 9] = [
    "",
    "added",
    "deleted,types",
    "",
    "remade,modes",
    "renamed",
    "restaged,types",
    "big,leftovers",
    "remade,types,deleted",
];

#[test]
#[ignore = "needs root: tests/run.sh"]
fn every_kind_of_update_is_a_layer_like_any_other() {
    world::run("kinds::every_kind_of_update_is_a_layer_like_any_other", |world| {
        let first = world.expected("");
        world.instance("playing");
        world.mount("playing");
        tree::assert_same(&world.seen_by("playing"), &first, "before");
        let before = world::leaks();
        for words in KINDS {
            let build = world.offer(words);
            let said = world.setup(UPDATE);
            assert!(said.contains(&build), "{words}: {said}");
            world::wait_for(&before);
            assert_next(world, world.offered, words);
            tree::assert_same(&world.seen_by("playing"), &first, words);
        }
        // All of it again in one tree, below those who play.
        world.setup(&["game", "squash"]);
        assert_next(world, world.offered, KINDS[8]);
        tree::assert_same(&world.seen_by("playing"), &first, "after the squash");
        world.unmount("playing");
        world.mount("playing");
        tree::assert_same(&world.seen_by("playing"), &world.expected(KINDS[8]), "after a restart");
        world.unmount("playing");
        world.setup(&["game", "prune"]);
        assert_next(world, world.offered, KINDS[8]);
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn every_build_can_be_rolled_back_to() {
    world::run("kinds::every_build_can_be_rolled_back_to", |world| {
        for words in ["deleted,types", "remade,renamed"] {
            world.offer(words);
            world.setup(UPDATE);
        }
        world.setup(&["game", "rollback"]);
        assert_next(world, FIRST + 1, "deleted,types");
        world.setup(&["game", "rollback", &FIRST.to_string()]);
        assert_next(world, FIRST, "");
        world.setup(&["game", "rollback", &(FIRST + 2).to_string()]);
        assert_next(world, FIRST + 2, "remade,renamed");
    });
}

/// Steam moves a directory in one step, which no overlay can do.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn where_an_overlay_cannot_be_updated_the_way_out_is_named() {
    world::run("kinds::where_an_overlay_cannot_be_updated_the_way_out_is_named", |world| {
        world.instance("playing");
        world.mount("playing");
        let before = world::leaks();
        world.offer("renamed,strict");
        let failed = world.try_setup(UPDATE);
        let text = world::said(&failed);
        assert!(failed.status.code() == Some(1) && text.contains("game update --in-place"), "{text}");
        world::wait_for(&before);
        assert_next(world, FIRST, "");
        // It stops nothing by itself.
        let in_place: Vec<&str> = UPDATE.iter().copied().chain(["--in-place"]).collect();
        let refused = world.try_setup(&in_place);
        let text = world::said(&refused);
        assert!(refused.status.code() == Some(1) && text.contains("in use by playing"), "{text}");
        world.unmount("playing");
        world.setup(&in_place);
        assert_next(world, FIRST + 1, "renamed");
    });
}

/// The same would happen in place.
#[test]
#[ignore = "needs root: tests/run.sh"]
fn where_the_network_fails_no_other_way_is_named() {
    world::run("kinds::where_the_network_fails_no_other_way_is_named", |world| {
        world.offer("types");
        for mode in ["offline", "no_connection", "state_0x402"] {
            world.modes(&[mode; 50]);
            let failed = world.try_setup(UPDATE);
            let text = world::said(&failed);
            assert!(failed.status.code() == Some(1) && text.contains("hint: "), "{mode}: {text}");
            assert!(!text.contains("--in-place") && !text.contains("overlay"), "{mode}: {text}");
        }
        world.modes(&[]);
        world.setup(UPDATE);
        assert_next(world, FIRST + 1, "types");
    });
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn without_a_new_build_nothing_is_published() {
    world::run("kinds::without_a_new_build_nothing_is_published", |world| {
        let before = world::leaks();
        world.setup(UPDATE);
        assert_eq!(published(), [""; 0]);
        world.offer("types");
        world.setup(UPDATE);
        world.setup(UPDATE);
        assert_eq!(published(), [(FIRST + 1).to_string()]);
        world::wait_for(&before);
    });
}

/// The layers that are in use, topmost first.
fn published() -> Vec<String> {
    let current = std::fs::read_to_string(format!("{ROOT}/updates/current")).unwrap_or_default();
    current.lines().map(str::to_owned).collect()
}

#[track_caller]
fn assert_next(world: &World, build: u64, words: &str) {
    let (is, files) = world.next();
    assert_eq!(is, build, "{words}");
    tree::assert_same(&files, &world.expected(words), words);
}
