/* stubborn.c - processes that are hard to end: they ignore signals, or are not where they are looked for. */
#include "sim.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/* No test waits longer; none that failed leaves it behind for ever. */
#define LIFETIME 120

static void ignore_signals(void)
{
	signal(SIGHUP, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
}

void be_stubborn(void)
{
	if (mode_is("ignores_signals"))
		ignore_signals();
}

/* Somebody outlives us, with the directory of the game and a file in it open: in our session, or in another. */
void leave_behind(const char *dir)
{
	char pid[16], open_file[PATH_SIZE];
	pid_t child;

	if (!mode_is("leaves_child") && !mode_is("leaves_daemon"))
		return;
	fflush(stdout);
	child = fork();
	if (child != 0) {
		snprintf(pid, sizeof pid, "%d\n", (int)child);
		write_text("sim/left-behind", pid);
		return;
	}
	ignore_signals();
	if (mode_is("leaves_daemon"))
		setsid();
	snprintf(open_file, sizeof open_file, "%.3000s/steamapps/appmanifest_" APP ".acf", dir);
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	if (open(open_file, O_RDWR) < 0 || chdir(dir) != 0)
		_exit(1);
	sleep(LIFETIME);
	_exit(0);
}
