/* measure: runs one command and prints what it cost, as lines of the benchmark.
 *
 * usage: measure [-a PORT] [-w] [-q] SECTION CASE WHO COMMAND [ARGUMENT...]
 *   -a PORT  the command's work is done when a game server on 127.0.0.1:PORT answers A2S_INFO
 *   -w       wall time only
 *   -q       nothing is printed: a warm-up
 *
 * Wall time from before fork to after the end, CPU and peak memory of the command and everything it
 * waited for, from wait4. A small static C program, because a child's peak memory begins with its
 * parent's: under a Python runner every command would seem to need 10 MB.
 *
 * What the command prints is kept in a file without a name, and shown when it fails: then this ends with 1.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static double ms(struct timeval t)
{
	return t.tv_sec * 1e3 + t.tv_usec / 1e3;
}

static void fail(const char *what)
{
	fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
	exit(1);
}

/*
 * Asks until an answer (type 'I') comes; a challenge ('A') is sent back. A closed port is told at once and
 * asked again every half millisecond; an open one has a second, because the engine drops who asks often.
 */
static void await_answer(int port, double deadline)
{
	unsigned char ask[29] = "\xff\xff\xff\xffTSource Engine Query", got[1400];
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
	size_t length = 25;
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof to) < 0)
		fail("socket");
	while (now_ms() < deadline) {
		struct pollfd wait = { .fd = s, .events = POLLIN };
		ssize_t n = send(s, ask, length, 0);

		if (n < 0 || poll(&wait, 1, 1100) <= 0 || (n = recv(s, got, sizeof got, 0)) < 5) {
			usleep(500);
			continue;
		}
		if (got[4] == 'I') {
			close(s);
			return;
		}
		if (got[4] == 'A' && n >= 9) {
			memcpy(ask + 25, got + 5, 4);
			length = 29;
		}
	}
	errno = ETIMEDOUT;
	fail("no answer from the game server");
}

/* The end of what the command printed. */
static void show(int out)
{
	static char text[4096];
	off_t length = lseek(out, 0, SEEK_END), from = length > (off_t)sizeof text ? length - (off_t)sizeof text : 0;
	ssize_t n = pread(out, text, sizeof text, from);

	fprintf(stderr, "%.*s\n", n > 0 ? (int)n : 0, text);
}

int main(int argc, char **argv)
{
	int option, port = 0, wall_only = 0, quiet = 0, status;
	struct rusage used;

	while ((option = getopt(argc, argv, "+a:wq")) != -1) {
		if (option == 'a')
			port = atoi(optarg);
		else if (option == 'w')
			wall_only = 1;
		else if (option == 'q')
			quiet = 1;
		else
			return 2;
	}
	argv += optind;
	if (argc - optind < 4) {
		fprintf(stderr, "usage: measure [-a PORT] [-w] [-q] SECTION CASE WHO COMMAND [ARGUMENT...]\n");
		return 2;
	}
	int out = memfd_create("output", MFD_CLOEXEC);
	int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (out < 0 || in < 0)
		fail("output");

	double began = now_ms();
	pid_t child = fork();
	if (child == 0) {
		dup2(in, 0);
		dup2(out, 1);
		dup2(out, 2);
		execvp(argv[3], argv + 3);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &used) != child)
		fail("wait4");
	if (port && status == 0)
		await_answer(port, began + 60e3);
	double wall = now_ms() - began;

	if (status != 0) {
		fprintf(stderr, "measure: %s of %s, %s: '%s' failed (wait status %d)\n", argv[0], argv[2], argv[1],
			argv[3], status);
		show(out);
		return 1;
	}
	if (quiet)
		return 0;
	printf("%s\t%s\t%s\tms\t%.3f\n", argv[0], argv[1], argv[2], wall);
	if (!wall_only) {
		printf("%s\t%s\t%s\tms CPU\t%.3f\n", argv[0], argv[1], argv[2], ms(used.ru_utime) + ms(used.ru_stime));
		printf("%s\t%s\t%s\tMiB peak\t%.2f\n", argv[0], argv[1], argv[2], used.ru_maxrss / 1024.0);
	}
	return 0;
}
