//! Reasons that only SteamCMD's log files name, and its cache of Steam's answers.

use crate::APP;
use left4me::host::Host;
use left4me::{Context, Result, printable, read};
use std::path::PathBuf;

/// The end of a log is enough.
const MOST: u64 = 1 << 20;
const LONGEST: usize = 300;

fn log(host: &Host, name: &str) -> PathBuf {
    host.path(&host.layout.root().join("Steam/logs").join(name))
}

/// The length of its log of downloads now.
pub fn content_log_length(host: &Host) -> Result<u64> {
    host.as_runtime_user(|| Ok(read::length(&log(host, "content_log.txt"))))
}

/// Why an update was cancelled, in Steam's words, if the log says so since it had `known` bytes.
pub fn cancellation_reason(host: &Host, known: u64) -> Option<String> {
    let path = log(host, "content_log.txt");
    let text = host.as_runtime_user(|| Ok(read::text_since(&path, known, MOST))).ok()??;
    cancellation(&text).map(|line| format!("content_log.txt: {line}"))
}

/// The last `update canceled :` line about our app.
fn cancellation(log: &str) -> Option<String> {
    log.lines().rev().find_map(|line| {
        let at = line.find("update canceled")?;
        // Lines of other apps name these.
        let ours = !line.contains("AppID ") || line.contains(&format!("AppID {APP} "));
        ours.then(|| printable::bounded(line[at..].trim(), LONGEST).into_owned())
    })
}

/// Every failed self-update reads "needs to be online"; the true reason is in a log file.
pub fn bootstrap_reason(host: &Host) -> Option<String> {
    let path = log(host, "bootstrap_log.txt");
    let text = host.as_runtime_user(|| Ok(read::text_since(&path, 0, MOST))).ok()??;
    let line = text.lines().rev().find(|l| l.contains("rror") || l.contains("ailed"))?;
    Some(format!("bootstrap_log.txt: {}", printable::bounded(line.trim(), LONGEST)))
}

/// Removes SteamCMD's cache of Steam's answers about apps: an old answer would make an old build the newest.
pub fn remove_app_info_cache(host: &Host) -> Result<()> {
    host.as_runtime_user(|| {
        let path = host.path(&host.layout.root().join("Steam/appcache/appinfo.vdf"));
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(e).context(|| format!("cannot remove {}", path.display()))
            }
            _ => Ok(()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_cancellation_of_our_app() {
        let log = "\
[2026-11-24 10:00:00] AppID 222860 update canceled : Failed downloading 1 manifests (No connection)
[2026-11-24 10:00:01] AppID 222860 update canceled : Not enough disk space available in /srv, 5969 MB needed, 5845 MB available
[2026-11-24 10:00:01] AppID 228980 update canceled : Missing required app
[2026-11-24 10:00:02] AppID 222860 scheduler finished : removed from schedule (result No connection, state 0x202)
";
        let line = cancellation(log).unwrap();
        assert_eq!(
            line,
            "update canceled : Not enough disk space available in /srv, 5969 MB needed, 5845 MB available"
        );
        assert_eq!(
            cancellation("[x] update canceled : \u{1b}[2Jboo\n").unwrap(),
            "update canceled : \\u{1b}[2Jboo"
        );
        assert_eq!(cancellation("AppID 222860 update started : download 0/0\n"), None);
    }
}
