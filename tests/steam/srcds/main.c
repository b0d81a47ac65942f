/*
 * The double of the Left 4 Dead 2 engine, srcds_linux.
 *
 * It does what a host set-up can get wrong: it needs the 32-bit loader, reads directories with the
 * 32-bit readdir, looks for steamclient.so below $HOME, wants /proc/cpuinfo, writable-executable
 * memory and a writable game directory, loads a library with an executable stack, moves to another
 * port when its own is taken, answers A2S behind a challenge, three datagrams a second to each
 * address, and has a console that is reached by RCON. What it sees it reports in lines that begin
 * with "double: ".
 *
 * Build it without _FILE_OFFSET_BITS and without _GNU_SOURCE: the first would hide the inode
 * overflow that the engine suffers from, the second binds symbols that Debian 12 does not have.
 */
#include "engine.h"
#include "probe.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

const char *game = "left4dead2";
const char *ip = NULL;
char map[64];
char hostname[128] = GAME_NAME;
char rcon_password[128];
int port = 27015;
int max_players = 8;
static const char *config = "server.cfg";

void line(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	/* Tests and the journal follow the start; the reports must not wait for a full buffer. */
	fflush(stdout);
}

static void parse_arguments(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i++) {
		const char *key = argv[i], *value = argv[i + 1];

		if (!strcmp(key, "-game"))
			game = value;
		else if (!strcmp(key, "+ip") || !strcmp(key, "-ip"))
			ip = value;
		else if (!strcmp(key, "+hostport") || !strcmp(key, "-port") || !strcmp(key, "+port"))
			port = atoi(value);
		else if (!strcmp(key, "+map"))
			snprintf(map, sizeof map, "%s", value);
		else if (!strcmp(key, "-maxplayers") || !strcmp(key, "+maxplayers"))
			max_players = atoi(value);
		else if (!strcmp(key, "+servercfgfile"))
			config = value;
		else if (!strcmp(key, "+hostname"))
			snprintf(hostname, sizeof hostname, "%s", value);
		else if (!strcmp(key, "+rcon_password"))
			snprintf(rcon_password, sizeof rcon_password, "%s", value);
		else
			continue;
		i++;
	}
}

const char *in_game(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof path, "%s/%s", game, name);
	return path;
}

int exists(const char *path)
{
	return access(path, F_OK) == 0;
}

long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000L + now.tv_nsec / 1000000L;
}

static void serve(int udp, int tcp)
{
	struct pollfd ready[2 + RCON_CLIENTS] = { { .fd = udp, .events = POLLIN }, { .fd = tcp, .events = POLLIN } };
	int crash = exists(in_game("double-crash"));
	long started = milliseconds();

	for (;;) {
		/* The one timer there is: a marker file asks for a crash one second after the start. */
		long left = started + 1000 - milliseconds();
		size_t clients = rcon_wait(ready + 2);

		if (crash && left <= 0)
			abort();
		if (poll(ready, 2 + clients, crash ? (int)left : -1) <= 0)
			continue;
		if (ready[0].revents)
			answer_query(udp);
		rcon_serve(ready + 2, clients);
		if (ready[1].revents)
			rcon_accept(tcp);
	}
}

int main(int argc, char **argv)
{
	struct in_addr address, unused;
	int udp, tcp = -1, online;

	if (argc > 1 && !strcmp(argv[1], "--probe"))
		return probe(argv[2]);
	query_init();
	parse_arguments(argc, argv);
	line("#Using shader api: bin/shaderapiempty_srv.so\n#\n#Console initialized.");
	line("Setting breakpad minidump AppID = 222860");
	report_surroundings(argc, argv, config);
	line("#Game_srv.so loaded for \"" GAME_NAME "\"");
	line("Server is hibernating");
	online = steamclient_found();
	online &= report_probe("cpuinfo", access("/proc/cpuinfo", R_OK) == 0, "ok", "missing");
	report_probe("wx", can_execute_written_memory(), "ok", "denied");
	report_executable_stack();
	report_probe("write", can_write(), "ok", "failed");
	report_probe("resolve", resolve("localhost", &unused), "ok", "failed");
	/* Printed by healthy servers too, so nobody should take it for a failure. */
	line("[S_API FAIL] SteamAPI_Init() failed; create pipe failed.");
	line("maxplayers set to %d", max_players);
	address = choose_address();
	udp = open_ports(address, &tcp);
	line("Network: IP %s, mode MP, dedicated Yes, ports %d SV / 0 CL", inet_ntoa(address), port);
	line("double: map %s", map);
	if (online) {
		line("Connection to Steam servers successful.");
		line("   VAC secure mode is activated.");
	} else {
		/* LAN only: what a hidden steamclient.so or /proc/cpuinfo does to the real one. */
		line("Connection to Steam servers lost.");
		line("   VAC secure mode disabled.");
	}
	serve(udp, tcp);
}
