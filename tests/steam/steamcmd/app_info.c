/*
 * app_info.c - what Steam tells of the app, and the copy of it that is kept.
 *
 * A kept copy is believed, also when Steam has a newer build by now: nothing but its removal helps. That makes
 * "already up to date" false, as it was seen to be.
 */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool app_info_asked;

static const char *kept_path(void)
{
	static char path[PATH_SIZE + 32];

	snprintf(path, sizeof path, "%s/appcache/appinfo.vdf", data_dir());
	return path;
}

/* From here on the build on offer is the one that the copy names; without a copy one is made. */
void app_info_know(void)
{
	char dir[PATH_SIZE + 32], *text = read_text(kept_path());

	if (text && sscanf(text, APP " %31s", settings.build) == 1) {
		free(text);
		tree_of(settings.build, &offered);
		return;
	}
	free(text);
	snprintf(dir, sizeof dir, "%s/appcache", data_dir());
	make_dirs(dir);
	text = malloc(64);
	if (text) {
		snprintf(text, 64, APP " %s\n", settings.build);
		write_text(kept_path(), text);
	}
	free(text);
}

static void branch(const char *name, const char *build, const char *note)
{
	say("\t\t\t\"%s\"\n\t\t\t{\n\t\t\t\t\"buildid\"\t\t\"%s\"\n%s\t\t\t\t\"timeupdated\"\t\t\"1733174231\"\n\t\t\t}\n", name,
	    build, note);
}

static void depot(const char *id, const char *os, const char *manifest)
{
	say("\t\t\"%s\"\n\t\t{\n", id);
	if (os)
		say("\t\t\t\"config\"\n\t\t\t{\n\t\t\t\t\"oslist\"\t\t\"%s\"\n\t\t\t}\n", os);
	say("\t\t\t\"manifests\"\n\t\t\t{\n\t\t\t\t\"public\"\n\t\t\t\t{\n\t\t\t\t\t\"gid\"\t\t\"%s\"\n\t\t\t\t}\n\t\t\t}\n\t\t}\n",
	    manifest);
}

int app_info_print(const char *app)
{
	char *kept = read_text(kept_path());

	if (!logged_in) {
		say_error("ERROR! Failed to request AppInfo update, not online or not logged in to Steam.");
		return EXIT_APP;
	}
	app_info_know();
	if (!kept || mode_is("app_info_none")) {
		free(kept);
		say("No app info for AppID %s found, requesting...\n", app);
		return EXIT_OK;
	}
	free(kept);
	say("AppID : " APP ", change number : 27094342/0, last change : Tue Sep 29 21:04:12 2026\n");
	if (mode_is("app_info_empty")) {
		say("\"" APP "\"\n{\n}\n" SGR);
		return EXIT_OK;
	}
	say("\"" APP "\"\n{\n\t\"common\"\n\t{\n\t\t\"name\"\t\t\"Left 4 Dead 2 Dedicated Server\"\n\t\t\"type\"\t\t\"Tool\"\n"
	    "\t\t\"oslist\"\t\t\"windows,linux\"\n\t\t\"gameid\"\t\t\"" APP "\"\n\t}\n"
	    "\t\"config\"\n\t{\n\t\t\"installdir\"\t\t\"Left 4 Dead 2 Dedicated Server\"\n\t}\n\t\"depots\"\n\t{\n");
	depot("222861", NULL, "4827977561765481436");
	depot("222862", "windows", "7182736455463728190");
	depot("222863", "linux", "3515563682502255567");
	say("\t\t\"branches\"\n\t\t{\n");
	if (mode_is("app_info_cut"))
		return EXIT_OK;
	branch("public", settings.build, "");
	branch("previous", "11111111", "\t\t\t\t\"description\"\t\t\"the \\\"old\\\" one }\"\n");
	branch("zzz_beta", "99999999", "\t\t\t\t\"pwdrequired\"\t\t\"1\"\n");
	say("\t\t}\n\t\t\"privatebranches\"\t\t\"1\"\n\t}\n}\n" SGR);
	return EXIT_OK;
}
