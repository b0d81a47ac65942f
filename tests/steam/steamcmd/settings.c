/* settings.c - sim/settings, the mode queue, and small file helpers. */
#include "sim.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct settings settings = { .bytes = 32u << 20, .build = "16546402", .mode = "ok" };
char root[PATH_SIZE];

static bool taken;

/* tree_BUILD: the words of a build. The last line for a build counts. */
static void set_tree(const char *build, const char *words)
{
	size_t at = 0;

	while (at < settings.tree_count && strcmp(settings.trees[at].build, build) != 0)
		at++;
	if (at == MOST_TREES)
		return;
	snprintf(settings.trees[at].build, sizeof settings.trees[at].build, "%.31s", build);
	snprintf(settings.trees[at].words, sizeof settings.trees[at].words, "%.191s", words);
	if (at == settings.tree_count)
		settings.tree_count++;
}

static void set(const char *key, const char *value)
{
	if (!strcmp(key, "mode"))
		snprintf(settings.mode, sizeof settings.mode, "%s", value);
	else if (!strcmp(key, "build"))
		snprintf(settings.build, sizeof settings.build, "%s", value);
	else if (!strcmp(key, "unserved"))
		snprintf(settings.unserved, sizeof settings.unserved, "%s", value);
	else if (!strcmp(key, "bytes"))
		settings.bytes = strtoull(value, NULL, 10);
	else if (!strncmp(key, "tree_", 5))
		set_tree(key + 5, value);
	else if (!strcmp(key, "files"))
		settings.files = (unsigned)strtoul(value, NULL, 10);
	else if (!strcmp(key, "progress_total"))
		settings.progress_total = strtoull(value, NULL, 10);
	else if (!strcmp(key, "seconds"))
		settings.seconds = atof(value);
	else if (!strcmp(key, "bootstrap_seconds"))
		settings.bootstrap_seconds = atof(value);
}

/* The real client works from its own directory, whatever the caller's was: relative paths are traps. */
void settings_load(const char *argv0)
{
	char line[512], *slash;
	ssize_t length = readlink("/proc/self/exe", root, sizeof root - 1);
	FILE *file;

	if (length < 0)
		length = snprintf(root, sizeof root, "%s", argv0);
	root[length] = '\0';
	for (int up = 0; up < 2; up++)
		if ((slash = strrchr(root, '/')) != NULL)
			*slash = '\0';
	if (chdir(root) != 0)
		return;
	file = fopen("sim/settings", "r");
	while (file && fgets(line, sizeof line, file)) {
		char *equals = strchr(line, '=');

		line[strcspn(line, "\r\n")] = '\0';
		if (!equals || line[0] == '#')
			continue;
		*equals = '\0';
		set(line, equals + 1);
	}
	if (file)
		fclose(file);
}

/* The first line of sim/mode-queue that says anything, and where the rest begins. */
static char *queue_front(char *text, char **rest)
{
	while (text && *text) {
		char *end = text + strcspn(text, "\n");

		*rest = *end ? end + 1 : end;
		*end = '\0';
		text[strcspn(text, " \t\r")] = '\0';
		if (*text)
			return text;
		text = *rest;
	}
	return NULL;
}

static bool strikes_early(const char *mode)
{
	static const char *const early[] = { "offline", "loader_missing", "noexec", "update_needs_disk" };

	for (size_t i = 0; i < sizeof early / sizeof early[0]; i++)
		if (!strcmp(mode, early[i]))
			return true;
	return false;
}

static void take(bool early)
{
	char *text, *front, *rest = NULL;

	if (taken)
		return;
	text = read_text("sim/mode-queue");
	front = queue_front(text, &rest);
	if (front && (!early || strikes_early(front))) {
		snprintf(settings.mode, sizeof settings.mode, "%s", front);
		if (*rest)
			write_text("sim/mode-queue", rest);
		else
			unlink("sim/mode-queue");
		taken = true;
	}
	free(text);
	taken |= !early;
}

/* Some faults strike every run, even a bare +quit; the others wait for a login or an app_update. */
void mode_take_early(void)
{
	take(true);
}

void mode_take(void)
{
	take(false);
}

bool mode_is(const char *name)
{
	return !strcmp(settings.mode, name);
}

bool mode_starts(const char *prefix)
{
	return !strncmp(settings.mode, prefix, strlen(prefix));
}

/* An empty HOME is taken at its word; only a missing one is looked up. */
const char *home(void)
{
	const char *set_home = getenv("HOME");
	struct passwd *user;

	if (set_home)
		return set_home;
	user = getpwuid(getuid());
	return user ? user->pw_dir : "";
}

const char *data_dir(void)
{
	static char path[PATH_SIZE];
	struct stat info;

	snprintf(path, sizeof path, "%s/.steam/steam", home());
	if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode))
		snprintf(path, sizeof path, "%s/Steam", home());
	return path;
}

bool make_dirs(const char *path)
{
	char part[PATH_SIZE];

	snprintf(part, sizeof part, "%s", path);
	for (char *at = part + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		if (mkdir(part, 0755) != 0 && errno != EEXIST)
			return false;
		*at = '/';
	}
	return mkdir(part, 0755) == 0 || errno == EEXIST;
}

/* By rename, so that a reader never sees half a file. */
bool write_text(const char *path, const char *text)
{
	char aside[PATH_SIZE];
	bool good;
	FILE *file;

	snprintf(aside, sizeof aside, "%s.tmp", path);
	file = fopen(aside, "w");
	if (!file)
		return false;
	good = fputs(text, file) >= 0;
	good = fclose(file) == 0 && good;
	return good && rename(aside, path) == 0;
}

char *read_text(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 65536);

	if (!file || !text || fread(text, 1, 65535, file) == 0) {
		free(text);
		text = NULL;
	}
	if (file)
		fclose(file);
	return text;
}

bool copy_file(const char *from, const char *to)
{
	char buffer[4096];
	FILE *in = fopen(from, "r"), *out = in ? fopen(to, "w") : NULL;
	bool good = out != NULL;
	size_t count;

	while (good && (count = fread(buffer, 1, sizeof buffer, in)) > 0)
		good = fwrite(buffer, 1, count, out) == count;
	if (in)
		fclose(in);
	return (!out || fclose(out) == 0) && good && chmod(to, 0755) == 0;
}
