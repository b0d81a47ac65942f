"""The host without SteamCMD and the game, as one would write it for pyinfra; run with the @local connector.

`DEPLOY` is this repository's deploy/ folder.
"""

from pyinfra.operations import files, server, systemd

DEPLOY = "/root/deploy"
ROOT = "/var/lib/left4me"

server.user(
    name="runtime user",
    user="left4me",
    comment="Left 4 Dead 2 servers",
    system=True,
    home=ROOT,
    create_home=False,
    shell="/usr/sbin/nologin",
)

JOURNAL = "/usr/lib/systemd/journald@left4me.conf.d"
for path in ["/etc/left4me", "/var/lib/left4me-setup", "/usr/local/bin", "/usr/local/libexec/left4me", JOURNAL]:
    files.directory(name=path, path=path, user="root", group="root", mode="755")

for path, mode in [
    (ROOT, "755"),
    *[
        (f"{ROOT}/{name}", "755")
        for name in ["installation", "updates", "overlays", "instances", "runtime", "workshop_cache", "tmp", ".steam"]
    ],
    (f"{ROOT}/logs", "750"),
]:
    files.directory(name=path, path=path, user="left4me", group="left4me", mode=mode)

changed = [
    files.put(name=path, src=DEPLOY + path, dest=path, user="root", group=group, mode=mode)
    for path, group, mode in [
        ("/usr/lib/sysusers.d/left4me.conf", "root", "644"),
        ("/usr/lib/systemd/system/left4me-overlay@.service", "root", "644"),
        ("/usr/lib/systemd/system/left4me-server@.service", "root", "644"),
        ("/usr/lib/systemd/system/left4me-install.service", "root", "644"),
        ("/usr/lib/systemd/system/left4me-update.service", "root", "644"),
        ("/usr/lib/systemd/system/left4me-update.timer", "root", "644"),
        ("/usr/lib/systemd/system/left4me-restart.service", "root", "644"),
        ("/usr/lib/systemd/system/left4me-restart.timer", "root", "644"),
        ("/usr/lib/systemd/system/l4d2-game.slice", "root", "644"),
        ("/usr/lib/systemd/system/l4d2-build.slice", "root", "644"),
        ("/etc/left4me/host.env", "left4me", "640"),
        ("/etc/sudoers.d/left4me-setup", "root", "440"),
        ("/etc/sysctl.d/60-left4me.conf", "root", "644"),
        ("/usr/local/bin/steamcmd", "root", "755"),
        (f"{JOURNAL}/left4me.conf", "root", "644"),
    ]
]

for helper in ["left4me-overlay", "left4me-systemctl", "left4me-journalctl"]:
    files.link(
        name=helper,
        path=f"/usr/local/libexec/left4me/{helper}",
        target=f"/usr/libexec/left4me/{helper}",
        user="root",
        group="root",
    )

files.link(
    name="steamclient.so for the servers",
    path=f"{ROOT}/.steam/sdk32",
    target=f"{ROOT}/steam/linux32",
    user="left4me",
    group="left4me",
)

systemd.daemon_reload(
    name="units read again", _if=lambda: any(operation.did_change() for operation in changed[1:10])
)

systemd.service(name="queued restarts", service="left4me-restart.timer", running=True, enabled=True)
