//! Files that go missing from the SteamCMD or the game tree, on a real host.

use crate::machine::Machine;

/// Name and size of everything that Steam brings.
const TREES: &str = "cd /var/lib/left4me && find installation steam/steamcmd.sh steam/linux32 steam/linux64 steam/public steam/siteserverui \
     -path installation/steamapps -prune -o -type f -printf '%s %p\\n' | sort -k 2";

#[test]
#[ignore = "needs a booted host: tests/run.sh"]
fn what_is_lost_is_drift_and_comes_back() {
    let host = Machine::ready("files");
    let right = host.sh(TREES).ok();
    let table = [
        (
            "rm installation/left4dead2/maps/c1m1_hotel.bsp",
            "game Left 4 Dead 2: files 1 missing (left4dead2/maps/c1m1_hotel.bsp) → all there",
        ),
        (
            "truncate -s 100 installation/left4dead2/pak01_dir.vpk; rm -r installation/hl2",
            "game Left 4 Dead 2: files 1 missing, 1 of another size (hl2/pak01_dir.vpk, left4dead2/pak01_dir.vpk) → all there",
        ),
        ("rm installation/srcds_run", "game Left 4 Dead 2: installation srcds_run is missing → complete"),
        (
            "rm steam/linux32/crashhandler.so",
            "SteamCMD: files 1 missing (linux32/crashhandler.so) → all there",
        ),
        (
            "truncate -s 9 steam/public/*",
            "SteamCMD: files 1 of another size (public/steambootstrapper_english.txt) → all there",
        ),
        (
            "truncate -s 99 steam/linux32/steamcmd",
            "SteamCMD: files 1 of another size (linux32/steamcmd) → all there",
        ),
    ];
    for (damage, says) in table {
        host.as_runtime_user(&format!("set -e; cd /var/lib/left4me; {damage}")).ok();
        let plan = host.run(&["left4me-setup", "plan"]);
        assert!(plan.code == 3 && plan.out.contains(&format!("~ {says}\n")), "{damage}: {plan:?}");
        let out = host.apply();
        assert!(out.contains(&format!("~ {says}\n")) && out.contains("1 changed, "), "{damage}: {out}");
        assert_eq!(host.run(&["left4me-setup", "plan"]).code, 0, "{damage}");
        assert_eq!(host.sh(TREES).ok(), right, "{damage}");
    }
    verify_names_a_lost_file(&host);
    own_files_are_nobodys_business(&host);
    no_repair_for_ever(&host);
    changed_by_others(&host);
}

/// `game verify` must not call complete what `plan` would repair.
fn verify_names_a_lost_file(host: &Machine) {
    host.as_runtime_user("rm /var/lib/left4me/installation/left4dead2/maps/c1m1_hotel.bsp").ok();
    let verified = host.run(&["left4me-setup", "game", "verify"]).failed(1);
    let says = "the game is not complete: files 1 missing (left4dead2/maps/c1m1_hotel.bsp)\n";
    assert!(verified.contains(says), "{verified}");
    host.apply();
    host.run(&["left4me-setup", "game", "verify"]).ok();
}

/// Beside Steam's own there may be anything, also while it repairs; the terminal sees no strange name.
fn own_files_are_nobodys_business(host: &Machine) {
    let own = "installation/left4dead2/addons/mine.vpk steam/mine $'installation/\\e[2J'";
    host.as_runtime_user(&format!("cd /var/lib/left4me; touch {own}")).ok();
    assert_eq!(host.run(&["left4me-setup", "plan"]).code, 0);
    host.run(&["left4me-setup", "game", "verify", "--repair"]).ok();
    host.as_runtime_user(&format!("cd /var/lib/left4me; rm {own}")).ok();
    assert_eq!(host.run(&["left4me-setup", "plan"]).code, 0);
}

/// A file that Steam does not restore is validated once and then no longer expected.
fn no_repair_for_ever(host: &Machine) {
    for change in [
        "sed -i '/^in \\.$/a 5 no-longer-in-the-game' /var/lib/left4me-setup/game.files",
        // Behind a link, for want of space: Steam finds it complete, we do not look there.
        "cd /var/lib/left4me/installation && mv platform /srv/ && ln -s /srv/platform platform",
    ] {
        host.sh(change).ok();
        let applied = host.run(&["left4me-setup", "apply", "--yes"]);
        let says = "Steam does not restore 1 files; they are no longer expected";
        assert!(applied.err.contains(says), "{change}: {applied:?}");
        assert!(applied.ok().contains("1 changed, "), "{change}");
        assert!(host.run(&["left4me-setup", "apply"]).ok().contains("\n0 changed, "), "{change}");
    }
}

/// An update that root did not make, and a host whose trees nobody listed: no repair, and no alarm.
fn changed_by_others(host: &Machine) {
    host.as_runtime_user(
        "echo build=17000000 >>/var/lib/left4me/steam/sim/settings && left4me-setup game update",
    )
    .ok();
    let stale = "~ game Left 4 Dead 2: list of files absent or of another build → written down\n";
    assert!(host.run(&["left4me-setup", "plan"]).out.contains(stale));
    assert!(host.run(&["left4me-setup", "doctor"]).ok().contains("\na server can be started: "));
    // Offline: there is nothing to fetch.
    let offline = ["left4me-setup", "apply", "--yes", "--offline"];
    assert!(host.run(&offline).ok().contains("1 changed, "));
    host.sh("rm /var/lib/left4me-setup/*.files").ok();
    assert!(host.run(&offline).ok().contains("2 changed, "));
    assert_eq!(host.run(&["left4me-setup", "plan"]).code, 0);
    host.sh("test $(stat -c %U%a /var/lib/left4me-setup/*.files | sort -u) = root644").ok();
    // Nothing of it outlives an uninstall.
    host.run(&["left4me-setup", "uninstall", "--yes"]).ok();
    host.sh("test ! -e /var/lib/left4me-setup").ok();
}
