/* report.c - what the engine sees of its surroundings, in lines that begin with "double: ". */
#include "engine.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void report_addons(void)
{
	char *names[4096], list[65536] = "";
	size_t count = 0, used = 0;
	DIR *dir = opendir(in_game("addons"));
	struct dirent *entry;
	struct stat info;

	if (!dir) {
		line("double: addons failed: %s", strerror(errno));
		return;
	}
	while (errno = 0, (entry = readdir(dir)) != NULL && count < 4096)
		if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			names[count++] = strdup(entry->d_name);
	if (errno)
		line("double: addons failed: %s%s", errno == EOVERFLOW ? "EOVERFLOW " : "", strerror(errno));
	closedir(dir);
	qsort(names, count, sizeof names[0], by_name);
	for (size_t i = 0; i < count && used < sizeof list; i++) {
		char path[4096];

		used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i ? "," : "", names[i]);
		snprintf(path, sizeof path, "%s/addons/%s", game, names[i]);
		/* A link whose target the sandbox hides, or an inode beyond 32 bits, is lost to the engine. */
		if (stat(path, &info) != 0)
			line("double: addon %s unreadable: %s%s", names[i],
			     errno == EOVERFLOW ? "EOVERFLOW " : "", strerror(errno));
		free(names[i]);
	}
	line("double: addons %s", list);
}

int steamclient_found(void)
{
	const char *home = getenv("HOME");
	char path[4096];

	snprintf(path, sizeof path, "%s/.steam/sdk32/steamclient.so", home ? home : "");
	if (access(path, R_OK) == 0) {
		line("[S_API] SteamAPI_Init(): Loaded '%s' OK.", path);
		line("double: steamclient ok");
		return 1;
	}
	line("dlopen failed trying to load:\n%s\nwith error:\n%s: cannot open shared object file: %s", path, path,
	     strerror(errno));
	line("double: steamclient missing");
	return 0;
}

int report_probe(const char *what, int good, const char *yes, const char *no)
{
	line("double: %s %s", what, good ? yes : no);
	return good;
}

int can_write(void)
{
	FILE *file = fopen(in_game("double.txt"), "w");
	int good = file && fputs("written by the engine double\n", file) >= 0;

	return file && fclose(file) == 0 && good;
}

int can_execute_written_memory(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page != MAP_FAILED;
}

/* The game's own library of this name has an executable stack, for which glibc 2.41 refuses dlopen(). */
void report_executable_stack(void)
{
	const char *why = dlopen("bin/libsteamvalidateuseridtickets.so", RTLD_NOW) ? NULL : dlerror();

	line("double: execstack %s%s", why ? "refused: " : "ok", why ? why : "");
}

void report_surroundings(int argc, char **argv, const char *config)
{
	char text[8192] = "";
	size_t used = 0;
	int lines;

	line("double: cwd %s", getcwd(text, sizeof text) ? text : "unknown");
	text[0] = '\0';
	for (int i = 1; i < argc && used < sizeof text; i++)
		used += (size_t)snprintf(text + used, sizeof text - used, " [%s]", argv[i]);
	line("double: args%s", text);
	if (!exists(game)) {
		line("double: game dir %s missing", game);
		exit(1);
	}
	line("double: game dir %s present", game);
	lines = read_config(config, 0);
	if (lines < 0)
		line("double: server.cfg missing");
	else
		line("double: server.cfg %d lines", lines);
	line("double: server.cfg hostname \"%s\"", hostname);
	report_addons();
}
