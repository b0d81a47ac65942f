//! On a host with a game: an import is an update, made while servers run.

use super::*;
use crate::archive::file;
use crate::install::Installed;
use left4me::Error;
use left4me::game_layers::LayerName;
use left4me::host::Host;
use left4me_test_support::{account, namespace};
use std::process::Command;

const USER: u32 = 12_345;
const ROOT: &str = "/var/lib/left4me";

/// In a namespace: a host with this build, whose files are the runtime user's.
fn host(directory: &Path, build: &str) -> Host {
    for covered in ["/var/lib", "/run"] {
        namespace::cover(covered);
    }
    account::add(directory, USER);
    fs::set_permissions(directory, Permissions::from_mode(0o755)).unwrap();
    // An overlay's upper cannot be in what a container's own overlay is.
    let place = directory.join("left4me");
    fs::create_dir_all(place.join("updates")).unwrap();
    game(&place.join("installation"), build);
    put(&place, "installation/left4dead2/old/deep/file", 0o644, b"x");
    put(&place, "installation/left4dead2/kind", 0o644, b"a file");
    own(&place);
    fs::create_dir_all(ROOT).unwrap();
    fs::create_dir_all("/var/lib/left4me-setup").unwrap();
    rustix::mount::mount_bind(&place, ROOT).unwrap();
    Host::new(Layout::new(Path::new(ROOT)).unwrap(), "/".into(), true).unwrap()
}

/// Build 7 above the base, as a server sees it.
fn merged(directory: &Path) -> PathBuf {
    let merged = directory.join("merged");
    fs::create_dir(&merged).unwrap();
    let options = format!("lowerdir={ROOT}/updates/7:{ROOT}/installation");
    let mut mount = Command::new("mount");
    assert!(
        mount.args(["-t", "overlay", "overlay", "-o", &options]).arg(&merged).status().unwrap().success()
    );
    merged
}

fn own(path: &Path) {
    let owned = Command::new("chown").args(["-hR", &USER.to_string()]).arg(path).status().unwrap();
    assert!(owned.success());
}

fn import_staged(host: &Host, from: &Origin, publish: bool) -> Result<Installed> {
    let judge =
        |_: &crate::staging::Staged| if publish { Ok(()) } else { Err(Error::new("it does not start")) };
    let request = request(&from.location(), Some(&from.exported.sha256));
    match import_with(host, &request, &Silent, &judge, &AT_ONCE)? {
        Outcome::Imported { installed, .. } => Ok(installed),
        Outcome::Unchanged(game) => panic!("{game:?}"),
    }
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn an_import_is_a_layer() {
    namespace::run("archive::tests::staged::an_import_is_a_layer", |directory| {
        let host = host(directory, "6");
        let base = Path::new(ROOT).join("installation");
        let before = tree::of(&base, |_| false);
        let from = Origin::new("7");
        fs::create_dir(from.game().join("left4dead2/kind")).unwrap();
        put(&from.game(), "left4dead2/kind/new", 0o644, b"a directory by now");
        let from = Origin { exported: export(from.dir.path(), "7").unwrap(), dir: from.dir };
        let refused = import_staged(&host, &from, false).unwrap_err();
        assert_eq!(refused.message(), "it does not start");
        assert!(host.game_layers().unwrap().names().is_empty());

        let installed = import_staged(&host, &from, true).unwrap();
        assert_eq!(installed.published, Some(LayerName::parse("7").unwrap()));
        assert_eq!(tree::of(&base, |_| false), before, "the base is as it was");
        let layer = tree::of(&Path::new(ROOT).join("updates/7"), |_| false);
        assert!(!layer.contains_key("left4dead2/pak01_000.vpk"), "what is the same is not in the layer");
        assert_eq!(layer["left4dead2/old"], "whiteout");
        assert!(!Path::new(ROOT).join("updates/.staging").exists());
        assert_eq!(seen(&merged(directory)), seen(&from.game()));
        // Nothing of the archive is left to be imported.
        let again = request(&from.location(), None);
        let again = import_with(&host, &again, &Silent, &|_| Ok(()), &AT_ONCE).unwrap();
        assert!(matches!(again, Outcome::Unchanged(game) if game.build == "7"));
    });
}

/// Deletions, directories of which nothing of the base is left, and kinds that changed.
fn publish(build: &str) {
    let (base, layer) = (Path::new(ROOT).join("installation"), Path::new(ROOT).join("updates").join(build));
    for file in ["opaque/gone", "opaque/same", "deep/a/gone", "was_directory/x"] {
        put(&base, file, 0o644, b"of the base");
    }
    symlink("kind", base.join("left4dead2/link")).unwrap();
    game(&layer, build);
    for same in ["left4dead2/pak01_000.vpk", "srcds_linux", "left4dead2/version"] {
        fs::remove_file(layer.join(same)).unwrap();
    }
    put(&layer, "opaque/same", 0o600, b"of the update");
    put(&layer, "deep/a/new", 0o644, b"");
    put(&layer, "was_directory", 0o755, b"a file by now");
    put(&layer, "left4dead2/kind/new", 0o644, b"a directory by now");
    put(&layer, "left4dead2/link", 0o644, b"a file by now");
    for opaque in ["opaque", "deep", "left4dead2/kind"] {
        let flags = rustix::fs::XattrFlags::empty();
        rustix::fs::setxattr(layer.join(opaque), "trusted.overlay.opaque", b"y", flags).unwrap();
    }
    let device = Command::new("mknod").arg(layer.join("left4dead2/old")).args(["c", "0", "0"]).status();
    assert!(device.unwrap().success());
    fs::write(Path::new(ROOT).join("updates/current"), format!("{build}\n")).unwrap();
    own(Path::new(ROOT));
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn updates_are_exported_as_servers_see_them() {
    namespace::run("archive::tests::staged::updates_are_exported_as_servers_see_them", |directory| {
        let host = host(directory, "6");
        publish("7");
        let table = || fs::read_to_string("/proc/self/mountinfo").unwrap();
        let (mounts, archive) = (table(), directory.join("game.tar"));
        // Relative, as it is typed; the merged view has another working directory.
        std::env::set_current_dir(directory).unwrap();
        let request = file::Request { to: "game.tar".into(), force: false, wait: false };
        let (game, exported) = file::export(&host, &request, &Silent).unwrap();
        assert_eq!((game.build.as_str(), &exported.left_out[..]), ("7", &[][..]));
        assert_eq!(table(), mounts);

        let fresh = Place::new();
        let imported = import(&fresh, archive.to_str().unwrap(), Some(&exported.sha256));
        assert_eq!(imported.unwrap(), None);
        let is = tree::of(&base(&fresh), |_| false);
        tree::assert_same(&is, &seen(&merged(directory)), "what servers see");
        assert!(is.contains_key("opaque/same") && !is.contains_key("opaque/gone"));
        assert!(!is.contains_key("left4dead2/old") && !is.contains_key("deep/a/gone"));
        assert!(is["was_directory"].starts_with("file ") && is.contains_key("left4dead2/kind/new"));

        // Whoever cannot mount would export the base alone.
        let plain = Host::unprivileged(host.layout.clone());
        let request = file::Request { to: directory.join("other.tar"), ..request };
        let refused = file::export(&plain, &request, &Silent).unwrap_err();
        assert_eq!(refused.message(), "only root can export a game with updates above its base");
        assert!(!directory.join("other.tar").exists());
    });
}
