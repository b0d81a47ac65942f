/* manifest.c - steamapps/appmanifest_222860.acf, in the layout that Steam writes. */
#include "sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const manifest_ids[DEPOTS] = {
	"4827977561765481436",
	"7182736455463728190",
	"3515563682502255567",
};

static const char *path_in(const char *dir)
{
	static char path[PATH_SIZE];

	snprintf(path, sizeof path, "%s/steamapps/appmanifest_" APP ".acf", dir);
	return path;
}

static bool value_of(const char *text, const char *key, char *to, size_t size)
{
	char quoted[64];
	const char *at;
	size_t length;

	snprintf(quoted, sizeof quoted, "\t\"%s\"\t\t\"", key);
	at = strstr(text, quoted);
	if (!at)
		return false;
	at += strlen(quoted);
	length = strcspn(at, "\"\n");
	snprintf(to, size, "%.*s", (int)length, at);
	return true;
}

/* What is missing or unreadable leaves a manifest without depots: nothing is installed. */
void manifest_read(const char *dir, struct manifest *manifest)
{
	char *text = read_text(path_in(dir)), value[64];

	memset(manifest, 0, sizeof *manifest);
	if (!text)
		return;
	if (value_of(text, "StateFlags", value, sizeof value))
		manifest->flags = atoi(value);
	value_of(text, "buildid", manifest->build, sizeof manifest->build);
	value_of(text, "TargetBuildID", manifest->target, sizeof manifest->target);
	for (int depot = 0; depot < DEPOTS; depot++) {
		snprintf(value, sizeof value, "\t\"%s\"\n", depot_ids[depot]);
		manifest->depot[depot] = strstr(text, value) != NULL;
	}
	free(text);
}

bool manifest_write(const char *dir, const struct manifest *manifest)
{
	char text[4096], depots[1024] = "", steamapps[PATH_SIZE];
	unsigned long long wanted = manifest->wanted, fetched = manifest->fetched, on_disk = 0;

	for (int depot = 0; depot < DEPOTS; depot++) {
		unsigned long long size = depot_size((enum depot)depot);
		size_t used = strlen(depots);

		if (!manifest->depot[depot])
			continue;
		on_disk += size;
		snprintf(depots + used, sizeof depots - used,
			 "\t\t\"%s\"\n\t\t{\n\t\t\t\"manifest\"\t\t\"%s\"\n\t\t\t\"size\"\t\t\"%llu\"\n\t\t}\n",
			 depot_ids[depot], manifest_ids[depot], size);
	}
	snprintf(text, sizeof text,
		 "\"AppState\"\n{\n"
		 "\t\"appid\"\t\t\"" APP "\"\n"
		 "\t\"Universe\"\t\t\"1\"\n"
		 "\t\"name\"\t\t\"Left 4 Dead 2 Dedicated Server\"\n"
		 "\t\"StateFlags\"\t\t\"%d\"\n"
		 "\t\"installdir\"\t\t\"Left 4 Dead 2 Dedicated Server\"\n"
		 "\t\"LastUpdated\"\t\t\"%lld\"\n"
		 "\t\"LastPlayed\"\t\t\"0\"\n"
		 "\t\"SizeOnDisk\"\t\t\"%llu\"\n"
		 "\t\"StagingSize\"\t\t\"0\"\n"
		 "\t\"buildid\"\t\t\"%s\"\n"
		 "\t\"LastOwner\"\t\t\"76561201829008447\"\n"
		 "\t\"UpdateResult\"\t\t\"0\"\n"
		 "\t\"BytesToDownload\"\t\t\"%llu\"\n"
		 "\t\"BytesDownloaded\"\t\t\"%llu\"\n"
		 "\t\"BytesToStage\"\t\t\"%llu\"\n"
		 "\t\"BytesStaged\"\t\t\"%llu\"\n"
		 "\t\"TargetBuildID\"\t\t\"%s\"\n"
		 "\t\"AutoUpdateBehavior\"\t\t\"0\"\n"
		 "\t\"AllowOtherDownloadsWhileRunning\"\t\t\"0\"\n"
		 "\t\"ScheduledAutoUpdate\"\t\t\"0\"\n"
		 "\t\"InstalledDepots\"\n\t{\n%s\t}\n"
		 "\t\"UserConfig\"\n\t{\n\t}\n"
		 "\t\"MountedConfig\"\n\t{\n\t}\n"
		 "}\n",
		 manifest->flags, (long long)time(NULL), on_disk, manifest->build[0] ? manifest->build : "0", wanted,
		 fetched, wanted, fetched, manifest->target[0] ? manifest->target : "0", depots);
	snprintf(steamapps, sizeof steamapps, "%s/steamapps", dir);
	return make_dirs(steamapps) && write_text(path_in(dir), text);
}
