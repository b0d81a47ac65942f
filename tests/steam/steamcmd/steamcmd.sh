#!/usr/bin/env bash
# steamcmd.sh - stands in for Valve's wrapper in tests: finds its directory from the name it was
# called by (so a link to it cannot work), and starts itself again when the client asks with code 42.

STEAMROOT="${0%/*}"
BINARY="$STEAMROOT/linux32/steamcmd"
RESTART_CODE=42

# Harmless where the hard limit is lower.
ulimit -n 2048

export LD_LIBRARY_PATH="$STEAMROOT/linux32:${LD_LIBRARY_PATH-}"

"$BINARY" "$@"
STATUS=$?

if [ "$STATUS" -eq "$RESTART_CODE" ]; then
	echo "steamcmd.sh[$$]: Restarting steamcmd by request..." >&2
	exec "$0" "$@"
fi
exit "$STATUS"
