nodes["bench"] = {
    "hostname": "127.0.0.1",
    "os": "debian",
    "os_version": (13,),
    "bundles": ["left4me"],
}
