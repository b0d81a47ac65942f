/*
 * main.c - the SteamCMD double: linux32/steamcmd.
 *
 * First run: phase A, a self-update that ends with code 42, upon which steamcmd.sh starts it again.
 * Then phase B: the commands of the command line, in their order, and a prompt if none was +quit.
 */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define WORDS 16

static bool stop_on_failure, done;
static int login_status, status;

static const char *crash_marker(void)
{
	static char path[PATH_SIZE + 16];

	snprintf(path, sizeof path, "%s/.crash", data_dir());
	return path;
}

static void command(char **words, int count);

static void run_script(const char *path)
{
	char line[1024];
	FILE *script = fopen(path, "r");

	if (!script) {
		say("Failed to load script file '%s'\n", path);
		status = EXIT_UNKNOWN;
		done = stop_on_failure;
		return;
	}
	while (!done && fgets(line, sizeof line, script)) {
		char *words[WORDS], *at = line;
		int count = 0;

		while (count < WORDS) {
			at += strspn(at, " \t\r\n");
			if (!*at || !strncmp(at, "//", 2))
				break;
			if (*at == '"') {
				words[count++] = ++at;
				at += strcspn(at, "\"\n");
			} else {
				words[count++] = at;
				at += strcspn(at, " \t\r\n");
			}
			if (*at)
				*at++ = '\0';
		}
		if (count > 0)
			command(words, count);
	}
	fclose(script);
}

/* A refused login stays the verdict; of updates the last one counts. */
static void failed(int code, bool from_login)
{
	if (from_login)
		login_status = code;
	else
		status = code;
	if (code != EXIT_OK && stop_on_failure)
		done = true;
}

static void command(char **words, int count)
{
	const char *name = words[0], *value = count > 1 ? words[1] : "";

	if (!strcasecmp(name, "quit") || !strcasecmp(name, "exit"))
		done = true;
	else if (!strcasecmp(name, "force_install_dir"))
		force_install_dir(value);
	else if (!strcasecmp(name, "login"))
		failed(login(words + 1, count - 1), true);
	else if (!strcasecmp(name, "set_steam_guard_code"))
		guard_code(value);
	else if (!strcasecmp(name, "app_update"))
		failed(app_update(words + 1, count - 1), false);
	else if (!strcasecmp(name, "runscript"))
		run_script(value);
	else if (!strcasecmp(name, "@sSteamCmdForcePlatformType"))
		force_platform(value);
	else if (!strcasecmp(name, "@ShutdownOnFailedCommand") || !strcasecmp(name, "@NoPromptForPassword")) {
		if (name[1] == 'S' || name[1] == 's')
			stop_on_failure = atoi(value) != 0;
		else
			no_prompt = atoi(value) != 0;
		say("\"%s\" = \"%s\"\n", name, value);
	} else if (!strcasecmp(name, "app_info_update"))
		app_info_asked = atoi(value) != 0;
	else if (!strcasecmp(name, "app_info_print"))
		failed(app_info_print(value), false);
	else
		say("Command not found: %s\n", name);
}

/* A word that begins with + is a command; what follows, up to the next one, are its arguments. */
static void run_arguments(int argc, char **argv)
{
	for (int i = 1; i < argc && !done;) {
		char *words[WORDS];
		int count = 0;

		if (argv[i][0] != '+') {
			i++;
			continue;
		}
		words[count++] = argv[i++] + 1;
		while (i < argc && argv[i][0] != '+') {
			if (count < WORDS)
				words[count++] = argv[i];
			i++;
		}
		command(words, count);
	}
}

static void run_prompt(void)
{
	char line[1024];

	while (!done) {
		char *words[WORDS];
		int count = 0;

		/* Without input it stays at its prompt, for ever. */
		if (!ask("\nSteam>", line, sizeof line))
			hang();
		for (char *at = strtok(line, " \t"); at && count < WORDS; at = strtok(NULL, " \t"))
			words[count++] = at;
		if (count > 0)
			command(words, count);
	}
}

static bool has_work(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcasecmp(argv[i], "+login") || !strcasecmp(argv[i], "+app_update") ||
		    !strcasecmp(argv[i], "+runscript"))
			return true;
	return false;
}

/* The faults of a host that cannot start the program; told in the words of bash. */
static void refuse_to_start(void)
{
	bool missing = mode_is("loader_missing");

	if (!missing && !mode_is("noexec"))
		return;
	fprintf(stderr, "%s/steamcmd.sh: line 37: %s/linux32/steamcmd: %s\n", root, root,
		missing ? "cannot execute: required file not found" : "Permission denied");
	_exit(missing ? 127 : 126);
}

static void client(int argc, char **argv)
{
	if (has_work(argc, argv)) {
		mode_take();
		if (mode_is("lying_zero")) {
			fprintf(stderr, "steamcmd.sh[%d]: Restarting steamcmd by request...\n", (int)getpid());
			_exit(EXIT_OK);
		}
		if (mode_is("stall_silent"))
			hang();
		be_stubborn();
	}
	open_logs();
	client_greeting();
	if (mode_starts("say_")) {
		char *text = read_text("sim/say");

		say("%s", text ? text : "");
		exit(atoi(settings.mode + strlen("say_")));
	}
	if (access(crash_marker(), F_OK) == 0)
		say("Looks like steam didn't shutdown cleanly, scheduling immediate update check\n");
	write_text(crash_marker(), "running\n");
	run_arguments(argc, argv);
	run_prompt();
	say(status || login_status ? "Unloading Steam API..." SGR "OK " SGR : "Unloading Steam API..." SGR "OK\n");
	unlink(crash_marker());
}

int main(int argc, char **argv)
{
	settings_load(argv[0]);
	trees_load();
	mode_take_early();
	refuse_to_start();
	if (mode_is("offline")) {
		open_logs();
		return offline();
	}
	if (mode_is("update_needs_disk")) {
		open_logs();
		line_failure("start", &status);
		return status;
	}
	if (!bootstrapped()) {
		open_logs();
		return self_update();
	}
	client(argc, argv);
	return login_status ? login_status : status;
}
