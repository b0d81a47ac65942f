//! The game's updates: whether something was left half-done, and whether they have become many.

use crate::builds::kept::KeptBuilds;
use crate::builds::squash;
use left4me::check::Check;
use left4me::host::Host;
use std::fs;

const NAME: &str = "game updates";
/// More slow down every look at a file that is not there.
const MANY: usize = 50;

/// Looks at what there is.
pub fn check(host: &Host) -> Check {
    let kept = match KeptBuilds::load(host) {
        Ok(kept) => kept,
        Err(error) => {
            let remedy = error.remedy().unwrap_or("sudo left4me-setup game list");
            return Check::fail(NAME, error.message(), remedy);
        }
    };
    let game = &kept.layers;
    let staging = host.path(&game.staging());
    let is_unfinished = || Ok(fs::read_dir(&staging).is_ok_and(|mut entries| entries.next().is_some()));
    if host.as_runtime_user(|| Ok(squash::is_unfinished(game))).unwrap_or(false) {
        return Check::warn(NAME, "a squash was not finished", "sudo left4me-setup game squash finishes it");
    }
    if host.as_runtime_user(is_unfinished).unwrap_or(false) {
        let remedy = "sudo left4me-setup game update resumes it; sudo left4me-setup game prune removes it";
        return Check::warn(NAME, "an update is unfinished", remedy);
    }
    check_layers(game.names().len(), kept.broken.first().map(|(name, why)| format!("build {name}: {why}")))
}

fn check_layers(count: usize, broken: Option<String>) -> Check {
    match (count, broken) {
        (MANY.., _) => Check::warn(
            NAME,
            format!("the game consists of {count} updates over its base"),
            "sudo left4me-setup game squash merges them, while servers run",
        ),
        (_, Some(why)) => {
            let sentence = format!("a kept build can no longer be used: {why}");
            Check::warn(NAME, sentence, "sudo left4me-setup game prune")
        }
        (0, None) => Check::ok(NAME, "the game is one layer"),
        (1, None) => Check::ok(NAME, "one update is in use"),
        (count, None) => Check::ok(NAME, format!("{count} updates are in use")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use left4me::check::Status;

    #[test]
    fn many_updates_want_a_squash() {
        for (count, broken, status, sentence) in [
            (0, None, Status::Ok, "the game is one layer"),
            (1, None, Status::Ok, "one update is in use"),
            (49, None, Status::Ok, "49 updates are in use"),
            (50, None, Status::Warn, "the game consists of 50 updates over its base"),
            (2, Some("build 7: x"), Status::Warn, "a kept build can no longer be used: build 7: x"),
        ] {
            let found = check_layers(count, broken.map(str::to_owned));
            assert_eq!((found.status, found.sentence.as_str()), (status, sentence), "{count}");
        }
    }
}
