/*
 * players.c - who plays. A test says so while the server runs, either in left4dead2/double-players, a name a line with
 * its score and its seconds behind tabs, and "*" before a bot, or with the console command "double_players NAME...".
 * The file counts where there is one.
 */
#include "engine.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 64

static struct player present[MOST];
static size_t count;

static void join(const char *text)
{
	struct player *player = &present[count];
	char *end;

	if (count == MOST)
		return;
	*player = (struct player){ .is_bot = *text == '*' };
	text += player->is_bot;
	snprintf(player->name, sizeof player->name, "%.*s", (int)strcspn(text, "\t"), text);
	text += strcspn(text, "\t");
	if (*text) {
		player->score = (int)strtol(text + 1, &end, 10);
		player->seconds = strtof(end, NULL);
	}
	count++;
}

void set_players(char *names)
{
	char name[128];

	count = 0;
	while (names = word(names, name, sizeof name), *name)
		join(name);
}

size_t players(const struct player **list)
{
	FILE *file = fopen(in_game("double-players"), "r");
	char text[256];

	*list = present;
	if (!file)
		return count;
	count = 0;
	while (fgets(text, sizeof text, file)) {
		text[strcspn(text, "\n")] = '\0';
		if (*text)
			join(text);
	}
	fclose(file);
	return count;
}
