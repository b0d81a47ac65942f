/* sim.h - what the parts of the SteamCMD double know of each other. */
#ifndef SIM_H
#define SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define APP "222860"
#define SGR "\x1b[0m"
#define PATH_SIZE 4096

/* Exit codes, as the real client uses them. */
enum { EXIT_OK = 0, EXIT_UNKNOWN = 1, EXIT_LOGIN = 5, EXIT_APP = 8, EXIT_RESTART = 42, EXIT_OFFLINE = 254 };

/* settings.c: where we are and how we shall behave */
#define MOST_TREES 64
struct settings {
	uint64_t bytes;
	unsigned files;
	size_t tree_count;
	struct {
		char build[32];
		char words[192];
	} trees[MOST_TREES];
	uint64_t progress_total;
	double seconds;
	double bootstrap_seconds;
	char build[32];
	char mode[64];
	char unserved[32];
};
extern struct settings settings;
extern char root[PATH_SIZE];

void settings_load(const char *argv0);
void mode_take_early(void);
void mode_take(void);
bool mode_is(const char *name);
bool mode_starts(const char *prefix);
const char *home(void);
const char *data_dir(void);
bool make_dirs(const char *path);
bool write_text(const char *path, const char *text);
char *read_text(const char *path);
bool copy_file(const char *from, const char *to);

/* out.c: everything that is printed goes through here, so that modes can distort it */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void leave_line_open(void);
void close_line(void);
void say_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_progress(const char *state, double percent, uint64_t done, uint64_t total);
bool ask(const char *prompt, char *answer, size_t size);
void pause_seconds(double seconds);
double now(void);
_Noreturn void hang(void);

/* stubborn.c: processes that are hard to end */
void be_stubborn(void);
void leave_behind(const char *dir);

/* bootstrap.c: phase A and the log files */
#define CONTENT_LOG "content_log.txt"
void log_line(const char *file, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool bootstrapped(void);
int self_update(void);
int offline(void);
void open_logs(void);
void client_greeting(void);

/* login.c */
extern bool logged_in, named_login, no_prompt, login_begun;
int login(char **args, int count);
void guard_code(const char *code);

/* tree.c: which files a build has */
enum depot { COMMON, WINDOWS, LINUX, DEPOTS };
#define REMADE "left4dead2/resource"
struct item {
	const char *path;
	enum depot depot;
	enum { BLOB, TEXT, COPY, LINK, EMPTY } kind;
	unsigned share; /* of a BLOB: thousandths of the common depot */
	unsigned fixed; /* of a BLOB: its size, whatever that of the depot is */
	bool executable;
	bool per_build;
	const char *text; /* of a TEXT; %s is the build; of a COPY the source, of a LINK the target */
	const char *with, *without; /* the word that a build needs to have it, or must not have */
	const char *changed_with, *executable_with;
	const char *from; /* where other builds have the same file */
};
struct tree {
	const char *words;
	char seed[32];
};
extern const struct item *items;
extern size_t item_count;
extern struct tree offered;

void trees_load(void);
void tree_of(const char *build, struct tree *tree);
bool tree_says(const struct tree *tree, const char *word);
bool tree_has(const struct tree *tree, const struct item *item);
bool tree_has_path(const struct tree *tree, const char *path);
bool tree_executable(const struct tree *tree, const struct item *item);
const char *tree_seed(const struct tree *tree, const struct item *item);

/* depot.c: how the files get onto the disk */
extern const char *const depot_ids[DEPOTS];

uint64_t item_size(const struct item *item);
uint64_t depot_size(enum depot depot);
bool item_matches(const struct item *item, const char *dir);
uint64_t item_staged(const struct item *item, const char *staging);
ssize_t item_stage(const struct item *item, const char *staging, uint64_t from, size_t most);
bool item_commit(const struct item *item, const char *staging, const char *dir);
bool item_set_mode(const struct item *item, const char *dir);
bool item_exists(const struct item *item, const char *dir);
void item_remove(const struct item *item, const char *dir);
bool make_parent(const char *path);
void remove_tree(const char *path);

/* manifest.c: steamapps/appmanifest_222860.acf */
struct manifest {
	int flags;
	char build[32];
	char target[32];
	uint64_t wanted, fetched;
	bool depot[DEPOTS];
};
void manifest_read(const char *dir, struct manifest *manifest);
bool manifest_write(const char *dir, const struct manifest *manifest);

/* job.c */
/* One update: which files are to come, and how far it has got. */
struct job {
	char dir[PATH_SIZE - 256];
	char staging[PATH_SIZE];
	struct manifest manifest;
	bool target[DEPOTS];
	struct tree installed, begun; /* the build that is there, and the one that an earlier run began to install */
	bool *needed;
	uint64_t total, done;
	double started, last_line;
	int last_step;
	double stop_at; /* the share after which a mode strikes; 2 = never */
};
int job_run(struct job *job, bool validate);
int job_unserved(struct job *job);
bool strikes_midway(void);
bool left_out(const struct item *item);

/* commit.c: staged files take the place of those that are there */
bool commit(struct job *job);
void leave_over(const struct job *job);

/* app_info.c: what Steam says of the app, and what is kept of it */
extern bool app_info_asked;
void app_info_know(void);
int app_info_print(const char *app);

/* lines.c: failures that are nothing but their lines */
bool line_failure(const char *where, int *code);

/* app.c */
int fail(const char *reason);
int succeed(const char *how);
void force_install_dir(const char *dir);
void force_platform(const char *name);
int app_update(char **args, int count);

#endif
