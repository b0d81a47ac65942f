/* net.c - the engine's addresses and ports. */
#include "engine.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define PORT_TRIES 10

int resolve(const char *name, struct in_addr *to)
{
	struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_DGRAM }, *found;

	if (getaddrinfo(name, NULL, &hints, &found) != 0)
		return 0;
	*to = ((struct sockaddr_in *)(void *)found->ai_addr)->sin_addr;
	freeaddrinfo(found);
	return 1;
}

/* Without an address the engine takes that of the host's own name, which may well be loopback. */
struct in_addr choose_address(void)
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

int open_ports(struct in_addr address, int *tcp)
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
