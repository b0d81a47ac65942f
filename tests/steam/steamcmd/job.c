/* job.c - the work of one app_update: its progress, and the ways in which it breaks off. */
#include "sim.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

/* The reason in words is in content_log.txt alone, amid lines that say nothing. */
static void log_reason(const char *dir, const char *state)
{
	unsigned long bits = strtoul(state, NULL, 16);

	if (bits == 0x6) {
		log_line(CONTENT_LOG, "Failed to get manifest request code, 'Access Denied'");
		log_line(CONTENT_LOG, "AppID " APP " update canceled : Failed downloading 1 manifests (No connection)");
	} else if ((bits & 0x600) == 0x200)
		log_line(CONTENT_LOG,
			 "AppID " APP " update canceled : Not enough disk space available in %s, 5969 MB needed, "
			 "5845 MB available", dir);
	else
		log_line(CONTENT_LOG, "AppID " APP " update canceled : Failed updating depot 222861 (No connection)");
	log_line(CONTENT_LOG, "AppID " APP " state changed : Update Required,");
	log_line(CONTENT_LOG, "AppID " APP " scheduler finished : removed from schedule (result No connection, state %s)",
		 state);
}

static int stopped(struct job *job, const char *state)
{
	job->manifest.flags = 1026;
	manifest_write(job->dir, &job->manifest);
	say_progress("0x1) running", 0, 0, 0);
	say_progress("0x401) stopping", 0, 0, 0);
	say_progress("0x401) stopping", 0, 0, 0);
	log_reason(job->dir, state);
	say("Error! App '" APP "' state is %s after update job.\n", state);
	return EXIT_APP;
}

/* A disk that really is full or read-only is reported as the real client would report it. */
static int disk_trouble(struct job *job)
{
	if (errno == ENOSPC || errno == EDQUOT)
		return stopped(job, "0x202");
	log_line(CONTENT_LOG, "AppID " APP " update canceled : Failed to write files in %s, %s (Disk write failure)", job->dir,
		 strerror(errno));
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
	if (mode_is("unknown_state")) {
		say_progress("0x999) reticulating splines", 12.34, 1234, 10000);
		say_progress("0x161) unknown", 12.34, 1234, 10000);
		say_progress("0x101) finalizing", 12.34, 1234, 10000);
	}
}

static void keep_pace(struct job *job, uint64_t resumed)
{
	double due = settings.bytes ? settings.seconds * (double)(job->done - resumed) / (double)settings.bytes : 0;

	pause_seconds(job->started + due - now());
}

static bool download(struct job *job)
{
	uint64_t resumed = job->done;
	/* Small enough that a slow download of a small game is no series of jumps. */
	size_t most = settings.bytes > 128 * 65536 ? 65536 : settings.bytes > 128 * 1024 ? (size_t)settings.bytes / 128 : 1024;

	job->started = job->last_line = now();
	job->last_step = -1;
	for (size_t i = 0; i < item_count; i++) {
		uint64_t have = job->needed[i] ? item_staged(&items[i], job->staging) : 0;
		ssize_t count = 1;

		/* Also once for files of no bytes: they have to come into being. */
		while (job->needed[i] && count > 0) {
			if (job->total && (double)job->done >= job->stop_at * (double)job->total)
				return true;
			count = item_stage(&items[i], job->staging, have, most);
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

bool left_out(const struct item *item)
{
	return mode_is("missing_binary") && !strcmp(item->path, "srcds_linux");
}

/* What another build has elsewhere is not downloaded. */
static bool is_moved(const struct job *job, const struct item *item)
{
	struct item there = *item;

	there.path = item->from;
	return tree_has_path(&job->installed, item->from) && item_matches(&there, job->dir);
}

/* Hashing what is there: on request, and after an interruption. */
static void choose_files(struct job *job, bool verify)
{
	uint64_t all = 0, seen = 0;
	int step = 0;

	for (size_t i = 0; i < item_count; i++)
		all += job->target[items[i].depot] && tree_has(&offered, &items[i]) ? item_size(&items[i]) : 0;
	for (size_t i = 0; i < item_count; i++) {
		const struct item *item = &items[i];

		if (!job->target[item->depot] || !tree_has(&offered, item) || left_out(item))
			continue;
		if (item->from && is_moved(job, item))
			continue;
		if (verify)
			job->needed[i] = !item_matches(item, job->dir);
		else
			job->needed[i] = !job->manifest.depot[item->depot] || !tree_has(&job->installed, item) ||
					 strcmp(tree_seed(&job->installed, item), tree_seed(&offered, item)) ||
					 tree_says(&offered, "restaged");
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
bool strikes_midway(void)
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
	leave_over(job);
	memcpy(job->manifest.depot, job->target, sizeof job->target);
	job->manifest.flags = mode_is("interrupted_manifest") ? 1026 : 4;
	snprintf(job->manifest.build, sizeof job->manifest.build, "%s", settings.build);
	job->manifest.fetched = job->manifest.wanted;
	if (!manifest_write(job->dir, &job->manifest))
		return disk_trouble(job);
	return succeed("fully installed");
}

int job_run(struct job *job, bool validate)
{
	bool resumed = job->manifest.flags != 0 && job->manifest.flags != 4;

	log_line(CONTENT_LOG, "AppID " APP " update started : download 0/0, store 0/0, reuse 0/0");

	/* What was staged for another build is of no use. */
	if (strcmp(job->manifest.target, settings.build) != 0)
		remove_tree(job->staging);
	tree_of(job->manifest.build, &job->installed);
	tree_of(job->manifest.target, &job->begun);
	snprintf(job->manifest.target, sizeof job->manifest.target, "%s", settings.build);
	job->manifest.flags = 1026;
	if (!manifest_write(job->dir, &job->manifest) || !make_dirs(job->staging))
		return disk_trouble(job);
	leave_behind(job->dir);
	say_progress("0x3) reconfiguring", 0, 0, 0);
	say_progress("0x3) reconfiguring", 0, 0, 0);
	if (mode_starts("early_0x"))
		return stopped(job, settings.mode + strlen("early_"));
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

/*
 * Steam serves the manifest of the installed build to nobody any more: without it no update can begin, however
 * often it is tried. Only a directory without that manifest gets further.
 */
int job_unserved(struct job *job)
{
	say_progress("0x3) reconfiguring", 0, 0, 0);
	log_reason(job->dir, "0x6");
	job->manifest.flags = 6;
	if (!manifest_write(job->dir, &job->manifest))
		return disk_trouble(job);
	say(SGR "Error! App '" APP "' state is 0x6 after update job.\n" SGR);
	return EXIT_APP;
}
