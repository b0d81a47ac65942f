/* bootstrap.c - phase A: the updater that runs before the client proper, and the log files. */
#include "sim.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define UPDATE_KB 54952u
#define BOOTSTRAP_LOG "bootstrap_log.txt"

void log_line(const char *name, const char *format, ...)
{
	char path[PATH_SIZE + 64], stamp[32];
	time_t at = time(NULL);
	va_list args;
	FILE *file;

	snprintf(path, sizeof path, "%s/logs/%s", data_dir(), name);
	file = fopen(path, "a");
	/* A HOME that cannot be written loses its logs without a word. */
	if (!file)
		return;
	strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S", localtime(&at));
	fprintf(file, "[%s] ", stamp);
	va_start(args, format);
	vfprintf(file, format, args);
	va_end(args);
	fputc('\n', file);
	fclose(file);
}

void open_logs(void)
{
	char path[PATH_SIZE + 64];

	snprintf(path, sizeof path, "%s/logs", data_dir());
	make_dirs(path);
	snprintf(path, sizeof path, "%s/logs/stderr.txt", data_dir());
	say("Redirecting stderr to '%s'\n", path);
	if (freopen(path, "w", stderr))
		setvbuf(stderr, NULL, _IONBF, 0);
	log_line(BOOTSTRAP_LOG, "Startup - updater of the SteamCMD double");
}

bool bootstrapped(void)
{
	struct stat info;

	return stat("package", &info) == 0 && S_ISDIR(info.st_mode);
}

static const char *checking(void)
{
	const char *all = getenv("LC_ALL"), *locale = all && *all ? all : getenv("LANG");

	return locale && !strncmp(locale, "pl", 2) ? "Wyszukiwanie dostępnych aktualizacji..."
						   : "Checking for available update...";
}

/* Whatever the cause, the screen says only this; the reason is in the log. */
static int fatal(const char *reason)
{
	say("[  0%%] %s\n", checking());
	say("[----] Verifying installation...\n");
	say("[  0%%] Downloading Update...\n");
	say("[  0%%] %s\n", checking());
	say("[----] !!! Fatal Error: Steamcmd needs to be online to update.\t Please confirm your network "
	    "connection and try again.\n");
	say("threadtools.cpp (3294) : Assertion Failed: Illegal termination of worker thread "
	    "'Thread(0x0x5850d2f0/0x0xf7b78b'\n");
	log_line(BOOTSTRAP_LOG, "%s", reason);
	log_line(BOOTSTRAP_LOG, "Error: Steamcmd needs to be online to update.");
	return EXIT_OFFLINE;
}

int offline(void)
{
	say("ILocalize::AddFile() failed to load file \"public/steambootstrapper_english.txt\".\n");
	return fatal("Download failed: http error 0 (media.steampowered.com/client/steam_cmd_linux)");
}

static void thousands(char *to, size_t size, unsigned value)
{
	if (value < 1000)
		snprintf(to, size, "%u", value);
	else
		snprintf(to, size, "%u,%03u", value / 1000, value % 1000);
}

static void download(void)
{
	char done[16], total[16];

	thousands(total, sizeof total, UPDATE_KB);
	say("[----] Downloading update (0 of %s KB)...\n", total);
	/* Odd steps: percentages that a program could have expected are not to be relied on. */
	for (unsigned kb = 642; kb < UPDATE_KB; kb += 2684) {
		pause_seconds(settings.bootstrap_seconds / 21);
		thousands(done, sizeof done, kb);
		say("[%3u%%] Downloading update (%s of %s KB)...\n", kb * 100 / UPDATE_KB, done, total);
	}
	say("[100%%] Download complete.\n");
}

/* The update replaces its own wrapper, so nobody may verify the directory against the tarball. */
static bool replace_wrapper(void)
{
	char *text = read_text("steamcmd.sh"), *longer;
	bool good = false;

	if (!text)
		return false;
	longer = malloc(strlen(text) + 64);
	if (longer) {
		sprintf(longer, "%s# rewritten by the self-update\n", text);
		good = write_text("steamcmd.sh", longer) && chmod("steamcmd.sh", 0755) == 0;
	}
	free(longer);
	free(text);
	return good;
}

static bool install(void)
{
	return write_text(".writable", "") && unlink(".writable") == 0 && make_dirs("public") &&
	       make_dirs("siteserverui") && make_dirs("linux64") &&
	       write_text("public/steambootstrapper_english.txt", "\"lang\" { }\n") &&
	       copy_file("linux32/crashhandler.so", "linux32/steamclient.so") && replace_wrapper() &&
	       /* Last: it marks the update as done, so that a killed one is begun again. */
	       make_dirs("package") && write_text("package/steam_cmd_linux.manifest", "\"linux\"\n{\n}\n");
}

int self_update(void)
{
	say("ILocalize::AddFile() failed to load file \"public/steambootstrapper_english.txt\".\n");
	if (access(".", W_OK) != 0)
		return fatal("Error: Couldn't write to the installation directory");
	say("[  0%%] %s\n", checking());
	download();
	say("[----] Installing update...\n[----] Extracting package...\n[----] Extracting package...\n");
	if (!install()) {
		log_line(BOOTSTRAP_LOG, "Error: installing the update failed: %s", strerror(errno));
		return fatal("Error: Failed to write package files");
	}
	say("[----] Installing update...\n[----] Installing update...\n[----] Cleaning up...\n");
	say("[----] Update complete, launching Steamcmd...\n");
	say("UpdateUI: skip show logo\n");
	log_line(BOOTSTRAP_LOG, "Update complete, restarting");
	return EXIT_RESTART;
}

void client_greeting(void)
{
	say("Logging directory: '%s/logs'\n", data_dir());
	say("[  0%%] Checking for available updates...\n");
	say("[----] Verifying installation...\n");
	say(mode_is("glued") ? "UpdateUI: skip show logo" : "UpdateUI: skip show logo\n");
	say("Steam Console Client (c) Valve Corporation - version 1788292693\n");
	say("-- type 'quit' to exit --\n");
	say("Loading Steam API..." SGR "OK\n");
	if (mode_is("glued"))
		say("IPC function call IClientUtils::GetSteamRealm took too long: 52 msec");
}
