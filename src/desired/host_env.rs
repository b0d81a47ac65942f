//! `host.env` is an administrator's file but for one thing: everything else was made for the root that it names.

use crate::predecessor::marks::STEAMCMD_SCRIPTS;
use left4me::env_file;

/// `host.env` for this root: its own line is set, SteamCMD's follows when it lay below the old root or where the
/// predecessor had it, from where `apply` moves it. Nothing when it is right already.
pub fn with_root(text: &str, root: &str) -> Option<String> {
    let old = env_file::value(text, "LEFT4ME_ROOT").unwrap_or_default().trim_end_matches('/');
    let steamcmd_is = env_file::value(text, "LEFT4ME_STEAMCMD").unwrap_or_default();
    let moved = STEAMCMD_SCRIPTS.contains(&steamcmd_is);
    if old == root && !moved {
        return None;
    }
    let (mut new, mut set) = (String::new(), false);
    for line in text.lines() {
        let steamcmd = line.strip_prefix("LEFT4ME_STEAMCMD=").and_then(|v| v.strip_prefix(&*old));
        match steamcmd {
            _ if line.starts_with("LEFT4ME_ROOT=") => {
                new.push_str(&format!("LEFT4ME_ROOT={root}"));
                set = true;
            }
            _ if moved && line.starts_with("LEFT4ME_STEAMCMD=") => {
                new.push_str(&format!("LEFT4ME_STEAMCMD={root}/steam/steamcmd.sh"));
            }
            Some(below) if !old.is_empty() => new.push_str(&format!("LEFT4ME_STEAMCMD={root}{below}")),
            _ => new.push_str(line),
        }
        new.push('\n');
    }
    if !set {
        new.push_str(&format!("LEFT4ME_ROOT={root}\n"));
    }
    Some(new)
}

#[cfg(test)]
mod tests {
    use super::with_root;

    #[test]
    fn host_env_follows_the_root_and_keeps_the_rest() {
        let table = [
            ("LEFT4ME_ROOT=/srv/a\nX=1\n", "LEFT4ME_ROOT=/srv/a\nX=1\n"),
            ("LEFT4ME_ROOT=/srv/a/\nX=1\n", "LEFT4ME_ROOT=/srv/a/\nX=1\n"),
            (
                "LEFT4ME_ROOT=/srv/b/\nLEFT4ME_STEAMCMD=/srv/b/steam/steamcmd.sh\n",
                "LEFT4ME_ROOT=/srv/a\nLEFT4ME_STEAMCMD=/srv/a/steam/steamcmd.sh\n",
            ),
            (
                "# mine\nLEFT4ME_ROOT=/var/lib/left4me\nLEFT4ME_STEAMCMD=/var/lib/left4me/steam/steamcmd.sh\n",
                "# mine\nLEFT4ME_ROOT=/srv/a\nLEFT4ME_STEAMCMD=/srv/a/steam/steamcmd.sh\n",
            ),
            (
                "LEFT4ME_STEAMCMD=/opt/steamcmd.sh\nLEFT4ME_ROOT=/srv/b\n",
                "LEFT4ME_STEAMCMD=/opt/steamcmd.sh\nLEFT4ME_ROOT=/srv/a\n",
            ),
            (
                "LEFT4ME_ROOT=/srv/a\nLEFT4ME_STEAMCMD=/opt/left4me/steam/steamcmd.sh\n",
                "LEFT4ME_ROOT=/srv/a\nLEFT4ME_STEAMCMD=/srv/a/steam/steamcmd.sh\n",
            ),
            ("X=1", "X=1\nLEFT4ME_ROOT=/srv/a\n"),
        ];
        for (old, new) in table {
            assert_eq!(with_root(old, "/srv/a").as_deref().unwrap_or(old), new);
        }
    }
}
