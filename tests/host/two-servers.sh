#!/bin/bash
# Two servers with different ports and overlays on a booted host, as an operator would make them.
# usage: two-servers.sh HOST
set -euo pipefail
host=$(dirname "$0")/host.sh
name=$1
on_host() {
    printf '%s$ %s\n' "$name" "$*"
    "$host" run "$name" "$@"
}

root=$("$host" path "$name")
mkdir -p "$root/root/specs"
cat >"$root/root/specs/versus.yaml" <<'SPEC'
port: 27015
overlays:
  - competitive
arguments: ["+map c1m1_hotel"]
config: ["hostname Versus Night", "rcon_password change-me"]
SPEC
cat >"$root/root/specs/campaign.yaml" <<'SPEC'
port: 27016
overlays:
  - {path: campaigns/custom, alias: custom}
arguments: ["+map c2m1_highway"]
config: ["exec server_custom.cfg", "hostname Custom Campaigns"]
SPEC

# Overlays are plain directories of the runtime user's.
"$host" run "$name" setpriv --reuid=left4me --regid=left4me --clear-groups sh -eu -c '
    cd /var/lib/left4me/overlays
    mkdir -p competitive/left4dead2/addons campaigns/custom/left4dead2/addons campaigns/custom/left4dead2/cfg
    echo competitive >competitive/left4dead2/addons/competitive.vpk
    echo campaign >campaigns/custom/left4dead2/addons/campaign.vpk
    echo "sv_gametypes coop" >campaigns/custom/left4dead2/cfg/server.cfg'

on_host l4d2ctl initialize versus -f /root/specs/versus.yaml
on_host l4d2ctl initialize campaign -f /root/specs/campaign.yaml
on_host l4d2ctl start versus campaign --wait
