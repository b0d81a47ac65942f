//! Which `l4d2ctl` the predecessor's web app runs. It finds it by the PATH of its unit, in which its own venv
//! comes first.

use left4me::host::Host;
use left4me::read::{self, Limit, Links};
use std::path::{Path, PathBuf};

/// Those of whole units and of drop-ins, the one that wins first.
const PLACES: [&str; 4] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
];
const UNIT: &str = "left4me-web.service";
const LONGEST: u64 = 64 << 10;

/// What to do when the web app shall use ours.
pub const REMEDY: &str = "to make it use ours: printf '[Service]\\nEnvironment=PATH=/usr/bin:/usr/sbin\\n' | \
    sudo install -D -m 644 /dev/stdin /etc/systemd/system/left4me-web.service.d/20-l4d2ctl.conf && \
    sudo systemctl daemon-reload && sudo systemctl restart left4me-web";

/// The `l4d2ctl` that comes before ours, if one does.
pub fn before_ours(host: &Host) -> Option<PathBuf> {
    let path = path_of(&texts(host))?;
    let before = path.split(':').take_while(|dir| !matches!(*dir, "/usr/bin" | "/bin"));
    let places = before.map(|dir| Path::new(dir).join("l4d2ctl"));
    places.filter(|place| place.is_absolute()).find(|place| is_there(host, place))
}

/// It lies below the runtime user's directory, most likely.
fn is_there(host: &Host, place: &Path) -> bool {
    host.as_runtime_user(|| Ok(std::fs::symlink_metadata(host.path(place)).is_ok())).unwrap_or(false)
}

/// The unit and its drop-ins, in the order in which systemd reads them.
fn texts(host: &Host) -> Vec<String> {
    let text =
        |path: PathBuf| read::file(&inside(host, path), Links::Follow, Limit::Head(LONGEST)).ok().flatten();
    let unit = PLACES.iter().find_map(|place| text(Path::new(place).join(UNIT)));
    let Some(unit) = unit else { return Vec::new() };
    let mut names: Vec<(String, PathBuf)> = Vec::new();
    for place in PLACES {
        let dir = Path::new(place).join(format!("{UNIT}.d"));
        for entry in std::fs::read_dir(host.path(&dir)).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            // Of one name, that in the first place counts.
            if name.ends_with(".conf") && !names.iter().any(|(known, _)| *known == name) {
                names.push((name.clone(), dir.join(name)));
            }
        }
    }
    names.sort();
    let drop_ins = names.into_iter().filter_map(|(_, path)| text(path));
    std::iter::once(unit).chain(drop_ins).map(|text| String::from_utf8_lossy(&text).into_owned()).collect()
}

/// Where a link of the host, which may be to an absolute path of its own, leads on an image.
fn inside(host: &Host, path: PathBuf) -> PathBuf {
    let target = std::fs::read_link(host.path(&path)).ok().filter(|target| target.is_absolute());
    host.path(&target.unwrap_or(path))
}

/// The last PATH that a unit's `Environment=` lines set.
fn path_of(texts: &[String]) -> Option<String> {
    let lines = texts.iter().flat_map(|text| text.lines());
    let values = lines.filter_map(|line| line.trim().strip_prefix("Environment="));
    let words = values.flat_map(|value| value.split_whitespace());
    words
        .filter_map(|word| word.trim_matches(['"', '\'']).strip_prefix("PATH="))
        .next_back()
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn the_last_path_counts() {
        let texts = |all: &[&str]| all.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        let unit = "[Service]\nEnvironment=HOME=/x\nEnvironment=\"PATH=/a:/b\" X=1\n";
        assert_eq!(path_of(&texts(&[unit])).as_deref(), Some("/a:/b"));
        assert_eq!(path_of(&texts(&[unit, "Environment=PATH=/c\n"])).as_deref(), Some("/c"));
        assert_eq!(path_of(&texts(&["Environment=XPATH=/a\n#Environment=PATH=/a\n"])), None);
    }
}
