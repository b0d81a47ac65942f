/* overlay-syscalls: what a mount and an unmount cost when a process does nothing but the system calls.
 *
 * usage: overlay-syscalls mount|umount RUNTIME_DIRECTORY [LAYER...]
 *
 * The same calls as left4me-overlay makes for its purpose: every layer opened, one mount(2) that names
 * the opened directories, the options it sets; unmounting removes the kernel's work/work. No check at all.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static void check(int result, const char *what)
{
	if (result >= 0)
		return;
	perror(what);
	exit(1);
}

static int directory(int at, const char *path)
{
	int fd = openat(at, path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	check(fd, path);
	return fd;
}

int main(int argc, char **argv)
{
	char data[4096] = "lowerdir=", target[16];
	size_t used = strlen(data);

	if (argc < 3)
		return 2;
	int runtime = directory(AT_FDCWD, argv[2]);
	if (strcmp(argv[1], "umount") == 0) {
		check(fchdir(runtime), "fchdir");
		check(umount2("merged", UMOUNT_NOFOLLOW), "umount2");
		check(unlinkat(directory(runtime, "work"), "work", AT_REMOVEDIR), "work/work");
		return 0;
	}
	for (int i = 3; i < argc && used < sizeof data; i++)
		used += snprintf(data + used, sizeof data - used, i > 3 ? ":%d" : "%d", directory(AT_FDCWD, argv[i]));
	if (used < sizeof data)
		used += snprintf(data + used, sizeof data - used,
			",upperdir=%d,workdir=%d,index=off,metacopy=off,redirect_dir=nofollow,xino=off",
			directory(runtime, "upper"), directory(runtime, "work"));
	if (used >= sizeof data) {
		fprintf(stderr, "too many layers\n");
		return 1;
	}
	snprintf(target, sizeof target, "%d", directory(runtime, "merged"));
	check(chdir("/proc/self/fd"), "/proc/self/fd");
	check(mount("overlay", target, "overlay", MS_NOSUID | MS_NODEV, data), "mount");
	return 0;
}
