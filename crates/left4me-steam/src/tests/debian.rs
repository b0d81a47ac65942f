//! The real SteamCMD of 2018, as Debian packages it, without a network: it runs through our session, and
//! the diagnosis is right.

use super::{Place, config};
use crate::install::{Action, install};
use left4me::report::Silent;
use left4me_test_support::target_dir;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

#[test]
#[ignore = "needs root, and SteamCMD from Debian's archive: tests/run.sh"]
fn the_real_client_without_a_network_is_diagnosed() {
    let fetched = target_dir().join("debian-steamcmd");
    let script = left4me_test_support::repository().join("tests/steam/debian-steamcmd.sh");
    let got = Command::new(script).arg(&fetched).output().unwrap();
    assert!(got.status.success(), "Debian's steamcmd: {}", String::from_utf8_lossy(&got.stderr).trim());
    let place = Place::new();
    let steam = place.host.layout.steam();
    std::fs::create_dir_all(steam.join("real/linux32")).unwrap();
    std::fs::copy(fetched.join("steamcmd"), steam.join("real/linux32/steamcmd")).unwrap();
    std::fs::copy(fetched.join("steamcmd.sh"), steam.join("real/steamcmd.sh")).unwrap();
    // In a network namespace that has nothing, not even a loopback that is up.
    let start = format!("#!/bin/sh\nexec unshare --net {}/real/steamcmd.sh \"$@\"\n", steam.display());
    std::fs::write(steam.join("steamcmd.sh"), start).unwrap();
    for program in ["real/linux32/steamcmd", "real/steamcmd.sh", "steamcmd.sh"] {
        std::fs::set_permissions(steam.join(program), PermissionsExt::from_mode(0o755)).unwrap();
    }
    let mut config = config();
    config.limits.stall = std::time::Duration::from_secs(20);
    let error = install(&place.host, &config, &Silent, Action::Install).unwrap_err();
    let message = error.message();
    assert!(message.contains("SteamCMD could not update itself"), "{message}");
    assert!(message.contains("needs to be online to update"), "{message}");
    assert!(message.contains("; bootstrap_log.txt: "), "{message}");
    assert!(error.remedy().unwrap().contains("port 80"), "{error:?}");
}
