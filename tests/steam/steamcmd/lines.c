/* lines.c - failures that are nothing but their lines, in the words and with the colours of the original. */
#include "sim.h"

#include <string.h>

static const struct {
	const char *mode, *where, *text;
	int code;
} lines[] = {
	{ "update_needs_disk", "start",
	  "[  0%] Checking for available updates...\n"
	  "[  0%] !!! Fatal Error: Steamcmd needs 250MB of free disk space to update.\n", EXIT_OFFLINE },

	{ "retrying_only", "connect", "Retrying...\nRetrying...\nRetrying...\n" SGR, EXIT_LOGIN },
	{ "result_3", "connect", SGR "FAILED with result code 3\n" SGR, EXIT_LOGIN },
	{ "result_85", "connect", SGR "FAILED with result code 85\n" SGR, EXIT_LOGIN },
	{ "logon_denied", "connect", SGR "ERROR (Account Logon Denied)\n" SGR, EXIT_LOGIN },
	{ "two_factor_needed", "connect", SGR "ERROR (need two-factor code)\n" SGR, EXIT_LOGIN },
	{ "two_factor_mismatch", "connect", SGR "ERROR (Two-factor code mismatch)\n" SGR, EXIT_LOGIN },

	{ "user_info_error", "user info", "Waiting for user info..." SGR "ERROR! (Timed out)\n" SGR, EXIT_APP },
	{ "user_info_failed", "user info", "Waiting for user info...FAILED. Timed out.\n" SGR, EXIT_APP },

	{ "bailing", "app",
	  " Update state (0x0) : Timed out waiting for update to start, bailing.\n"
	  "Success! App '" APP "' fully installed.\n" SGR, EXIT_OK },
	{ "missing_permissions", "app", "ERROR! Failed to install app '" APP "' (Missing file permissions)\n" SGR, EXIT_APP },
	{ "misprint", "app", SGR "Error! App '" APP "' state is is 0x2 after update job.\n" SGR, EXIT_APP },
	{ "statvfs", "app",
	  "statvfs64: ret -1 errno 75\n" SGR "ERROR! Failed to install app '" APP "' (Disk write failure)\n" SGR, EXIT_APP },
	{ "web_page", "app",
	  "KeyValues Error: LoadFromBuffer: missing { in file , got '<!DOCTYPE'\n" SGR
	  "ERROR! Timed out waiting for AppInfo update.\n" SGR, EXIT_UNKNOWN },
	{ "no_threads", "app",
	  "Thread failed to initialize\nCWorkThreadPool::StartWorkThread: Thread creation failed\n" SGR
	  "ERROR! Timed out waiting for AppInfo update.\n" SGR, EXIT_UNKNOWN },
};

/* Prints what the mode has to say at this point, if anything, and gives its exit code. */
bool line_failure(const char *where, int *code)
{
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		if (!mode_is(lines[i].mode) || strcmp(lines[i].where, where) != 0)
			continue;
		say("%s", lines[i].text);
		*code = lines[i].code;
		return true;
	}
	return false;
}
