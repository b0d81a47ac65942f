//! Copies server.cfg, and those of overlays with an alias, into `upper`. This happens before the mount, because a
//! mounted layer must not be changed from outside.

use crate::cfg_directory::{CFG, CfgDirectory};
use left4me::layout::Layout;
use left4me::name::{InstanceName, OverlayRef};
use left4me::output::note;
use left4me::read::{self, Limit, Links};
use left4me::spec::{self, Spec};
use left4me::{Context, Error, Result, atomic, beneath};
use rustix::io::Errno;
use std::path::{Path, PathBuf};

/// Largest server.cfg worth copying, in bytes.
const CFG_LIMIT: u64 = 4 * 1024 * 1024;
const OWN: &str = "server.cfg";
const LIST_LIMIT: u64 = 256 * 1024;

/// The file in which `initialize` leaves the aliases for `start`, as `ALIAS=REF` lines.
pub fn aliases_file(layout: &Layout, name: &InstanceName) -> PathBuf {
    layout.instance(name).join("aliases")
}

/// The list of the files that we copied to `upper`, one name a line; those that are no longer wanted are removed.
fn copied_files_list(layout: &Layout, name: &InstanceName) -> PathBuf {
    layout.instance(name).join("staged")
}

/// The files that the last start copied to `left4dead2/cfg`.
pub fn copied_files(layout: &Layout, name: &InstanceName) -> Vec<String> {
    let mut files = lines_of(&copied_files_list(layout, name)).unwrap_or_default();
    files.retain(|file| is_copied_name(file));
    files
}

/// Renders the aliases of a specification.
pub fn aliases(spec: &Spec) -> String {
    let lines = spec.overlays.iter().filter_map(|o| Some(format!("{}={}\n", o.alias.as_deref()?, o.path)));
    lines.collect()
}

fn lines_of(path: &Path) -> Result<Vec<String>> {
    let content = read::file(path, Links::Refuse, Limit::Whole(LIST_LIMIT))?.unwrap_or_default();
    Ok(String::from_utf8_lossy(&content).lines().map(str::to_owned).collect())
}

/// Whether this module makes files of this name. Others can write to the directory of the list.
fn is_copied_name(name: &str) -> bool {
    let alias = name.strip_prefix("server_").and_then(|rest| rest.strip_suffix(".cfg"));
    name == OWN || alias.is_some_and(|a| !a.is_empty() && a.chars().all(spec::is_alias_character))
}

/// Whether a server.cfg is blank; a blank one would still hide that of an overlay.
pub fn is_blank(content: &[u8]) -> bool {
    content.trim_ascii().is_empty()
}

/// Copies the instance's configuration into its `upper`; the tree must not be mounted.
pub fn copy_into_layer(layout: &Layout, name: &InstanceName) -> Result<()> {
    let space = || {
        format!(
            "df -h {} shows the space left; sudo l4d2ctl du {name} --files shows what the server wrote",
            layout.runtime(name).display()
        )
    };
    copy_files(layout, name).map_err(|error| error.or_hint(space))
}

fn copy_files(layout: &Layout, name: &InstanceName) -> Result<()> {
    let cfg = CfgDirectory::make(layout, name)?;
    let own =
        read::file(&layout.server_cfg(name), Links::Refuse, Limit::Whole(CFG_LIMIT))?.ok_or_else(|| {
            Error::new(format!("{} is missing", layout.server_cfg(name).display()))
                .hint(format!("make it again: sudo l4d2ctl initialize {name} -f SPEC"))
        })?;
    let mut copies = aliased_copies(layout, name)?;
    if !is_blank(&own) {
        copies.push((OWN.to_owned(), own));
    }
    let list_file = copied_files_list(layout, name);
    let old = lines_of(&list_file)?;
    for stale in old.iter().filter(|old| is_copied_name(old)) {
        if !copies.iter().any(|(file, _)| file == stale) {
            cfg.remove(stale)?;
        }
    }
    let new: Vec<&String> = copies.iter().map(|(file, _)| file).collect();
    if !new.iter().copied().eq(&old) {
        let list: String = new.iter().map(|file| format!("{file}\n")).collect();
        atomic::write(&list_file, list.as_bytes(), 0o640, None)?;
    }
    for (file, content) in &copies {
        write(&cfg, file, content)?;
    }
    if copies.iter().any(|(file, _)| file == OWN) { Ok(()) } else { remove_empty(&cfg) }
}

/// Earlier versions copied an empty server.cfg too, without listing it. One with content is not ours.
fn remove_empty(cfg: &CfgDirectory) -> Result<()> {
    match cfg.read(OWN, CFG_LIMIT) {
        None => Ok(()),
        Some(content) if content.is_empty() => cfg.remove(OWN),
        Some(_) => {
            let file = cfg.path().join(OWN);
            note(&format!(
                "{} is not from the specification, and it hides the server.cfg of the overlays",
                file.display()
            ));
            Ok(())
        }
    }
}

/// Writes a file unless it has this content: most of our time in a start is spent waiting for the disk.
fn write(cfg: &CfgDirectory, file: &str, content: &[u8]) -> Result<()> {
    match cfg.read(file, CFG_LIMIT) {
        Some(old) if old == content => Ok(()),
        _ => cfg.write(file, content),
    }
}

/// Whether the copied server.cfg differs from the instance's, which was then initialized again after its start.
pub fn is_outdated(layout: &Layout, name: &InstanceName) -> bool {
    let copied = CfgDirectory::open(layout, name).ok().flatten().and_then(|cfg| cfg.read(OWN, CFG_LIMIT));
    match read::file(&layout.server_cfg(name), Links::Refuse, Limit::Whole(CFG_LIMIT)).ok().flatten() {
        Some(own) if is_blank(&own) => {
            let list = lines_of(&copied_files_list(layout, name)).unwrap_or_default();
            copied.is_some() && list.iter().any(|file| file == OWN)
        }
        own => own != copied,
    }
}

/// The server.cfg of each overlay with an alias, as file name and content.
fn aliased_copies(layout: &Layout, name: &InstanceName) -> Result<Vec<(String, Vec<u8>)>> {
    let mut copies = Vec::new();
    for line in lines_of(&aliases_file(layout, name))? {
        let Some((alias, overlay)) = line.split_once('=') else { continue };
        let file = format!("server_{alias}.cfg");
        if !is_copied_name(&file) {
            continue;
        }
        if let Some(content) = overlay_cfg(layout, &OverlayRef::parse(overlay)?)? {
            copies.push((file, content));
        }
    }
    Ok(copies)
}

/// An overlay's server.cfg. A link that leaves the overlay is refused: it may lead to another instance's password.
pub fn overlay_cfg(layout: &Layout, overlay: &OverlayRef) -> Result<Option<Vec<u8>>> {
    let (directory, file) = (layout.overlay(overlay), Path::new(CFG).join(OWN));
    let shown = directory.join(&file);
    match beneath::open_directory(&layout.overlays())
        .and_then(|all| beneath::directory(all, Path::new(overlay.as_str())))
    {
        Ok(overlay) => read::file_beneath(overlay, &file, &shown, Links::Follow, Limit::Whole(CFG_LIMIT)),
        Err(Errno::NOENT) => Ok(None),
        Err(cause) => {
            Err(std::io::Error::from(cause)).context(|| format!("cannot open {}", directory.display()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn host() -> (tempfile::TempDir, Layout, InstanceName) {
        let dir = tempfile::Builder::new().prefix("server-cfg-").tempdir().unwrap();
        let layout = Layout::new(dir.path()).unwrap();
        let name = InstanceName::parse("a").unwrap();
        fs::create_dir_all(layout.instance(&name)).unwrap();
        fs::write(layout.server_cfg(&name), "hostname x").unwrap();
        for overlay in ["one", "two/x", "bare"] {
            fs::create_dir_all(layout.overlays().join(overlay).join(CFG)).unwrap();
        }
        fs::write(layout.overlays().join("one").join(CFG).join("server.cfg"), "one").unwrap();
        fs::write(layout.overlays().join("two/x").join(CFG).join("server.cfg"), "two").unwrap();
        (dir, layout, name)
    }

    fn copied(layout: &Layout, name: &InstanceName) -> Vec<String> {
        let mut files: Vec<String> = fs::read_dir(layout.upper(name).join(CFG))
            .unwrap()
            .map(|e| {
                let path = e.unwrap().path();
                format!("{}={}", path.file_name().unwrap().display(), fs::read_to_string(&path).unwrap())
            })
            .collect();
        files.sort();
        files
    }

    #[test]
    fn aliases_come_and_go_and_foreign_files_stay() {
        let (_dir, layout, name) = host();
        fs::write(aliases_file(&layout, &name), "a=one\nb=two/x\nc=bare\n../d=one\nbroken\n").unwrap();
        copy_into_layer(&layout, &name).unwrap();
        assert_eq!(copied(&layout, &name), ["server.cfg=hostname x", "server_a.cfg=one", "server_b.cfg=two"]);
        fs::write(layout.upper(&name).join(CFG).join("server_mine.cfg"), "mine").unwrap();
        fs::write(aliases_file(&layout, &name), "b=one\n").unwrap();
        copy_into_layer(&layout, &name).unwrap();
        assert_eq!(
            copied(&layout, &name),
            ["server.cfg=hostname x", "server_b.cfg=one", "server_mine.cfg=mine"]
        );
        fs::remove_file(aliases_file(&layout, &name)).unwrap();
        fs::write(copied_files_list(&layout, &name), "server_b.cfg\n../../../../server_x.cfg\nserver.cfg\n")
            .unwrap();
        copy_into_layer(&layout, &name).unwrap();
        assert_eq!(copied(&layout, &name), ["server.cfg=hostname x", "server_mine.cfg=mine"]);
    }

    /// The server of `a` writes below `runtime/a` and nowhere else; staging must not carry it further.
    #[test]
    fn links_in_the_servers_own_layer_lead_nowhere() {
        let (dir, layout, name) = host();
        let other = dir.path().join("instances/b");
        fs::create_dir_all(other.join("cfg")).unwrap();
        fs::create_dir_all(other.join(CFG)).unwrap();
        let victims = ["server.cfg", "cfg/server.cfg", "left4dead2/cfg/server.cfg", "server_a.cfg"];
        victims.iter().for_each(|victim| fs::write(other.join(victim), "theirs").unwrap());
        fs::write(copied_files_list(&layout, &name), "server_a.cfg\n").unwrap();
        let runtime = layout.runtime(&name);
        for link in ["upper", "upper/left4dead2", "upper/left4dead2/cfg"] {
            let _ = fs::remove_dir_all(&runtime);
            fs::create_dir_all(runtime.join(link).parent().unwrap()).unwrap();
            std::os::unix::fs::symlink(&other, runtime.join(link)).unwrap();
            let error = copy_into_layer(&layout, &name).expect_err(link);
            assert!(
                error.message().ends_with(&format!("{link} is a symbolic link or not a directory")),
                "{error}"
            );
        }
        fs::remove_dir_all(&runtime).unwrap();
        fs::create_dir_all(layout.upper(&name).join(CFG)).unwrap();
        for link in ["server.cfg", ".server.cfg.left4me-new"] {
            std::os::unix::fs::symlink(other.join("server.cfg"), layout.upper(&name).join(CFG).join(link))
                .unwrap();
        }
        // Even where it is the same text: what is behind a link is not what was staged.
        fs::write(layout.server_cfg(&name), "theirs").unwrap();
        assert!(is_outdated(&layout, &name));
        copy_into_layer(&layout, &name).unwrap();
        assert_eq!(copied(&layout, &name), ["server.cfg=theirs"]);
        assert!(!layout.upper(&name).join(CFG).join("server.cfg").is_symlink());
        fs::write(layout.server_cfg(&name), "ours").unwrap();
        copy_into_layer(&layout, &name).unwrap();
        for victim in victims {
            assert_eq!(fs::read_to_string(other.join(victim)).unwrap(), "theirs", "{victim}");
        }
    }

    #[test]
    fn a_staged_server_cfg_is_outdated_once_the_instance_has_another() {
        let (_dir, layout, name) = host();
        // Its server.cfg, and whether the staged one is outdated by it. A blank one stages none of its own.
        let table = [("x", true), ("x", false), ("y", true), ("", true), ("", false), ("z", true)];
        for (at, (own, is_expected)) in table.into_iter().enumerate() {
            fs::write(layout.server_cfg(&name), own).unwrap();
            assert_eq!(is_outdated(&layout, &name), is_expected, "{at}: {own:?}");
            copy_into_layer(&layout, &name).unwrap();
            assert!(!is_outdated(&layout, &name), "{at}: {own:?} is staged");
        }
    }

    /// Who makes an overlay need not be who may read the other instances' passwords.
    #[test]
    fn an_overlays_link_leads_nowhere_else() {
        let (dir, layout, name) = host();
        fs::write(aliases_file(&layout, &name), "a=bare\n").unwrap();
        let cfg = layout.overlays().join("bare").join(CFG);
        fs::write(cfg.join("ours.cfg"), "ours").unwrap();
        std::os::unix::fs::symlink("../cfg/ours.cfg", cfg.join("server.cfg")).unwrap();
        copy_into_layer(&layout, &name).unwrap();
        assert_eq!(copied(&layout, &name), ["server.cfg=hostname x", "server_a.cfg=ours"]);
        fs::create_dir(dir.path().join("instances/b")).unwrap();
        fs::write(dir.path().join("instances/b/server.cfg"), "rcon_password secret").unwrap();
        for link in ["../../../../instances/b/server.cfg".into(), dir.path().join("instances/b/server.cfg")] {
            fs::remove_file(cfg.join("server.cfg")).unwrap();
            std::os::unix::fs::symlink(link, cfg.join("server.cfg")).unwrap();
            let refused = copy_into_layer(&layout, &name).unwrap_err();
            assert!(
                refused.message().ends_with("bare/left4dead2/cfg/server.cfg leads elsewhere"),
                "{refused}"
            );
        }
        assert_eq!(copied(&layout, &name), ["server.cfg=hostname x", "server_a.cfg=ours"]);
    }

    #[test]
    fn a_fifo_as_server_cfg_is_an_error_not_a_hang() {
        let (_dir, layout, name) = host();
        fs::write(aliases_file(&layout, &name), "a=bare\n").unwrap();
        let fifo = layout.overlays().join("bare").join(CFG).join("server.cfg");
        rustix::fs::mkfifoat(rustix::fs::CWD, &fifo, rustix::fs::Mode::RWXU).unwrap();
        assert!(copy_into_layer(&layout, &name).unwrap_err().message().ends_with("is not a regular file"));
    }
}
