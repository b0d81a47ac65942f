/* read-tree: what reading costs, through a merged tree or a plain directory.
 *
 * usage: read-tree stat|open|sequential|warm DIRECTORY DIRECTORIES FILES
 *
 * DIRECTORY holds dNNN/fNNN, DIRECTORIES times FILES of them, and one file `big`. stat and open (open,
 * read, close) print microseconds a file, sequential prints milliseconds for `big`; warm prints nothing.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static char buffer[256 * 1024];

static double now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static void check(int good, const char *what)
{
	if (good)
		return;
	perror(what);
	exit(1);
}

static void read_whole(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n, sum = 0;

	check(fd >= 0, path);
	while ((n = read(fd, buffer, sizeof buffer)) > 0)
		sum += n;
	check(n == 0 && sum > 0, path);
	close(fd);
}

int main(int argc, char **argv)
{
	struct stat s;
	char path[64];

	if (argc != 5)
		return 2;
	int directories = atoi(argv[3]), files = atoi(argv[4]);
	int open_too = strcmp(argv[1], "stat") != 0;
	check(chdir(argv[2]) == 0, argv[2]);
	double began = now_us();
	if (strcmp(argv[1], "sequential") == 0) {
		read_whole("big");
		printf("%.3f\n", (now_us() - began) / 1e3);
		return 0;
	}
	for (int d = 0; d < directories; d++) {
		for (int f = 0; f < files; f++) {
			snprintf(path, sizeof path, "d%03d/f%03d", d, f);
			if (open_too)
				read_whole(path);
			else
				check(stat(path, &s) == 0, path);
		}
	}
	double each = (now_us() - began) / directories / files;
	if (strcmp(argv[1], "warm") == 0)
		read_whole("big");
	else
		printf("%.4f\n", each);
	return 0;
}
