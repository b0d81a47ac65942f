//! The predecessor's BundleWrap bundle, as far as its items lie where ours do: what it makes of a tree, item by
//! item, and which ones it had to put right.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;

const CHECKOUT: &str = "/opt/left4me/src/deploy";
const UNITS: &str = "/usr/local/lib/systemd/system";

/// Whom an item belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Root,
    Group,
    Runtime,
}

enum Want {
    Directory,
    File(u32, &'static str),
    Link(String),
}

/// One item, by the id that BundleWrap has for it.
struct Item {
    path: String,
    owner: Owner,
    want: Want,
}

impl Item {
    fn id(&self) -> String {
        let kind = match self.want {
            Want::Directory => "directory",
            Want::File(..) => "file",
            Want::Link(_) => "symlink",
        };
        format!("{kind}:{}", self.path)
    }

    /// Puts it right below `root`; whether it had to. `user`: the runtime user, where owners can be set.
    fn fix(&self, root: &Path, user: Option<u32>) -> bool {
        let path = root.join(self.path.trim_start_matches('/'));
        let found = path.symlink_metadata().ok();
        let ids = match self.owner {
            Owner::Root => user.map(|_| (0, 0)),
            Owner::Group => user.map(|user| (0, user)),
            Owner::Runtime => user.map(|user| (user, user)),
        };
        let is_right = found.as_ref().is_some_and(|found| {
            let owned = ids.is_none_or(|ids| (found.uid(), found.gid()) == ids);
            owned
                && match &self.want {
                    Want::Directory => found.is_dir() && found.mode() & 0o7777 == 0o755,
                    Want::File(mode, text) => {
                        found.is_file()
                            && found.mode() & 0o7777 == *mode
                            && fs::read_to_string(&path).unwrap() == *text
                    }
                    Want::Link(target) => fs::read_link(&path).is_ok_and(|is| is == Path::new(target)),
                }
        });
        if is_right {
            return false;
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        if found.is_some_and(|found| !found.is_dir()) {
            fs::remove_file(&path).unwrap();
        }
        match &self.want {
            Want::Directory => {
                fs::create_dir_all(&path).unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
            }
            Want::File(mode, text) => {
                fs::write(&path, text).unwrap();
                fs::set_permissions(&path, fs::Permissions::from_mode(*mode)).unwrap();
            }
            Want::Link(target) => symlink(target, &path).unwrap(),
        }
        if let Some((uid, gid)) = ids.filter(|_| !path.is_symlink()) {
            chown(&path, Some(uid), Some(gid)).unwrap();
        }
        true
    }
}

/// Its server unit, as far as a running server depends on it.
const SERVER_UNIT: &str = "[Unit]
Description=left4me server instance %i
[Service]
Type=simple
User=left4me
Group=left4me
EnvironmentFile=/etc/left4me/host.env
EnvironmentFile=/var/lib/left4me/instances/%i/instance.env
WorkingDirectory=-/var/lib/left4me/runtime/%i/merged/left4dead2
ExecStartPre=+/usr/bin/nsenter --mount=/proc/1/ns/mnt -- /usr/local/libexec/left4me/left4me-overlay mount %i
ExecStart=/var/lib/left4me/runtime/%i/merged/srcds_run -game left4dead2 +ip 0.0.0.0 +hostport ${L4D2_PORT} $L4D2_ARGS
ExecStopPost=+/usr/bin/nsenter --mount=/proc/1/ns/mnt -- /usr/local/libexec/left4me/left4me-overlay umount %i
Restart=on-failure
RestartSec=5
Slice=l4d2-game.slice
KillSignal=SIGINT
TimeoutStopSec=15s
[Install]
WantedBy=multi-user.target
";

const WEB_UNIT: &str = "[Service]
User=left4me
Group=left4me
Environment=HOME=/var/lib/left4me
Environment=PATH=/var/lib/left4me/.venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
EnvironmentFile=/etc/left4me/host.env
EnvironmentFile=/etc/left4me/web.env
ExecStart=/var/lib/left4me/.venv/bin/gunicorn --workers 1 --threads 32 --bind 127.0.0.1:8000 'l4d2web.app:create_app()'
Restart=on-failure
[Install]
WantedBy=multi-user.target
";

const HOST_ENV: &str = "LEFT4ME_ROOT=/var/lib/left4me\nLEFT4ME_STEAMCMD=/var/lib/left4me/steam/steamcmd.sh\n";

/// Its rules, which know its helpers' names only.
const SUDOERS: &str = "Defaults:left4me !requiretty
left4me ALL=(root) NOPASSWD: /usr/local/libexec/left4me/left4me-systemctl *
left4me ALL=(root) NOPASSWD: /usr/local/libexec/left4me/left4me-journalctl *
left4me ALL=(root) NOPASSWD: /usr/local/libexec/left4me/left4me-overlay mount *, /usr/local/libexec/left4me/left4me-overlay umount *
left4me ALL=(root) NOPASSWD: /usr/local/libexec/left4me/left4me-script-sandbox
";

/// Its helpers do here what the real ones do with systemd and the mount; the third reads the journal.
const SYSTEMCTL: &str = "#!/bin/sh
case $1 in
enable | disable) exec systemctl $1 --now left4me-server@$2.service ;;
*) exec systemctl show --property=ActiveState --property=SubState left4me-server@$2.service ;;
esac
";
const OVERLAY: &str = "#!/bin/sh
set -eu
run=/var/lib/left4me/runtime/$2
if [ $1 = umount ]; then
    ! mountpoint -q $run/merged || umount $run/merged
    rm -rf $run/work/work
    exit
fi
mountpoint -q $run/merged && exit
lower=$(sed -n 's/^L4D2_LOWERDIRS=//p' /var/lib/left4me/instances/$2/instance.env)
mount -t overlay overlay -o lowerdir=$lower,upperdir=$run/upper,workdir=$run/work $run/merged
";

fn items() -> Vec<Item> {
    let root = |path: &str, want| Item { path: path.to_owned(), owner: Owner::Root, want };
    let script = |name: &str, text| root(&format!("{CHECKOUT}/scripts/{name}"), Want::File(0o755, text));
    let text = |name: &str, mode, text| root(&format!("{CHECKOUT}/files/etc/{name}"), Want::File(mode, text));
    let unit = |name: &str, text| root(&format!("{UNITS}/{name}"), Want::File(0o644, text));
    let link = |path: &str, to: &str| root(path, Want::Link(format!("{CHECKOUT}/{to}")));
    let mut items: Vec<Item> =
        ["/opt/left4me", "/opt/left4me/src", "/etc/left4me", "/usr/local/libexec/left4me"]
            .map(|path| root(path, Want::Directory))
            .into();
    for below in
        ["", "/installation", "/overlays", "/instances", "/runtime", "/workshop_cache", "/tmp", "/steam"]
    {
        let path = format!("/var/lib/left4me{below}");
        items.push(Item { path, owner: Owner::Runtime, want: Want::Directory });
    }
    let hardening = include_str!("../../../tests/host/predecessor-hardening.conf");
    items.extend([
        script("libexec/left4me-overlay", OVERLAY),
        script("libexec/left4me-systemctl", SYSTEMCTL),
        script(
            "libexec/left4me-journalctl",
            "#!/bin/sh\nexec journalctl -u left4me-server@$1.service -n $3 -o cat\n",
        ),
        script("libexec/left4me-script-sandbox", "#!/bin/bash\nexit 64\n"),
        script("sbin/left4me", "#!/bin/sh\n"),
        text("sudoers.d/left4me", 0o440, SUDOERS),
        text("sysctl.d/99-left4me.conf", 0o644, "net.core.rmem_max=8388608\nvm.swappiness=10\n"),
        text("systemd/system/left4me-server@.service.d/10-hardening.conf", 0o644, hardening),
        text(
            "systemd/system/left4me-web.service.d/10-hardening.conf",
            0o644,
            "[Service]\nProtectHome=true\n",
        ),
        root("/etc/left4me/sandbox-resolv.conf", Want::File(0o644, "nameserver 1.1.1.1\n")),
        unit("left4me-server@.service", SERVER_UNIT),
        unit("left4me-web.service", WEB_UNIT),
        unit("l4d2-game.slice", "[Slice]\nCPUWeight=1000\nIOWeight=1000\nAllowedCPUs=0\n"),
        unit("l4d2-build.slice", "[Slice]\nCPUWeight=10\nIOWeight=10\nAllowedCPUs=0\n"),
        unit("system.slice.d/99-left4me-cpuset.conf", "[Slice]\nAllowedCPUs=0\n"),
        unit("user.slice.d/99-left4me-cpuset.conf", "[Slice]\nAllowedCPUs=0\n"),
        link("/etc/sysctl.d/99-left4me.conf", "files/etc/sysctl.d/99-left4me.conf"),
        link("/etc/sudoers.d/left4me", "files/etc/sudoers.d/left4me"),
        link("/usr/local/sbin/left4me", "scripts/sbin/left4me"),
    ]);
    for (name, text) in [("host.env", HOST_ENV), ("web.env", "SECRET_KEY=x\n")] {
        let path = format!("/etc/left4me/{name}");
        items.push(Item { path, owner: Owner::Group, want: Want::File(0o640, text) });
    }
    for unit in ["left4me-server@.service.d", "left4me-web.service.d"] {
        let place = format!("/etc/systemd/system/{unit}/10-hardening.conf");
        items.push(link(&place, &format!("files/etc/systemd/system/{unit}/10-hardening.conf")));
    }
    for helper in ["overlay", "systemctl", "journalctl", "script-sandbox"] {
        let name = format!("left4me-{helper}");
        items.push(link(&format!("/usr/local/libexec/left4me/{name}"), &format!("scripts/libexec/{name}")));
    }
    items
}

/// One run of it over the tree, without the items that were taken off it; which ones it had to put right.
pub fn apply(root: &Path, without: &[String], user: Option<u32>) -> Vec<String> {
    let items = items().into_iter().filter(|item| !without.contains(&item.id()));
    items.filter(|item| item.fix(root, user)).map(|item| item.id()).collect()
}

/// The items to remove from it, in the plan's words.
pub fn rivals(plan: &str) -> Vec<String> {
    let before = "note: the predecessor's bundle will undo this; remove its item ";
    plan.lines().filter_map(|line| line.trim().strip_prefix(before)).map(str::to_owned).collect()
}
