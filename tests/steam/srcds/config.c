/* config.c - configuration files and variables, read as the engine reads them. */
#include "engine.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

char *word(char *at, char *out, size_t size)
{
	size_t n = 0;
	int quoted;

	while (isspace((unsigned char)*at))
		at++;
	quoted = *at == '"';
	at += quoted;
	while (*at && (quoted ? *at != '"' : !isspace((unsigned char)*at))) {
		if (n + 1 < size)
			out[n++] = *at;
		at++;
	}
	out[n] = '\0';
	return *at ? at + 1 : at;
}

int set_variable(const char *name, char *rest)
{
	struct {
		const char *name;
		char *value;
		size_t size;
	} variables[] = {
		{ "hostname", hostname, sizeof hostname },
		{ "rcon_password", rcon_password, sizeof rcon_password },
	};

	for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
		if (strcasecmp(name, variables[i].name) != 0)
			continue;
		rest += strspn(rest, " \t");
		/* A variable takes the rest of the line, quoted or not. */
		if (*rest == '"')
			word(rest, variables[i].value, variables[i].size);
		else
			snprintf(variables[i].value, variables[i].size, "%.*s", (int)strcspn(rest, "\r\n"), rest);
		return 1;
	}
	return 0;
}

/* Later lines win, exec goes on with another file. */
int read_config(const char *name, int depth)
{
	char path[4096], text[2048], command[64], value[128];
	char *rest;
	int lines = 0;
	FILE *file;

	snprintf(path, sizeof path, "%s/cfg/%s%s", game, name, strchr(name, '.') ? "" : ".cfg");
	file = fopen(path, "r");
	if (!file)
		return -1;
	while (fgets(text, sizeof text, file)) {
		lines++;
		rest = word(text, command, sizeof command);
		if (set_variable(command, rest) || strcasecmp(command, "exec") || depth > 0)
			continue;
		word(rest, value, sizeof value);
		line("double: exec %s %s", value, read_config(value, 1) < 0 ? "missing" : "ok");
	}
	fclose(file);
	return lines;
}
