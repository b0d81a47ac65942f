/*
 * tree.c - which files a build has.
 *
 * A build is an id and a list of words, each of which changes its files (README.md). The way from one build to
 * another is never written down: it is what their files differ in, in either direction.
 */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define B(path_, depot_, share_) { .path = path_, .depot = depot_, .kind = BLOB, .share = share_ }
#define T(path_, text_) { .path = path_, .depot = COMMON, .kind = TEXT, .text = text_ }
/* There with a word, or without it. */
#define WITH(word_, path_, kind_, text_) \
	{ .path = path_, .depot = COMMON, .kind = kind_, .text = text_, .with = word_ }
#define WITHOUT(word_, path_, kind_, text_) \
	{ .path = path_, .depot = COMMON, .kind = kind_, .text = text_, .without = word_ }
/* One file in two places. */
#define OLD_PLACE "left4dead2/materials/"
#define NEW_PLACE "left4dead2/materials_v2/"
#define MOVED(name_, text_) \
	{ .path = OLD_PLACE name_, .depot = COMMON, .kind = TEXT, .text = text_, .without = "renamed", \
	  .from = NEW_PLACE name_ }, \
	{ .path = NEW_PLACE name_, .depot = COMMON, .kind = TEXT, .text = text_, .with = "renamed", \
	  .from = OLD_PLACE name_ }

/* Real ELF: the loader finds these through LD_LIBRARY_PATH, and rubbish would stop every program. */
#define L(path_) { .path = path_, .depot = LINUX, .kind = COPY, .text = "linux32/crashhandler.so" }

/* The first one takes what rounding leaves over, so the common depot is as large as was asked for. */
static const struct item fixed[] = {
	{ .path = "left4dead2/pak01_dir.vpk", .depot = COMMON, .kind = BLOB, .share = 430, .changed_with = "big" },
	B("left4dead2/pak01_000.vpk", COMMON, 15),
	B("left4dead2/maps/c1m1_hotel.bsp", COMMON, 61),
	B("left4dead2/maps/c1m2_streets.bsp", COMMON, 47),
	B("left4dead2/maps/c2m1_highway.bsp", COMMON, 83),
	{ .path = "left4dead2/maps/c5m1_waterfront.bsp", .depot = COMMON, .kind = BLOB, .share = 38, .per_build = true },
	{ .path = "left4dead2/maps/c8m1_apartment.bsp", .depot = COMMON, .kind = BLOB, .share = 7, .without = "deleted" },
	B("left4dead2_dlc1/pak01_dir.vpk", COMMON, 118),
	B("left4dead2_dlc2/pak01_dir.vpk", COMMON, 93),
	{ .path = "left4dead2_dlc3/pak01_dir.vpk", .depot = COMMON, .kind = BLOB, .share = 71, .without = "deleted" },
	B("hl2/pak01_dir.vpk", COMMON, 15),
	B("update/pak01_dir.vpk", COMMON, 9),
	B("platform/pak01.vpk", COMMON, 13),
	{ .path = "left4dead2/addons", .depot = COMMON, .kind = EMPTY },
	T("left4dead2/cfg/valve.rc", "// executed at start\nexec autoexec.cfg\nstuffcmds\n"),
	T("left4dead2/cfg/empty.cfg", ""),
	{ .path = "left4dead2/gameinfo.txt", .depot = COMMON, .kind = TEXT, .per_build = true,
	  .text = "\"GameInfo\"\n{\n\tgame \"Left 4 Dead 2\" // build %s\n\tFileSystem { SteamAppId 550 }\n}\n" },
	T("left4dead2/steam.inf", "PatchVersion=2.2.4.3\r\nProductName=left4dead2\r\nappID=550\r\n"),

	WITH("added", "left4dead2/maps/c14m1_junkyard.bsp", TEXT, "a map\n"),
	WITH("added", "left4dead2_dlc4/maps/c15m1_new.bsp", TEXT, "a map in a new directory\n"),
	WITHOUT("types", "left4dead2/scripts/was_file", TEXT, "a file\n"),
	WITH("types", "left4dead2/scripts/was_file/inner.txt", TEXT, "a file in what was a file\n"),
	WITHOUT("types", "left4dead2/scripts/was_directory/inner.txt", TEXT, "a file in a directory\n"),
	WITHOUT("types", "left4dead2/scripts/was_directory/deeper/inner.txt", TEXT, "a file in a directory\n"),
	WITH("types", "left4dead2/scripts/was_directory", TEXT, "a file where a directory was\n"),
	WITHOUT("types", "left4dead2/scripts/was_no_link", TEXT, "a file of its own\n"),
	WITH("types", "left4dead2/scripts/was_no_link", LINK, "target.txt"),
	T("left4dead2/scripts/target.txt", "what a link leads to\n"),
	WITHOUT("remade", REMADE "/old.txt", TEXT, "gone when the directory is made anew\n"),
	WITHOUT("remade", REMADE "/both.txt", TEXT, "as it was\n"),
	WITH("remade", REMADE "/both.txt", TEXT, "as it is in the new directory\n"),
	WITH("remade", REMADE "/new.txt", TEXT, "only in the new directory\n"),
	{ .path = "left4dead2/scripts/mode.txt", .depot = COMMON, .kind = TEXT, .text = "only its mode changes\n",
	  .executable_with = "modes" },
	MOVED("concrete.vmt", "LightmappedGeneric\n{\n}\n"),
	MOVED("deep/glass.vmt", "Refract\n{\n}\n"),

	B("srcds.exe", WINDOWS, 1),
	B("bin/engine.dll", WINDOWS, 10),
	B("bin/dedicated.dll", WINDOWS, 6),
	{ .path = "srcds_run", .depot = LINUX, .kind = COPY, .text = "sim/srcds_run", .executable = true },
	{ .path = "srcds_linux", .depot = LINUX, .kind = COPY, .text = "sim/srcds_linux", .executable = true },
	B("bin/engine_srv.so", LINUX, 18),
	B("bin/dedicated_srv.so", LINUX, 7),
	L("bin/libsteam_api.so"),
	L("bin/libstdc++.so.6"),
	L("bin/libgcc_s.so.1"),
	L("bin/steamclient.so"),
	{ .path = "bin/libsteamvalidateuseridtickets.so", .depot = LINUX, .kind = COPY, .text = "sim/execstack.so" },
};
#define FIXED (sizeof fixed / sizeof fixed[0])

const struct item *items;
size_t item_count;
struct tree offered;

static const char *const no_words = "";

/* The words of a build, as sim/settings has them. */
static const char *words_of(const char *build)
{
	for (size_t i = 0; i < settings.tree_count; i++)
		if (!strcmp(settings.trees[i].build, build))
			return settings.trees[i].words;
	return no_words;
}

/* The next word, or NULL. */
static const char *next_word(const char **at, char *word, size_t size)
{
	size_t length = strcspn(*at, ",");

	if (!length)
		return NULL;
	snprintf(word, size, "%.*s", (int)length, *at);
	*at += length;
	*at += **at == ',';
	return word;
}

static bool has_word(const char *words, const char *wanted)
{
	char word[64];

	while (next_word(&words, word, sizeof word))
		if (!strcmp(word, wanted))
			return true;
	return false;
}

bool tree_says(const struct tree *tree, const char *word)
{
	return has_word(tree->words, word);
}

bool tree_has(const struct tree *tree, const struct item *item)
{
	return (!item->with || tree_says(tree, item->with)) && (!item->without || !tree_says(tree, item->without));
}

/* Of which build the contents of a file are, or "" if every build has the same. */
const char *tree_seed(const struct tree *tree, const struct item *item)
{
	if (item->per_build || (item->changed_with && tree_says(tree, item->changed_with)))
		return tree->seed;
	return "";
}

bool tree_executable(const struct tree *tree, const struct item *item)
{
	return item->executable || (item->executable_with && tree_says(tree, item->executable_with));
}

/* A file of the build at this path, whatever it is. */
bool tree_has_path(const struct tree *tree, const char *path)
{
	for (size_t i = 0; i < item_count; i++)
		if (tree_has(tree, &items[i]) && !strcmp(items[i].path, path))
			return true;
	return false;
}

void tree_of(const char *build, struct tree *tree)
{
	char word[64];
	const char *at;

	memset(tree, 0, sizeof *tree);
	snprintf(tree->seed, sizeof tree->seed, "%s", build);
	at = tree->words = words_of(build);
	while (next_word(&at, word, sizeof word))
		if (!strncmp(word, "like_", 5))
			snprintf(tree->seed, sizeof tree->seed, "%.31s", word + 5);
}

static char *formatted(const char *format, const char *text, unsigned number)
{
	char *path = malloc(128);

	if (!path)
		abort();
/* The formats are those of the callers below. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(path, 128, format, text, number / 100, number);
#pragma GCC diagnostic pop
	return path;
}

static void add(struct item *to, struct item item)
{
	to[item_count++] = item;
}

/* An empty file that tells the double of the engine how to behave, for each word of that kind. */
static void add_switches(struct item *to, const char *words)
{
	char word[64];

	while (next_word(&words, word, sizeof word)) {
		struct item item = { .depot = COMMON, .kind = TEXT, .text = "" };

		if (strncmp(word, "double-", 7) != 0)
			continue;
		item.path = formatted("left4dead2/%s", word, 0);
		item.with = strdup(word);
		for (size_t i = FIXED; i < item_count; i++)
			if (!strcmp(to[i].path, item.path))
				item.path = NULL;
		if (item.path)
			add(to, item);
	}
}

void trees_load(void)
{
	size_t most = FIXED + settings.files;
	struct item *all;

	for (size_t i = 0; i < settings.tree_count; i++)
		for (const char *at = settings.trees[i].words; *at; at++)
			most += *at == ',' || !at[1];
	all = calloc(most, sizeof *all);
	if (!all)
		abort();
	memcpy(all, fixed, sizeof fixed);
	item_count = FIXED;
	for (size_t i = 0; i < settings.tree_count; i++)
		add_switches(all, settings.trees[i].words);
	for (unsigned i = 0; i < settings.files; i++)
		add(all, (struct item){ .path = formatted("left4dead2/many%s/%03u/%06u.txt", "", i), .depot = COMMON,
					.kind = BLOB, .fixed = 100, .changed_with = i % 10 ? NULL : "many" });
	items = all;
	tree_of(settings.build, &offered);
}
