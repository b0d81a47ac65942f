/* query.c - A2S_INFO and A2S_PLAYER behind a challenge, three datagrams a second to each address. */
#include "engine.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define QUERIES_A_SECOND 3

static uint64_t secret;

void query_init(void)
{
	int random = open("/dev/urandom", O_RDONLY | O_CLOEXEC);

	if (random < 0 || read(random, &secret, sizeof secret) != sizeof secret)
		secret = (uint64_t)time(NULL) << 16 ^ (uint64_t)getpid();
	close(random);
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
	const struct player *list;
	size_t n = 0, count = players(&list), bots = 0;

	for (size_t i = 0; i < count; i++)
		bots += (size_t)list[i].is_bot;
	memcpy(to, "\xff\xff\xff\xff\x49\x11", 6);
	n = put_text(to, 6, hostname);
	n = put_text(to, n, map);
	n = put_text(to, n, "left4dead2");
	n = put_text(to, n, GAME_NAME);
	to[n++] = 550 & 0xff;
	to[n++] = 550 >> 8;
	to[n++] = (uint8_t)count;
	to[n++] = (uint8_t)max_players;
	to[n++] = (uint8_t)bots;
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

static size_t players_answer(uint8_t *to, size_t size)
{
	const struct player *list;
	size_t n = 6, count = players(&list);

	memcpy(to, "\xff\xff\xff\xff\x44", 5);
	to[5] = 0;
	for (size_t i = 0; i < count && n + sizeof list[i].name + 10 < size; i++) {
		int32_t score = list[i].score;

		to[5]++;
		to[n++] = 0; /* its index, which the engine leaves at 0 */
		n = put_text(to, n, list[i].name);
		memcpy(to + n, &score, 4);
		memcpy(to + n + 4, &list[i].seconds, 4);
		n += 8;
	}
	return n;
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

/* Whether it is a question, and which bytes of it repeat the challenge; what it asks for is its fifth byte. */
static const uint8_t *asked(const uint8_t *in, ssize_t got, ssize_t *challenge)
{
	static const char info[25] = "\xff\xff\xff\xffTSource Engine Query";

	*challenge = 5;
	if (got >= 9 && memcmp(in, "\xff\xff\xff\xff\x55", 5) == 0)
		return in + 5;
	*challenge = sizeof info;
	return got >= (ssize_t)sizeof info && memcmp(in, info, sizeof info) == 0 ? in + sizeof info : NULL;
}

void answer_query(int udp)
{
	static int mute = -1, deaf, patient;
	struct sockaddr_in peer;
	socklen_t peer_size = sizeof peer;
	uint8_t in[2048], out[2048];
	ssize_t got = recvfrom(udp, in, sizeof in, 0, (struct sockaddr *)&peer, &peer_size), at;
	uint32_t expected = challenge_for(&peer);
	const uint8_t *challenge = asked(in, got, &at);
	size_t n;

	if (mute < 0) {
		mute = exists(in_game("double-mute"));
		deaf = exists(in_game("double-deaf"));
		patient = exists(in_game("double-patient"));
	}
	if (!challenge || mute || (deaf && (ntohl(peer.sin_addr.s_addr) >> 24) == 127))
		return;
	if (asks_too_often(peer.sin_addr) && !patient)
		return;
	if (got == at + 4 && memcmp(challenge, &expected, 4) == 0) {
		n = in[4] == 'T' ? info_answer(out) : players_answer(out, 1400);
	} else {
		memcpy(out, "\xff\xff\xff\xff\x41", 5);
		memcpy(out + 5, &expected, 4);
		n = 9;
	}
	sendto(udp, out, n, 0, (struct sockaddr *)&peer, peer_size);
}
