/*
 * rcon.c - Source RCON. An empty value comes before the reply to a login, a long reply is cut anywhere, a value that a
 * client sends is sent back twice, the second time with four bytes in it, and who tries five wrong passwords is banned:
 * the connection is accepted and closed. left4dead2/double-rcon-mute: it listens and never answers;
 * left4dead2/double-rcon-unmarked: it does not send a value back, as other games' servers.
 */
#include "engine.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_PACKET 4096
#define PART 4000
#define FAILURES 5
#define ADDRESSES 64

enum { VALUE = 0, COMMAND = 2, LOGIN_REPLY = 2, LOGIN = 3 };

static struct client {
	int fd, logged_in;
	struct sockaddr_in peer;
	size_t held;
	uint8_t bytes[4 + MAX_PACKET];
} clients[RCON_CLIENTS];

static struct {
	in_addr_t address;
	int failures;
} guesses[ADDRESSES];

/* How often this address was wrong; where the table is full, the last entry is everybody else's. */
static int *failures_of(in_addr_t address)
{
	size_t i = 0;

	while (i + 1 < ADDRESSES && guesses[i].failures && guesses[i].address != address)
		i++;
	guesses[i].address = address;
	return &guesses[i].failures;
}

static void hang_up(struct client *client)
{
	close(client->fd);
	*client = (struct client){ .fd = 0 };
}

void rcon_accept(int tcp)
{
	struct sockaddr_in peer;
	socklen_t size = sizeof peer;
	int fd = accept(tcp, (struct sockaddr *)&peer, &size);
	struct timeval patience = { .tv_sec = 2 };

	if (fd < 0)
		return;
	for (size_t i = 0; i < RCON_CLIENTS && *failures_of(peer.sin_addr.s_addr) < FAILURES; i++) {
		if (clients[i].fd)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
		clients[i] = (struct client){ .fd = fd, .peer = peer };
		return;
	}
	close(fd);
}

static void answer(struct client *client, int32_t id, int32_t kind, const char *body, size_t length)
{
	uint8_t packet[4 + MAX_PACKET];
	int32_t header[3] = { (int32_t)length + 10, id, kind };

	memcpy(packet, header, sizeof header);
	memcpy(packet + sizeof header, body, length);
	memset(packet + sizeof header + length, 0, 2);
	if (client->fd && send(client->fd, packet, sizeof header + length + 2, MSG_NOSIGNAL) < 0)
		hang_up(client);
}

static void log_in(struct client *client, int32_t id, const char *password)
{
	int *failures = failures_of(client->peer.sin_addr.s_addr);
	const char *from = inet_ntoa(client->peer.sin_addr);

	client->logged_in = *rcon_password && !strcmp(password, rcon_password);
	answer(client, id, VALUE, "", 0);
	/* In packets of their own: many a client cannot read two at once. */
	poll(NULL, 0, 10);
	answer(client, client->logged_in ? id : -1, LOGIN_REPLY, "", 0);
	if (client->logged_in)
		return;
	line("rcon from \"%s:%d\": Bad Password", from, ntohs(client->peer.sin_port));
	if (*rcon_password && ++*failures >= FAILURES) {
		line("Banning %s for rcon hacking attempts", from);
		hang_up(client);
	}
}

static void carry_out(struct client *client, int32_t id, char *commands)
{
	struct reply reply = { 0 };
	size_t at = 0;

	line("rcon from \"%s:%d\": command \"%s\"", inet_ntoa(client->peer.sin_addr), ntohs(client->peer.sin_port),
	     strncasecmp(commands, "rcon_password", 13) ? commands : "rcon_password");
	console(commands, &reply);
	do {
		size_t part = reply.length - at < PART ? reply.length - at : PART;

		answer(client, id, VALUE, reply.text ? reply.text + at : "", part);
		at += part;
	} while (at < reply.length);
	free(reply.text);
}

static void hear(struct client *client, int32_t id, int32_t kind, char *body)
{
	if (exists(in_game("double-rcon-mute")))
		return;
	if (kind == LOGIN)
		log_in(client, id, body);
	else if (!client->logged_in)
		answer(client, -1, LOGIN_REPLY, "", 0);
	else if (kind == COMMAND)
		carry_out(client, id, body);
	else if (kind == VALUE && !exists(in_game("double-rcon-unmarked"))) {
		answer(client, id, VALUE, "", 0);
		answer(client, id, VALUE, "\0\0\0\1\0\0\0", 8);
	}
}

static void receive(struct client *client)
{
	ssize_t got = recv(client->fd, client->bytes + client->held, sizeof client->bytes - client->held, 0);
	int32_t header[3];

	if (got <= 0) {
		hang_up(client);
		return;
	}
	client->held += (size_t)got;
	while (client->fd && client->held >= sizeof header) {
		size_t whole;

		memcpy(header, client->bytes, sizeof header);
		if (header[0] < 10 || header[0] > MAX_PACKET) {
			hang_up(client);
			return;
		}
		whole = 4 + (size_t)header[0];
		if (client->held < whole)
			return;
		client->bytes[whole - 1] = '\0';
		hear(client, header[1], header[2], (char *)client->bytes + sizeof header);
		if (!client->fd)
			return;
		client->held -= whole;
		memmove(client->bytes, client->bytes + whole, client->held);
	}
}

void rcon_log_out(void)
{
	for (size_t i = 0; i < RCON_CLIENTS; i++)
		if (clients[i].fd && clients[i].logged_in)
			hang_up(&clients[i]);
}

size_t rcon_wait(struct pollfd *fds)
{
	size_t count = 0;

	for (size_t i = 0; i < RCON_CLIENTS; i++)
		if (clients[i].fd)
			fds[count++] = (struct pollfd){ .fd = clients[i].fd, .events = POLLIN };
	return count;
}

void rcon_serve(const struct pollfd *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; fds[i].revents && j < RCON_CLIENTS; j++)
			if (clients[j].fd == fds[i].fd) {
				receive(&clients[j]);
				break;
			}
}
