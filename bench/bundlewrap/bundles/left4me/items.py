"""The host without SteamCMD and the game, as one would write it for BundleWrap.

The bundle's files/ is this repository's deploy/ folder.
"""

ROOT = "/var/lib/left4me"
LIBEXEC = "/usr/local/libexec/left4me"
JOURNAL = "/usr/lib/systemd/journald@left4me.conf.d"
THEIRS = {"owner": "left4me", "group": "left4me"}

users = {
    "left4me": {
        "full_name": "Left 4 Dead 2 servers",
        "home": ROOT,
        "shell": "/usr/sbin/nologin",
    },
}

directories = {
    **{
        path: {"owner": "root", "group": "root", "mode": "0755"}
        for path in ["/etc/left4me", "/var/lib/left4me-setup", "/usr/local/bin", LIBEXEC, JOURNAL]
    },
    ROOT: {**THEIRS, "mode": "0755"},
    **{
        f"{ROOT}/{name}": {**THEIRS, "mode": "0755"}
        for name in ["installation", "updates", "overlays", "instances", "runtime", "workshop_cache", "tmp", ".steam"]
    },
    f"{ROOT}/logs": {**THEIRS, "mode": "0750"},
}

files = {
    "/usr/lib/sysusers.d/left4me.conf": {"mode": "0644"},
    **{
        f"/usr/lib/systemd/system/{unit}": {"mode": "0644", "triggers": ["action:daemon-reload"]}
        for unit in [
            "left4me-overlay@.service",
            "left4me-server@.service",
            "left4me-install.service",
            "left4me-update.service",
            "left4me-update.timer",
            "left4me-restart.service",
            "left4me-restart.timer",
            "l4d2-game.slice",
            "l4d2-build.slice",
        ]
    },
    "/etc/left4me/host.env": {"mode": "0640", "group": "left4me", "needs": ["user:left4me"]},
    "/etc/sudoers.d/left4me-setup": {"mode": "0440", "test_with": "visudo -cqf {}"},
    "/etc/sysctl.d/60-left4me.conf": {"mode": "0644"},
    "/usr/local/bin/steamcmd": {"mode": "0755"},
    f"{JOURNAL}/left4me.conf": {"mode": "0644"},
}
for path, attributes in files.items():
    attributes.update(source=path.lstrip("/"), content_type="binary")

symlinks = {
    **{
        f"{LIBEXEC}/{helper}": {"target": f"/usr/libexec/left4me/{helper}"}
        for helper in ["left4me-overlay", "left4me-systemctl", "left4me-journalctl"]
    },
    f"{ROOT}/.steam/sdk32": {**THEIRS, "target": f"{ROOT}/steam/linux32"},
}

actions = {"daemon-reload": {"command": "systemctl daemon-reload", "triggered": True}}

svc_systemd = {
    "left4me-restart.timer": {
        "enabled": True,
        "running": True,
        "needs": ["file:/usr/lib/systemd/system/left4me-restart.timer"],
    }
}
