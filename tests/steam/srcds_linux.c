/*
 * srcds_linux.c - stands in for the Left 4 Dead 2 engine in tests.
 *
 * It does what a host set-up can get wrong: it needs the 32-bit loader, reads directories with the
 * 32-bit readdir, looks for steamclient.so below $HOME, wants /proc/cpuinfo, writable-executable
 * memory and a writable game directory, loads a library with an executable stack, moves to another
 * port when its own is taken, and answers A2S_INFO behind a challenge, three datagrams a second to
 * each address. What it sees it reports in lines that begin with "double: ".
 *
 * Build it without _FILE_OFFSET_BITS and without _GNU_SOURCE: the first would hide the inode
 * overflow that the engine suffers from, the second binds symbols that Debian 12 does not have.
 */
#include "probe.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifdef _FILE_OFFSET_BITS
#error "the engine uses the 32-bit file interfaces; so must its double"
#endif

#define GAME_NAME "Left 4 Dead 2"
#define PORT_TRIES 10
#define QUERIES_A_SECOND 3

static const char *game = "left4dead2";
static const char *map = "";
static const char *ip = NULL;
static const char *config = "server.cfg";
static const char *start_hostname = NULL;
static int port = 27015;
static int max_players = 8;
static char hostname[128] = GAME_NAME;
static uint64_t secret;

static void line(const char *format, ...)
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
			map = value;
		else if (!strcmp(key, "-maxplayers") || !strcmp(key, "+maxplayers"))
			max_players = atoi(value);
		else if (!strcmp(key, "+servercfgfile"))
			config = value;
		else if (!strcmp(key, "+hostname"))
			start_hostname = value;
		else
			continue;
		i++;
	}
}

static const char *in_game(const char *name)
{
	static char path[4096];

	snprintf(path, sizeof path, "%s/%s", game, name);
	return path;
}

static int exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* One word of a config line, with or without quotes; returns where the rest begins. */
static char *word(char *at, char *out, size_t size)
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

/* The engine's own reading of a config, as far as the name goes: later lines win, exec goes on. */
static int read_config(const char *name, int depth)
{
	char path[4096], text[2048], command[64], value[sizeof hostname];
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
		word(rest, value, sizeof value);
		rest += strspn(rest, " \t");
		/* A variable takes the rest of the line, quoted or not. */
		if (!strcasecmp(command, "hostname") && *rest != '"')
			snprintf(value, sizeof value, "%.*s", (int)strcspn(rest, "\r\n"), rest);
		if (!strcasecmp(command, "hostname"))
			snprintf(hostname, sizeof hostname, "%s", value);
		else if (!strcasecmp(command, "exec") && depth == 0)
			line("double: exec %s %s", value, read_config(value, 1) < 0 ? "missing" : "ok");
	}
	fclose(file);
	return lines;
}

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

static int steamclient_found(void)
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

static int report_probe(const char *what, int good, const char *yes, const char *no)
{
	line("double: %s %s", what, good ? yes : no);
	return good;
}

static int can_write(void)
{
	FILE *file = fopen(in_game("double.txt"), "w");
	int good = file && fputs("written by the engine double\n", file) >= 0;

	return file && fclose(file) == 0 && good;
}

static int can_execute_written_memory(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page != MAP_FAILED;
}

/* The game's own library of this name has an executable stack, for which glibc 2.41 refuses dlopen(). */
static void report_executable_stack(void)
{
	const char *why = dlopen("bin/libsteamvalidateuseridtickets.so", RTLD_NOW) ? NULL : dlerror();

	line("double: execstack %s%s", why ? "refused: " : "ok", why ? why : "");
}

static int resolve(const char *name, struct in_addr *to)
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_DGRAM }, *found;

	if (getaddrinfo(name, NULL, &hints, &found) != 0)
		return 0;
	*to = ((struct sockaddr_in *)(void *)found->ai_addr)->sin_addr;
	freeaddrinfo(found);
	return 1;
}

/* Without an address the engine takes that of the host's own name, which may well be loopback. */
static struct in_addr choose_address(void)
{
	struct in_addr address = { .s_addr = INADDR_ANY };
	char own_name[256] = "";

	if (ip) {
		if (inet_pton(AF_INET, ip, &address) != 1 && !resolve(ip, &address))
			line("double: address %s not understood", ip);
	} else if (gethostname(own_name, sizeof own_name - 1) == 0) {
		resolve(own_name, &address);
	}
	return address;
}

static int bind_to(int type, struct in_addr address, int number)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)number), .sin_addr = address };
	int yes = 1, fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (bind(fd, (struct sockaddr *)&at, sizeof at) != 0 || (type == SOCK_STREAM && listen(fd, 16) != 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int open_ports(struct in_addr address, int *tcp)
{
	for (int i = 0; i < PORT_TRIES; i++) {
		int udp = bind_to(SOCK_DGRAM, address, port + i);

		if (udp < 0)
			continue;
		*tcp = bind_to(SOCK_STREAM, address, port + i);
		if (*tcp < 0) {
			close(udp);
			continue;
		}
		if (i > 0)
			line("Socket bound to non-default port %i because original port was already in use.", port + i);
		port += i;
		return udp;
	}
	line("Couldn't allocate any server IP port, tried %d addresses", PORT_TRIES);
	exit(1);
}

/* FNV-1a over the peer, seeded by the process: stable for one client, useless to another. */
static uint32_t challenge_for(const struct sockaddr_in *peer)
{
	uint64_t hash = 1469598103934665603ULL ^ secret;
	uint8_t key[6];

	memcpy(key, &peer->sin_addr, 4);
	memcpy(key + 4, &peer->sin_port, 2);
	for (size_t i = 0; i < sizeof key; i++)
		hash = (hash ^ key[i]) * 1099511628211ULL;
	hash ^= hash >> 32;
	/* -1 is what a client sends to ask for a challenge; it can never be one. */
	return (uint32_t)hash == UINT32_MAX ? 1 : (uint32_t)hash;
}

static size_t put_text(uint8_t *to, size_t at, const char *text)
{
	strcpy((char *)to + at, text);
	return at + strlen(text) + 1;
}

static size_t info_answer(uint8_t *to)
{
	size_t n = 0;

	memcpy(to, "\xff\xff\xff\xff\x49\x11", 6);
	n = put_text(to, 6, hostname);
	n = put_text(to, n, map);
	n = put_text(to, n, "left4dead2");
	n = put_text(to, n, GAME_NAME);
	to[n++] = 550 & 0xff;
	to[n++] = 550 >> 8;
	to[n++] = 0; /* players */
	to[n++] = (uint8_t)max_players;
	to[n++] = 0; /* bots */
	to[n++] = 'd';
	to[n++] = 'l';
	to[n++] = 0; /* password */
	to[n++] = 1; /* VAC */
	n = put_text(to, n, "2.2.4.3");
	to[n++] = 0x80; /* extra data: the port follows */
	to[n++] = (uint8_t)(port & 0xff);
	to[n++] = (uint8_t)(port >> 8);
	return n;
}

static long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000L + now.tv_nsec / 1000000L;
}

/*
 * The engine's limit for each source address. What it drops counts too: who does not let up is not
 * heard again. In a full table someone who has been quiet makes way.
 */
static int asks_too_often(struct in_addr from)
{
	static struct asker {
		in_addr_t address;
		long at[QUERIES_A_SECOND];
		unsigned next;
	} askers[64];
	struct asker *asker = askers;
	long now = milliseconds(), before;

	for (size_t i = 0; i < sizeof askers / sizeof askers[0]; i++) {
		if (askers[i].next && askers[i].address == from.s_addr) {
			asker = &askers[i];
			break;
		}
		if (askers[i].at[0] < asker->at[0])
			asker = &askers[i];
	}
	if (asker->address != from.s_addr)
		*asker = (struct asker){ .address = from.s_addr };
	before = asker->at[asker->next % QUERIES_A_SECOND];
	asker->at[asker->next++ % QUERIES_A_SECOND] = now;
	return before && now - before < 1000;
}

static void answer_query(int udp, int deaf, int patient)
{
	static const char request[25] = "\xff\xff\xff\xffTSource Engine Query";
	struct sockaddr_in peer;
	socklen_t peer_size = sizeof peer;
	uint8_t in[2048], out[2048];
	ssize_t got = recvfrom(udp, in, sizeof in, 0, (struct sockaddr *)&peer, &peer_size);
	uint32_t expected = challenge_for(&peer);
	size_t n;

	if (got < (ssize_t)sizeof request || memcmp(in, request, sizeof request) != 0)
		return;
	if (deaf && (ntohl(peer.sin_addr.s_addr) >> 24) == 127)
		return;
	if (asks_too_often(peer.sin_addr) && !patient)
		return;
	if (got == sizeof request + 4 && memcmp(in + sizeof request, &expected, 4) == 0) {
		n = info_answer(out);
	} else {
		memcpy(out, "\xff\xff\xff\xff\x41", 5);
		memcpy(out + 5, &expected, 4);
		n = 9;
	}
	sendto(udp, out, n, 0, (struct sockaddr *)&peer, peer_size);
}

static void serve(int udp, int tcp)
{
	struct pollfd ready[2] = { { .fd = udp, .events = POLLIN }, { .fd = tcp, .events = POLLIN } };
	int mute = exists(in_game("double-mute"));
	int deaf = exists(in_game("double-deaf"));
	int patient = exists(in_game("double-patient"));
	int crash = exists(in_game("double-crash"));
	long started = milliseconds();

	for (;;) {
		/* The one timer there is: a marker file asks for a crash one second after the start. */
		long left = started + 1000 - milliseconds();
		int count;

		if (crash && left <= 0)
			abort();
		count = poll(ready, 2, crash ? (int)left : -1);
		if (count > 0 && ready[0].revents) {
			if (mute)
				recv(udp, &(char){ 0 }, 1, 0);
			else
				answer_query(udp, deaf, patient);
		}
		if (count > 0 && ready[1].revents) {
			int client = accept(tcp, NULL, NULL);

			if (client >= 0)
				close(client);
		}
	}
}

static void report_surroundings(int argc, char **argv)
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
	if (start_hostname)
		snprintf(hostname, sizeof hostname, "%s", start_hostname);
	lines = read_config(config, 0);
	if (lines < 0)
		line("double: server.cfg missing");
	else
		line("double: server.cfg %d lines", lines);
	line("double: server.cfg hostname \"%s\"", hostname);
	report_addons();
}

int main(int argc, char **argv)
{
	struct in_addr address, unused;
	int udp, tcp = -1, online, random = open("/dev/urandom", O_RDONLY | O_CLOEXEC);

	if (argc > 1 && !strcmp(argv[1], "--probe"))
		return probe(argv[2]);
	if (random < 0 || read(random, &secret, sizeof secret) != sizeof secret)
		secret = (uint64_t)time(NULL) << 16 ^ (uint64_t)getpid();
	close(random);
	parse_arguments(argc, argv);
	line("#Using shader api: bin/shaderapiempty_srv.so\n#\n#Console initialized.");
	line("Setting breakpad minidump AppID = 222860");
	report_surroundings(argc, argv);
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
