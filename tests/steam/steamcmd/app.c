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

/* One update: which files are to come, and how far it has got. */
struct job {
	char dir[PATH_SIZE - 256];
	char staging[PATH_SIZE];
	struct manifest manifest;
	bool target[DEPOTS];
	bool *needed;
	uint64_t total, done;
	double started, last_line;
	int last_step;
	double stop_at; /* the share after which a mode strikes; 2 = never */
};

void force_install_dir(const char *dir)
{
	/* The real one warns and may then use another directory; this one always does. */
	if (logged_in) {
		say("Please use force_install_dir before logon!\n");
		return;
	}
	snprintf(install_dir, sizeof install_dir, "%s", dir);
}

void force_platform(const char *name)
{
	windows = !strcmp(name, "windows");
	say("\"@sSteamCmdForcePlatformType\" = \"%s\"\n", name);
}

static int fail(const char *reason)
{
	say_error("ERROR! Failed to install app '" APP "' (%s)", reason);
	return EXIT_APP;
}

static int succeed(const char *how)
{
	say("Success! App '" APP "' %s.\n", how);
	return EXIT_OK;
}

static uint64_t shown(uint64_t bytes)
{
	if (!settings.progress_total || !settings.bytes)
		return bytes;
	return (uint64_t)((double)bytes * (double)settings.progress_total / (double)settings.bytes);
}

static void progress(const char *state, uint64_t done, uint64_t total)
{
	say_progress(state, total ? 100.0 * (double)done / (double)total : 0.0, shown(done), shown(total));
}

static void phase(const char *state, uint64_t total, int lines)
{
	for (int i = 1; i <= lines; i++)
		progress(state, total * (uint64_t)i / (uint64_t)lines, total);
}

static int stopped(struct job *job, const char *state)
{
	job->manifest.flags = 1026;
	manifest_write(job->dir, &job->manifest);
	say_progress("0x1) running", 0, 0, 0);
	say_progress("0x401) stopping", 0, 0, 0);
	say_progress("0x401) stopping", 0, 0, 0);
	say("Error! App '" APP "' state is %s after update job.\n", state);
	return EXIT_APP;
}

/* A disk that really is full or read-only is reported as the real client would report it. */
static int disk_trouble(struct job *job)
{
	if (errno == ENOSPC || errno == EDQUOT)
		return stopped(job, "0x202");
	return fail("Disk write failure");
}

/* Seldom on a slow download, often enough on a quick one that there is something to see. */
static void download_line(struct job *job)
{
	double at = now();
	int step = job->total ? (int)(20 * job->done / job->total) : 20;

	if (settings.seconds >= 2 ? at - job->last_line < 0.1 : step == job->last_step)
		return;
	job->last_line = at;
	job->last_step = step;
	progress("0x61) downloading", job->done, job->total);
	job->manifest.fetched = job->done;
	manifest_write(job->dir, &job->manifest);
	if (mode_is("unknown_state"))
		say_progress("0x999) reticulating splines", 12.34, 1234, 10000);
}

static void keep_pace(struct job *job, uint64_t resumed)
{
	double due = settings.bytes ? settings.seconds * (double)(job->done - resumed) / (double)settings.bytes : 0;

	pause_seconds(job->started + due - now());
}

static bool download(struct job *job)
{
	uint64_t resumed = job->done;

	job->started = job->last_line = now();
	job->last_step = -1;
	for (size_t i = 0; i < item_count; i++) {
		uint64_t have = job->needed[i] ? item_staged(&items[i], job->staging) : 0;
		ssize_t count = 1;

		/* Also once for files of no bytes: they have to come into being. */
		while (job->needed[i] && count > 0) {
			if (job->total && (double)job->done >= job->stop_at * (double)job->total)
				return true;
			count = item_stage(&items[i], job->staging, have, 65536);
			if (count < 0)
				return false;
			have += (uint64_t)count;
			job->done += (uint64_t)count;
			keep_pace(job, resumed);
			if (count > 0)
				download_line(job);
		}
	}
	return true;
}

static bool left_out(const struct item *item)
{
	return mode_is("missing_binary") && !strcmp(item->path, "srcds_linux");
}

static bool commit(struct job *job)
{
	for (size_t i = 0; i < item_count; i++) {
		if (job->needed[i] && !item_commit(&items[i], job->staging, job->dir))
			return false;
		if (left_out(&items[i]) || (!job->target[items[i].depot] && job->manifest.depot[items[i].depot]))
			item_remove(&items[i], job->dir);
	}
	return true;
}

/* Hashing what is there: on request, and after an interruption. */
static void choose_files(struct job *job, bool verify)
{
	uint64_t all = 0, seen = 0;
	int step = 0;

	for (size_t i = 0; i < item_count; i++)
		all += job->target[items[i].depot] ? item_size(&items[i]) : 0;
	for (size_t i = 0; i < item_count; i++) {
		const struct item *item = &items[i];

		if (!job->target[item->depot] || left_out(item))
			continue;
		if (verify)
			job->needed[i] = !item_matches(item, job->dir);
		else
			job->needed[i] = !job->manifest.depot[item->depot] ||
					 (item->per_build && strcmp(job->manifest.build, settings.build));
		seen += item_size(item);
		if (verify && all && (int)(8 * seen / all) > step) {
			step = (int)(8 * seen / all);
			progress("0x5) verifying install", seen, all);
		}
		if (job->needed[i]) {
			job->total += item_size(item);
			job->done += item_staged(item, job->staging);
		}
	}
}

/* Modes that strike in the middle of the work. */
static bool strikes_midway(void)
{
	return mode_starts("state_0x") || mode_is("segv") || mode_is("abort") || mode_is("stall");
}

static int strike(struct job *job)
{
	if (mode_is("segv"))
		raise(SIGSEGV);
	if (mode_is("abort"))
		abort();
	if (mode_is("stall"))
		hang();
	return stopped(job, settings.mode + strlen("state_"));
}

static int finish(struct job *job)
{
	if (job->total) {
		phase("0x81) verifying update", job->total, 5);
		progress("0x101) committing", job->total / 3, job->total);
	}
	if (!commit(job))
		return disk_trouble(job);
	if (job->total)
		progress("0x101) committing", job->total, job->total);
	remove_tree(job->staging);
	memcpy(job->manifest.depot, job->target, sizeof job->target);
	job->manifest.flags = mode_is("interrupted_manifest") ? 1026 : 4;
	snprintf(job->manifest.build, sizeof job->manifest.build, "%s", settings.build);
	job->manifest.fetched = job->manifest.wanted;
	if (!manifest_write(job->dir, &job->manifest))
		return disk_trouble(job);
	return succeed("fully installed");
}

static int run(struct job *job, bool validate)
{
	bool resumed = job->manifest.flags != 0 && job->manifest.flags != 4;

	/* What was staged for another build is of no use. */
	if (strcmp(job->manifest.target, settings.build) != 0)
		remove_tree(job->staging);
	snprintf(job->manifest.target, sizeof job->manifest.target, "%s", settings.build);
	job->manifest.flags = 1026;
	if (!manifest_write(job->dir, &job->manifest) || !make_dirs(job->staging))
		return disk_trouble(job);
	say_progress("0x3) reconfiguring", 0, 0, 0);
	say_progress("0x3) reconfiguring", 0, 0, 0);
	choose_files(job, validate || resumed);
	job->manifest.wanted = job->total;
	job->manifest.fetched = job->done;
	if (!manifest_write(job->dir, &job->manifest))
		return disk_trouble(job);
	if (job->total)
		phase("0x11) preallocating", job->total, 3);
	job->stop_at = 2;
	if (strikes_midway() && job->total)
		job->stop_at = ((double)job->done + 0.35 * (double)(job->total - job->done)) / (double)job->total;
	if (!download(job))
		return disk_trouble(job);
	return strikes_midway() ? strike(job) : finish(job);
}

/* Failures that need no work at all. */
static int refusal(void)
{
	if (mode_is("invalid_platform"))
		return fail("Invalid platform");
	if (mode_is("missing_config"))
		return fail("Missing configuration");
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
	if (job.target[LINUX] && !named_login && !job.manifest.depot[COMMON] && !strikes_midway())
		return fail("Invalid platform");
	if (mode_is("uptodate") || (!validate && !strikes_midway() && up_to_date(&job)))
		return succeed("already up to date");
	job.needed = calloc(item_count, sizeof *job.needed);
	if (!job.needed)
		abort();
	status = run(&job, validate);
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
	refused = refusal();
	return refused >= 0 ? refused : update(validate);
}
