/*
 * depot.c - how the files of the depots get onto the disk.
 *
 * Contents are a function of path and offset (and of the build, for a few), so a half-staged file
 * can be continued, and validation can tell a damaged file from a good one without a copy of it.
 */
#include "sim.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536u

const char *const depot_ids[DEPOTS] = { "222861", "222862", "222863" };

static const char *text_of(const struct item *item)
{
	static char text[1024];

	if (!strstr(item->text, "%s"))
		return item->text;
	/* The text is one of the table above, so the format is ours. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof text, item->text, tree_seed(&offered, item));
#pragma GCC diagnostic pop
	return text;
}

uint64_t item_size(const struct item *item)
{
	uint64_t size = settings.bytes * item->share / 1000;
	struct stat info;

	switch (item->kind) {
	case EMPTY:
		return 0;
	case TEXT:
	case LINK:
		return strlen(text_of(item));
	case COPY:
		return stat(item->text, &info) == 0 ? (uint64_t)info.st_size : 0;
	default:
		break;
	}
	if (item->fixed)
		return item->fixed;
	if (item == items) {
		size = settings.bytes;
		for (size_t i = 1; i < item_count; i++)
			if (items[i].depot == COMMON && items[i].kind == BLOB)
				size -= settings.bytes * items[i].share / 1000;
	}
	return size;
}

uint64_t depot_size(enum depot depot)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < item_count; i++)
		if (items[i].depot == depot && tree_has(&offered, &items[i]))
			sum += item_size(&items[i]);
	return sum;
}

static uint64_t mix(uint64_t value)
{
	value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
	value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
	return value ^ (value >> 31);
}

static uint64_t seed_of(const struct item *item)
{
	uint64_t seed = 0x9e3779b97f4a7c15ULL;

	for (const char *at = item->path; *at; at++)
		seed = mix(seed ^ (unsigned char)*at);
	for (const char *at = tree_seed(&offered, item); *at; at++)
		seed = mix(seed ^ (unsigned char)*at);
	return seed;
}

/* The next bytes of a file, from an offset; how many there were, 0 at the end, -1 on an error. */
static ssize_t content(const struct item *item, uint64_t from, uint8_t *to, size_t most)
{
	uint64_t size = item_size(item), seed = seed_of(item);
	int fd;
	ssize_t got;

	if (from >= size)
		return 0;
	if (most > size - from)
		most = (size_t)(size - from);
	switch (item->kind) {
	case TEXT:
		memcpy(to, text_of(item) + from, most);
		return (ssize_t)most;
	case COPY:
		fd = open(item->text, O_RDONLY | O_CLOEXEC);
		got = fd < 0 ? -1 : pread(fd, to, most, (off_t)from);
		if (fd >= 0)
			close(fd);
		return got;
	default:
		break;
	}
	for (size_t i = 0; i < most;) {
		uint64_t word = mix(seed + (from + i) / 8);

		for (unsigned byte = (from + i) % 8; byte < 8 && i < most; byte++, i++)
			to[i] = (uint8_t)(word >> (8 * byte));
	}
	return (ssize_t)most;
}

static const char *at(const char *dir, const struct item *item)
{
	static char path[PATH_SIZE];

	snprintf(path, sizeof path, "%s/%s", dir, item->path);
	return path;
}

bool make_parent(const char *path)
{
	char parent[PATH_SIZE], *slash;

	snprintf(parent, sizeof parent, "%s", path);
	slash = strrchr(parent, '/');
	if (slash)
		*slash = '\0';
	return make_dirs(parent);
}

static bool leads_to(const char *path, const char *target)
{
	char is[PATH_SIZE];
	ssize_t length = readlink(path, is, sizeof is - 1);

	is[length < 0 ? 0 : length] = '\0';
	return !strcmp(is, target);
}

bool item_exists(const struct item *item, const char *dir)
{
	struct stat info;

	return lstat(at(dir, item), &info) == 0;
}

bool item_matches(const struct item *item, const char *dir)
{
	static uint8_t want[CHUNK], have[CHUNK];
	uint64_t done = 0;
	struct stat info;
	ssize_t count;
	bool same = true;
	int fd;

	if (item->kind == EMPTY)
		return stat(at(dir, item), &info) == 0 && S_ISDIR(info.st_mode);
	if (lstat(at(dir, item), &info) != 0 || (uint64_t)info.st_size != item_size(item))
		return false;
	if (item->kind == LINK)
		return leads_to(at(dir, item), item->text);
	if (!S_ISREG(info.st_mode) || (item->executable && !(info.st_mode & 0100)))
		return false;
	fd = open(at(dir, item), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	while (same && (count = content(item, done, want, CHUNK)) > 0) {
		same = pread(fd, have, (size_t)count, (off_t)done) == count && !memcmp(want, have, (size_t)count);
		done += (uint64_t)count;
	}
	close(fd);
	return same;
}

/* How much of a file an earlier, interrupted run has left in the staging directory. */
uint64_t item_staged(const struct item *item, const char *staging)
{
	struct stat info;

	if (lstat(at(staging, item), &info) != 0 || !S_ISREG(info.st_mode))
		return 0;
	return (uint64_t)info.st_size <= item_size(item) ? (uint64_t)info.st_size : 0;
}

ssize_t item_stage(const struct item *item, const char *staging, uint64_t from, size_t most)
{
	static uint8_t buffer[CHUNK];
	const char *path = at(staging, item);
	ssize_t count;
	int fd;

	if (item->kind == EMPTY)
		return make_dirs(path) ? 0 : -1;
	if (!make_parent(path))
		return -1;
	if (item->kind == LINK) {
		if (from)
			return 0;
		unlink(path);
		return symlink(item->text, path) == 0 ? (ssize_t)item_size(item) : -1;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (from ? 0 : O_TRUNC), tree_executable(&offered, item) ? 0755 : 0644);
	if (fd < 0)
		return -1;
	count = content(item, from, buffer, most < CHUNK ? most : CHUNK);
	if (count > 0)
		count = pwrite(fd, buffer, (size_t)count, (off_t)from);
	return close(fd) == 0 ? count : -1;
}

bool item_commit(const struct item *item, const char *staging, const char *dir)
{
	char from[PATH_SIZE];
	const char *to;

	snprintf(from, sizeof from, "%s", at(staging, item));
	to = at(dir, item);
	if (item->kind == EMPTY)
		return make_dirs(to);
	if (item->kind != LINK && chmod(from, tree_executable(&offered, item) ? 0755 : 0644) != 0)
		return false;
	return make_parent(to) && rename(from, to) == 0;
}

/* The contents are right; the mode may be another build's. */
bool item_set_mode(const struct item *item, const char *dir)
{
	mode_t wanted = tree_executable(&offered, item) ? 0755 : 0644;
	struct stat info;

	if (lstat(at(dir, item), &info) != 0 || !S_ISREG(info.st_mode) || (info.st_mode & 0777) == wanted)
		return true;
	return chmod(at(dir, item), wanted) == 0;
}

void item_remove(const struct item *item, const char *dir)
{
	char parent[PATH_SIZE], *slash;

	if (item->kind == EMPTY || (unlink(at(dir, item)) != 0 && errno != ENOENT))
		return;
	/* Directories go with their last file. */
	snprintf(parent, sizeof parent, "%s", at(dir, item));
	while ((slash = strrchr(parent, '/')) != NULL && slash > parent + strlen(dir)) {
		*slash = '\0';
		/* One that is gone went before a kill, perhaps without the one above it. */
		if (rmdir(parent) != 0 && errno != ENOENT)
			return;
	}
}

void remove_tree(const char *path)
{
	struct dirent *entry;
	DIR *dir = opendir(path);

	while (dir && (entry = readdir(dir)) != NULL) {
		char below[PATH_SIZE];

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		snprintf(below, sizeof below, "%.3800s/%s", path, entry->d_name);
		if (unlink(below) != 0)
			remove_tree(below);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}
