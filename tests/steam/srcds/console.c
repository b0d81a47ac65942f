/* console.c - the console commands that somebody who runs a server asks for. */
#include "engine.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#define VARIABLES 2500

void say(struct reply *to, const char *format, ...)
{
	va_list args, again;
	int length;

	va_start(args, format);
	va_copy(again, args);
	length = vsnprintf(NULL, 0, format, args);
	if (to->length + (size_t)length + 1 > to->size) {
		to->size = (to->length + (size_t)length + 1) * 2;
		to->text = realloc(to->text, to->size);
		if (!to->text)
			abort();
	}
	vsnprintf(to->text + to->length, to->size - to->length, format, again);
	to->length += (size_t)length;
	va_end(again);
	va_end(args);
}

static void status(struct reply *to)
{
	const struct player *list;
	size_t count = players(&list), bots = 0;

	for (size_t i = 0; i < count; i++)
		bots += (size_t)list[i].is_bot;
	say(to, "hostname: %s\nversion : 2.2.4.3 9309 secure  (unknown)\n", hostname);
	say(to, "udp/ip  : %s:%d [ public n/a ]\nos      : Linux Dedicated\nmap     : %s\n", ip ? ip : "0.0.0.0", port, map);
	say(to, "players : %u humans, %u bots (%d max) (%s) (unreserved)\n\n", (unsigned)(count - bots), (unsigned)bots,
	    max_players, count > bots ? "not hibernating" : "hibernating");
	say(to, "# userid name uniqueid connected ping loss state rate adr\n");
	for (size_t i = 0; i < count; i++) {
		int seconds = (int)list[i].seconds;

		if (list[i].is_bot)
			say(to, "#%3u \"%s\" BOT active\n", (unsigned)i + 2, list[i].name);
		else
			say(to, "#%3u %u \"%s\" STEAM_1:0:%u %02d:%02d 50 0 active 30000 192.0.2.7:27005\n", (unsigned)i + 2,
			    (unsigned)i + 1, list[i].name, 1000 + (unsigned)i, seconds / 60, seconds % 60);
	}
	say(to, "#end\n");
}

/* MetaMod's, where it is in the tree: a plugin that did not load has no name. */
static void meta(struct reply *to, char *rest)
{
	char verb[16];
	int plugins = exists(in_game("addons/metamod/sourcemod.vdf"));

	word(rest, verb, sizeof verb);
	if (strcasecmp(verb, "list") != 0) {
		say(to, "Metamod:Source Menu\nusage: meta <command> [arguments]\n");
	} else if (!plugins) {
		say(to, "No plugins loaded.\n");
	} else if (exists(in_game("double-meta-error"))) {
		say(to, "Listing 2 plugins:\n  [01] SourceMod (1.12.0.7177) by AlliedModders LLC\n  [02] <FAILED>\n");
	} else {
		say(to, "Listing 1 plugin:\n  [01] SourceMod (1.12.0.7177) by AlliedModders LLC\n");
	}
}

/* Some 300 KB, in as many packets as it takes. */
static void list_variables(struct reply *to)
{
	say(to, "cvar list\n--------------\n");
	for (int i = 0; i < VARIABLES; i++)
		say(to, "%-40s : %-8d : \"sv\", \"rep\" : a variable of the double, \xc2\xb7 %d\n", "sv_double", i, i);
	say(to, "--------------\n%d total convars/concommands\n", VARIABLES);
}

/* What everybody sees in the game, and the console too. */
static void announce(const char *text)
{
	size_t length = strlen(text);

	/* A pair of quotes around it is left out. */
	if (length > 1 && text[0] == '"' && text[length - 1] == '"')
		line("Console: %.*s", (int)length - 2, text + 1);
	else
		line("Console: %s", text);
}

static void obey(char *command, struct reply *to)
{
	char name[64];
	char *rest = word(command, name, sizeof name);

	rest += strspn(rest, " \t");
	if (!*name)
		return;
	if (!strcasecmp(name, "say"))
		announce(rest);
	else if (!strcasecmp(name, "echo"))
		say(to, "%s \n", rest);
	else if (!strcasecmp(name, "status"))
		status(to);
	else if (!strcasecmp(name, "meta") && exists(in_game("addons/metamod")))
		meta(to, rest);
	else if (!strcasecmp(name, "cvarlist"))
		list_variables(to);
	else if (!strcasecmp(name, "map") || !strcasecmp(name, "changelevel"))
		word(rest, map, sizeof map);
	else if (!strcasecmp(name, "double_players"))
		set_players(rest);
	else if (!strcasecmp(name, "quit"))
		exit(0);
	else if (!strcasecmp(name, "hostname") && !*rest)
		say(to, "\"hostname\" = \"%s\" ( def. \"\" )\n", hostname);
	else if (!set_variable(name, rest))
		say(to, "Unknown command \"%s\"\n", name);
	if (!strcasecmp(name, "rcon_password"))
		rcon_log_out();
}

void console(char *commands, struct reply *to)
{
	int quoted = 0;
	char *begin = commands;

	for (char *at = commands; *at; at++) {
		quoted ^= *at == '"';
		if ((*at == ';' && !quoted) || *at == '\n') {
			*at = '\0';
			obey(begin, to);
			begin = at + 1;
		}
	}
	obey(begin, to);
}
