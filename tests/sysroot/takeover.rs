//! A host that the predecessor's bundle made.

use crate::tree::Tree;

/// The predecessor's host: its paths, links, units, account, an instance and content.
const FIXTURE: &str = r#"
mkdir -p etc/sudoers.d etc/left4me etc/sysctl.d etc/systemd/system/left4me-server@.service.d \
    usr/local/libexec/left4me usr/local/sbin usr/local/lib/systemd/system/system.slice.d \
    opt/left4me/src/deploy/scripts/libexec opt/left4me/src/deploy/files/etc/sudoers.d opt/left4me/steam/linux32 \
    var/lib/left4me/installation var/lib/left4me/overlays/7 var/lib/left4me/instances/a var/lib/left4me/.venv/bin
echo 'root:x:0:0:root:/root:/bin/bash' >etc/passwd
echo "left4me:x:UID:GID::/var/lib/left4me:/usr/sbin/nologin" >>etc/passwd
echo "left4me:x:GID:" >etc/group
src=/opt/left4me/src/deploy
for helper in overlay systemctl journalctl script-sandbox; do
    echo '#!/bin/sh' >".$src/scripts/libexec/left4me-$helper"
    ln -s "$src/scripts/libexec/left4me-$helper" "usr/local/libexec/left4me/left4me-$helper"
done
echo 'left4me ALL=(root) NOPASSWD: /usr/local/libexec/left4me/left4me-script-sandbox' >".$src/files/etc/sudoers.d/left4me"
ln -s "$src/files/etc/sudoers.d/left4me" etc/sudoers.d/left4me
echo '[Service]' >usr/local/lib/systemd/system/left4me-server@.service
echo '[Unit]' >usr/local/lib/systemd/system/left4me-web.service
echo '[Slice]' >usr/local/lib/systemd/system/l4d2-game.slice
ln -s "$src/files/hardening.conf" etc/systemd/system/left4me-server@.service.d/10-hardening.conf
printf 'LEFT4ME_ROOT=/var/lib/left4me\nLEFT4ME_STEAMCMD=/opt/left4me/steam/steamcmd.sh\n' >etc/left4me/host.env
echo SECRET_KEY=x >etc/left4me/web.env
echo net.core.rmem_max=8388608 >etc/sysctl.d/99-left4me.conf
for program in opt/left4me/steam/steamcmd.sh opt/left4me/steam/linux32/steamcmd; do
    echo '#!/bin/sh' >$program; chmod 755 $program
done
echo vpk >var/lib/left4me/overlays/7/map.vpk
printf 'L4D2_PORT=27015\nL4D2_ARGS=+map c1m1_hotel\nL4D2_LOWERDIRS=/var/lib/left4me/overlays/7:/var/lib/left4me/installation\n' \
    >var/lib/left4me/instances/a/instance.env
"#;

fn predecessor() -> Option<Tree> {
    let tree = Tree::mine()?;
    let id = if tree.owned_by_root() { 980 } else { nix::unistd::geteuid().as_raw() };
    tree.sh(&FIXTURE.replace("UID", &id.to_string()).replace("GID", &id.to_string()));
    if tree.owned_by_root() {
        tree.sh("chown -R 980:980 var/lib/left4me opt/left4me/steam");
    }
    Some(tree)
}

#[test]
fn the_predecessors_host_is_taken_over_step_by_step() {
    let Some(tree) = predecessor() else { return };
    let content = |path: &str| (path.to_owned(), tree.read(path));
    let kept = [
        "var/lib/left4me/instances/a/instance.env",
        "var/lib/left4me/overlays/7/map.vpk",
        "etc/left4me/web.env",
    ]
    .map(content);
    insta::assert_snapshot!("plan", tree.without_owners(&tree.run(&["plan"]).out));
    tree.apply();
    for (path, text) in kept {
        assert_eq!(tree.read(&path), text, "{path}");
    }
    // SteamCMD came along, the unit is out of the way, the helpers are ours, the fourth is theirs.
    tree.sh("test -x var/lib/left4me/steam/steamcmd.sh && test ! -e opt/left4me/steam
        test -e usr/local/lib/systemd/system/left4me-server@.service.left4me-old
        test ! -e usr/local/lib/systemd/system/left4me-server@.service
        test -e usr/local/lib/systemd/system/left4me-web.service
        test $(readlink usr/local/libexec/left4me/left4me-overlay) = /usr/libexec/left4me/left4me-overlay
        test -L usr/local/libexec/left4me/left4me-script-sandbox
        grep -q NOPASSWD:./usr/local/libexec/left4me/left4me-script-sandbox etc/sudoers.d/left4me-script-sandbox
        test -f etc/sudoers.d/left4me -a ! -L etc/sudoers.d/left4me
        grep -qx LEFT4ME_STEAMCMD=/var/lib/left4me/steam/steamcmd.sh etc/left4me/host.env");
    if tree.owned_by_root() {
        assert!(tree.read("etc/passwd").contains("left4me:x:980:980:"));
    }
    let again = tree.run(&["apply"]);
    assert!(again.out.contains("\n0 changed, "), "{again:?}");
}

#[test]
fn a_tree_of_someone_elses_is_not_taken_for_steamcmd() {
    let Some(tree) = predecessor().filter(Tree::owned_by_root) else { return };
    tree.sh("chown -R 1234 opt/left4me/steam");
    tree.apply();
    tree.sh("test -e opt/left4me/steam/steamcmd.sh && test ! -e var/lib/left4me/steam");
    // Nor does one replace what is there.
    tree.sh("chown -R 980 opt/left4me/steam; mkdir var/lib/left4me/steam; chown 980 var/lib/left4me/steam");
    tree.apply();
    tree.sh("test -e opt/left4me/steam/steamcmd.sh");
}
