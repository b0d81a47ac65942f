/*
 * probe.c - what a 32-bit program that took the engine over may ask of the kernel.
 *
 * One line for each question: "probe: WHAT ok", "probe: WHAT failed: REASON" or "probe: WHAT killed by
 * signal N". Each is asked in a process of its own, and so that nothing happens also where everything is
 * allowed: a bad pointer or descriptor that the kernel complains of has got through.
 */
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __i386__
#error "the engine is a 32-bit program; so must its probe be"
#endif

/* Numbers of i386 that the headers of an older system may lack. */
enum {
	PIDFD_GETFD = 438,
	IO_URING_SETUP = 425,
	IO_URING_ENTER = 426,
	IO_URING_REGISTER = 427,
	SOCKETCALL_SOCKET = 1,
	NEW_USER_NAMESPACE = 0x10000000,
	NEW_MOUNT_NAMESPACE = 0x00020000,
	LINUX_UNAME26 = 0x0020000,
};

struct call {
	const char *name;
	long number;
	long arguments[6];
};

static long family_arguments[3];

static const struct call calls[] = {
	{ "io_uring_setup", IO_URING_SETUP, { 1, -1 } },
	{ "io_uring_enter", IO_URING_ENTER, { -1 } },
	{ "io_uring_register", IO_URING_REGISTER, { -1 } },
	{ "io_setup", SYS_io_setup, { 1, -1 } },
	{ "userfaultfd", SYS_userfaultfd, { 1 } },
	{ "keyctl", SYS_keyctl, { 0, -3 } },
	{ "add_key", SYS_add_key, { -1, -1, -1, 1, -1 } },
	{ "request_key", SYS_request_key, { -1, -1 } },
	{ "process_vm_readv", SYS_process_vm_readv, { 1 } },
	{ "process_vm_writev", SYS_process_vm_writev, { 1 } },
	{ "kcmp", SYS_kcmp, { 1, 1, 1 } },
	{ "pidfd_getfd", PIDFD_GETFD, { -1 } },
	{ "ptrace", SYS_ptrace, { 0 } },
	{ "bpf", SYS_bpf, { -1 } },
	{ "perf_event_open", SYS_perf_event_open, { -1 } },
	{ "unshare user", SYS_unshare, { NEW_USER_NAMESPACE } },
	{ "unshare mount", SYS_unshare, { NEW_MOUNT_NAMESPACE } },
	{ "mount", SYS_mount, { -1, -1, -1, 0, -1 } },
	{ "chroot", SYS_chroot, { -1 } },
	{ "setuid", SYS_setuid32, { -1 } },
	{ "personality", SYS_personality, { LINUX_UNAME26 } },
	{ "modify_ldt", SYS_modify_ldt, { 0 } },
	{ "syslog", SYS_syslog, { 10 } },
	{ "iopl", SYS_iopl, { 3 } },
	{ "stime", SYS_stime, { -1 } },
	{ "swapoff", SYS_swapoff, { -1 } },
	{ "init_module", SYS_init_module, { -1, 0, -1 } },
};

static const struct {
	const char *name;
	int number;
	int type;
} families[] = {
	{ "unix", AF_UNIX, SOCK_STREAM },
	{ "inet", AF_INET, SOCK_DGRAM },
	{ "inet6", AF_INET6, SOCK_DGRAM },
	{ "netlink", AF_NETLINK, SOCK_RAW },
	{ "packet", AF_PACKET, SOCK_RAW },
	{ "vsock", 40, SOCK_STREAM },
	{ "alg", 38, SOCK_SEQPACKET },
};

static void say(const char *what, int error)
{
	if (error)
		printf("probe: %s failed: %s\n", what, strerror(error));
	else
		printf("probe: %s ok\n", what);
	fflush(stdout);
}

/* Asks in a child, because a refusal may be a kill and a success may change the process. */
static void ask(const char *what, int (*question)(const void *), const void *about)
{
	int status;
	pid_t child = fork();

	if (child < 0) {
		say(what, errno);
		return;
	}
	if (child == 0)
		_exit(question(about));
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status)) {
		printf("probe: %s killed by signal %d\n", what, WTERMSIG(status));
		fflush(stdout);
	} else {
		say(what, WEXITSTATUS(status));
	}
}

static int make(const void *about)
{
	const struct call *call = about;
	const long *a = call->arguments;

	return syscall(call->number, a[0], a[1], a[2], a[3], a[4], a[5]) < 0 ? errno : 0;
}

static int by_socket(const void *about)
{
	const long *a = about;

	return syscall(SYS_socket, a[0], a[1], a[2]) < 0 ? errno : 0;
}

static int by_socketcall(const void *about)
{
	return syscall(SYS_socketcall, SOCKETCALL_SOCKET, about) < 0 ? errno : 0;
}

static int by_library(const void *about)
{
	const long *a = about;

	return socket(a[0], a[1], a[2]) < 0 ? errno : 0;
}

static int real_time(const void *about)
{
	struct sched_param first = { .sched_priority = 1 };

	(void)about;
	return sched_setscheduler(0, SCHED_FIFO, &first) ? errno : 0;
}

static int setuid_file(const void *about)
{
	const char *path = about;
	int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0700), error;

	if (file < 0)
		return errno;
	error = fchmod(file, 04755) ? errno : 0;
	unlink(path);
	return error;
}

/* What the engine cannot do without. */
static int written_code(const void *about)
{
	(void)about;
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return page == MAP_FAILED ? errno : 0;
}

static int resolve(const void *name)
{
	struct addrinfo *found;

	return getaddrinfo(name, NULL, NULL, &found) ? ENOENT : 0;
}

int probe(const char *name)
{
	char what[64];

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		ask(calls[i].name, make, &calls[i]);
	for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
		family_arguments[0] = families[i].number;
		family_arguments[1] = families[i].type;
		snprintf(what, sizeof what, "family %s by socket", families[i].name);
		ask(what, by_socket, family_arguments);
		snprintf(what, sizeof what, "family %s by socketcall", families[i].name);
		ask(what, by_socketcall, family_arguments);
		snprintf(what, sizeof what, "family %s by the library", families[i].name);
		ask(what, by_library, family_arguments);
	}
	ask("real-time", real_time, NULL);
	ask("setuid file", setuid_file, "probe-setuid");
	ask("code written at run time", written_code, NULL);
	if (name)
		ask("resolving", resolve, name);
	printf("probe: done\n");
	fflush(stdout);
	return 0;
}
