//! On a host with a game: an import is an update, made while servers run.

use super::*;
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
    let owned = Command::new("chown").arg("-R").arg(USER.to_string()).arg(&place).status().unwrap();
    assert!(owned.success());
    fs::create_dir_all(ROOT).unwrap();
    fs::create_dir_all("/var/lib/left4me-setup").unwrap();
    rustix::mount::mount_bind(&place, ROOT).unwrap();
    Host::new(Layout::new(Path::new(ROOT)).unwrap(), "/".into(), true).unwrap()
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
        let merged = directory.join("merged");
        fs::create_dir(&merged).unwrap();
        let options = format!("lowerdir={ROOT}/updates/7:{ROOT}/installation");
        let mounted =
            Command::new("mount").args(["-t", "overlay", "overlay", "-o", &options]).arg(&merged).status();
        assert!(mounted.unwrap().success());
        assert_eq!(tree::of(&merged, |_| false), seen(&from.game()));
        // Nothing of the archive is left to be imported.
        let again = request(&from.location(), None);
        let again = import_with(&host, &again, &Silent, &|_| Ok(()), &AT_ONCE).unwrap();
        assert!(matches!(again, Outcome::Unchanged(game) if game.build == "7"));
    });
}
