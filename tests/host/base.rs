//! The base tree that hosts are made from follows Debian: host.sh against an archive of this test's own.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

/// Stands in for mmdebstrap: a tree with the archive's list as it is now.
const MMDEBSTRAP: &str = r#"#!/bin/bash
set -eu
base=${@: -1} tree=$(mktemp -d)
mkdir -p "$tree/etc/apt" "$tree/var/lib/apt/lists"
echo "deb [trusted=yes] copy:$ARCHIVE trixie main" >"$tree/etc/apt/sources.list"
cp "$ARCHIVE/dists/trixie/InRelease" "$tree/var/lib/apt/lists/_dists_trixie_InRelease"
tar -C "$tree" -cf "$base" .
rm -r "$tree"
"#;

struct Bench {
    directory: tempfile::TempDir,
}

impl Bench {
    fn new() -> Bench {
        let bench = Bench { directory: tempfile::tempdir().unwrap() };
        for below in ["bin", "archive/dists/trixie", "hosts"] {
            std::fs::create_dir_all(bench.path(below)).unwrap();
        }
        let mmdebstrap = bench.path("bin/mmdebstrap");
        std::fs::write(&mmdebstrap, MMDEBSTRAP).unwrap();
        std::fs::set_permissions(mmdebstrap, std::fs::Permissions::from_mode(0o755)).unwrap();
        bench
    }

    fn path(&self, below: &str) -> PathBuf {
        self.directory.path().join(below)
    }

    /// The archive's index, made then, of packages with this digest.
    fn publish(&self, made: &str, digest: char) {
        let digest = digest.to_string().repeat(64);
        let index = format!(
            "Suite: trixie\nDate: {made}\nSHA256:\n {digest} 1 main/binary-amd64/Packages\n {digest} 1 main/source/Sources\n"
        );
        std::fs::write(self.path("archive/dists/trixie/InRelease"), index).unwrap();
    }

    /// The base tree was compared long ago.
    fn an_hour_later(&self) {
        let mark = std::fs::File::open(self.path("hosts/base-trixie.tar.asked")).unwrap();
        mark.set_modified(SystemTime::now() - Duration::from_secs(2 * 3600)).unwrap();
    }

    /// What `host.sh prepare` says.
    fn prepare(&self) -> String {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/host/host.sh");
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let mut prepare = Command::new(script);
        prepare.arg("prepare").env("PATH", path).env("LEFT4ME_HOSTS", self.path("hosts"));
        let output = prepare.env("ARCHIVE", self.path("archive")).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && self.path("hosts/base-trixie.tar").is_file(), "{said}");
        said
    }
}

#[test]
#[ignore = "needs root: tests/run.sh"]
fn the_base_tree_is_made_anew_when_debian_has_newer_packages_and_only_then() {
    left4me_test_support::needs::root();
    const MADE: &str = "making a Debian trixie base tree";
    let bench = Bench::new();
    bench.publish("Mon", 'a');
    assert!(bench.prepare().contains(MADE));
    // The next hosts of the same run ask nobody.
    bench.publish("Tue", 'b');
    assert_eq!(bench.prepare(), "");

    bench.an_hour_later();
    let said = bench.prepare();
    assert!(said.contains("Debian has newer packages") && said.contains(MADE), "{said}");
    // An index that is only signed again has no newer packages.
    bench.publish("Wed", 'b');
    bench.an_hour_later();
    assert_eq!(bench.prepare(), "");

    // Without a network there is still the tree.
    std::fs::remove_dir_all(bench.path("archive")).unwrap();
    bench.an_hour_later();
    let said = bench.prepare();
    assert!(said.contains("cannot ask Debian for newer packages") && !said.contains(MADE), "{said}");
    assert_eq!(bench.prepare(), "");
}
