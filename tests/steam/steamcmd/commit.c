/*
 * commit.c - staged files take the place of those that are there.
 *
 * Whole files are renamed over what they replace. What is in the way, or belonged to another build, goes first, and
 * with it directories that are left empty. Every step can be repeated after a kill.
 */
#include "sim.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The directory above a file and whatever else of the table lies in it. */
#define MOST_MOVED "left4dead2/materials"

static void join(char *to, const char *dir, const char *name)
{
	snprintf(to, PATH_SIZE, "%.2000s/%.1000s", dir, name);
}

static bool copy_to_new_place(const struct job *job, const struct item *item)
{
	char from[PATH_SIZE], staged[PATH_SIZE], to[PATH_SIZE];

	join(from, job->dir, item->from);
	join(staged, job->staging, item->path);
	join(to, job->dir, item->path);
	return make_parent(staged) && copy_file(from, staged) && chmod(staged, 0644) == 0 && make_parent(to) &&
	       rename(staged, to) == 0 && unlink(from) == 0;
}

/* Where a directory has another name in the new build: one rename, or else file by file. */
static bool move_directory(const struct job *job)
{
	bool to_new = tree_says(&offered, "renamed");
	char from[PATH_SIZE], to[PATH_SIZE];

	join(from, job->dir, to_new ? MOST_MOVED : MOST_MOVED "_v2");
	join(to, job->dir, to_new ? MOST_MOVED "_v2" : MOST_MOVED);
	if (access(from, F_OK) != 0)
		return true;
	if (rename(from, to) == 0)
		return true;
	if (tree_says(&offered, "strict"))
		return false;
	for (size_t i = 0; i < item_count; i++) {
		struct item old = items[i];

		if (!old.from || !tree_has(&offered, &items[i]))
			continue;
		old.path = old.from;
		if (item_exists(&old, job->dir) && !job->needed[i] && !copy_to_new_place(job, &items[i]))
			return false;
	}
	return true;
}

static void remove_old(const struct job *job)
{
	char remade[PATH_SIZE], old[PATH_SIZE];

	/* Its old file tells that this has not been done yet. */
	join(remade, job->dir, REMADE);
	join(old, job->dir, REMADE "/old.txt");
	if (tree_says(&offered, "remade") && access(old, F_OK) == 0)
		remove_tree(remade);
	for (size_t i = 0; i < item_count; i++) {
		const struct item *item = &items[i];
		bool was = tree_has(&job->installed, item) || tree_has(&job->begun, item);
		bool gone = was && job->manifest.depot[COMMON] && !tree_has(&offered, item) && !tree_has_path(&offered, item->path);
		bool of_other_platform = !job->target[item->depot] && job->manifest.depot[item->depot];

		if (gone || of_other_platform || left_out(item))
			item_remove(item, job->dir);
	}
}

bool commit(struct job *job)
{
	if (!move_directory(job))
		return false;
	remove_old(job);
	for (size_t i = 0; i < item_count; i++) {
		if (job->needed[i] && !item_commit(&items[i], job->staging, job->dir))
			return false;
		if (items[i].executable_with && !item_set_mode(&items[i], job->dir))
			return false;
	}
	return true;
}

/* What Steam does not always clear away. */
void leave_over(const struct job *job)
{
	static const char *const names[] = { "downloading/" APP "/left4dead2/pak01_dir.vpk", "temp/" APP "/part",
					     "downloading/state_" APP "_" APP ".patch" };
	char path[PATH_SIZE], steamapps[PATH_SIZE];

	join(steamapps, job->dir, "steamapps");
	for (size_t i = 0; tree_says(&offered, "leftovers") && i < sizeof names / sizeof names[0]; i++) {
		join(path, steamapps, names[i]);
		if (make_parent(path))
			write_text(path, "left over\n");
	}
}
