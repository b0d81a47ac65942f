/* app.c - app_update: what is to be done, the progress of it, and the ways in which it fails. */
#include "sim.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEFAULT_DIR "steamapps/common/Left 4 Dead 2 Dedicated Server"

static char install_dir[PATH_SIZE];
static bool windows;

void force_install_dir(const char *dir)
{
	/* The real one warns and may then use another directory; this one always does. */
	if (logged_in) {
		say("Please use force_install_dir before logon!\n");
		return;
	}
	snprintf(install_dir, sizeof install_dir, "%s", dir);
}

/* Once a login was begun the platform is settled; the echo says nothing of that. */
void force_platform(const char *name)
{
	if (!login_begun)
		windows = !strcmp(name, "windows");
	say("\"@sSteamCmdForcePlatformType\" = \"%s\"\n", name);
}

int fail(const char *reason)
{
	say_error("ERROR! Failed to install app '" APP "' (%s)", reason);
	return EXIT_APP;
}

int succeed(const char *how)
{
	say("Success! App '" APP "' %s.\n", how);
	return EXIT_OK;
}

/* Failures that need no work at all. */
static int refusal(bool validate)
{
	int code;

	/* Windows with "validate" is refused, as seen in 2026; or the other way round, as before. */
	if (windows && validate != mode_is("windows_needs_validate"))
		return fail("Missing configuration");
	if (mode_is("needs_app_info") && !app_info_asked)
		return fail("Missing configuration");
	if (mode_is("invalid_platform"))
		return fail("Invalid platform");
	if (mode_is("missing_config"))
		return fail("Missing configuration");
	if (line_failure("app", &code))
		return code;
	if (mode_is("no_subscription"))
		return fail("No subscription");
	if (mode_is("disk_write"))
		return fail("Disk write failure");
	if (mode_is("disk_write_zero")) {
		fail("Disk write failure");
		return EXIT_OK;
	}
	if (mode_is("appinfo_timeout")) {
		say_error("ERROR! Timed out waiting for AppInfo update.");
		return EXIT_UNKNOWN;
	}
	return -1;
}

static void choose_depots(struct job *job)
{
	bool linux_too = !windows && !mode_is("windows_only");

	job->target[COMMON] = true;
	job->target[WINDOWS] = !linux_too;
	job->target[LINUX] = linux_too;
}

static bool up_to_date(const struct job *job)
{
	return job->manifest.flags == 4 && !strcmp(job->manifest.build, settings.build) &&
	       !memcmp(job->manifest.depot, job->target, sizeof job->target);
}

/* A manifest that somebody wrote to get by the refusal. Turned down, it is left behind as begun. */
static bool seed_accepted(struct job *job)
{
	if (!job->manifest.flags)
		return false;
	if (mode_is("seed_accepted"))
		return true;
	job->manifest.flags = 1026;
	manifest_write(job->dir, &job->manifest);
	return false;
}

static int update(bool validate)
{
	static struct job job;
	int status;

	memset(&job, 0, sizeof job);
	if (install_dir[0])
		snprintf(job.dir, sizeof job.dir, "%.3800s", install_dir);
	else
		snprintf(job.dir, sizeof job.dir, "%.3700s/" DEFAULT_DIR, data_dir());
	snprintf(job.staging, sizeof job.staging, "%s/steamapps/downloading/" APP, job.dir);
	manifest_read(job.dir, &job.manifest);
	choose_depots(&job);
	/* Since November 2024 an anonymous account sees no Linux depot, unless the common one is there. */
	if (job.target[LINUX] && !named_login && !job.manifest.depot[COMMON] && !strikes_midway() && !seed_accepted(&job))
		return fail("Invalid platform");
	if (job.manifest.depot[COMMON] && !strcmp(job.manifest.build, settings.unserved) &&
	    (validate || strcmp(job.manifest.build, settings.build) != 0))
		return job_unserved(&job);
	if (mode_is("uptodate") || (!validate && !strikes_midway() && up_to_date(&job)))
		return succeed("already up to date");
	job.needed = calloc(item_count, sizeof *job.needed);
	if (!job.needed)
		abort();
	status = job_run(&job, validate);
	free(job.needed);
	return status;
}

int app_update(char **args, int count)
{
	bool validate = false;
	int refused;

	mode_take();
	for (int i = 1; i < count; i++)
		validate |= !strcmp(args[i], "validate") || !strcmp(args[i], "-validate");
	if (!logged_in) {
		say_error("ERROR! Failed to request AppInfo update, not online or not logged in to Steam.");
		return EXIT_APP;
	}
	if (count < 1 || strcmp(args[0], APP) != 0) {
		say_error("ERROR! Failed to install app '%s' (No subscription)", count ? args[0] : "0");
		return EXIT_APP;
	}
	app_info_know();
	refused = refusal(validate);
	return refused >= 0 ? refused : update(validate);
}
