/* What the parts of the engine's double share; main.c says what it stands in for. */
#ifndef ENGINE_H
#define ENGINE_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

#ifdef _FILE_OFFSET_BITS
#error "the engine uses the 32-bit file interfaces; so must its double"
#endif

#define GAME_NAME "Left 4 Dead 2"

/* Settings: arguments and variables. */
extern const char *game;
extern const char *ip;
extern char map[64];
extern char hostname[128];
extern char rcon_password[128];
extern int port;
extern int max_players;

/* A line for the journal, which does not wait for a full buffer. */
void line(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The path of a file in the game's directory; valid until the next call. */
const char *in_game(const char *name);
int exists(const char *path);
long milliseconds(void);

/* config.c */
/* One word, with or without quotes; returns where the rest begins. */
char *word(char *at, char *out, size_t size);
/* Sets a variable to the rest of its line; 0 where there is no such variable. */
int set_variable(const char *name, char *rest);
/* Executes a file; returns its number of lines, or -1. */
int read_config(const char *name, int depth);

/* report.c */
void report_surroundings(int argc, char **argv, const char *config);
int report_probe(const char *what, int good, const char *yes, const char *no);
int steamclient_found(void);
int can_write(void);
int can_execute_written_memory(void);
void report_executable_stack(void);

/* net.c */
int resolve(const char *name, struct in_addr *to);
struct in_addr choose_address(void);
/* The UDP socket; moves to another port when its own is taken. */
int open_ports(struct in_addr address, int *tcp);

/* players.c */
struct player {
	char name[128];
	int is_bot, score;
	float seconds;
};
/* Who is on the server now. */
size_t players(const struct player **list);
void set_players(char *names);

/* query.c */
void query_init(void);
void answer_query(int udp);

/* console.c */
struct reply {
	char *text;
	size_t length, size;
};
void say(struct reply *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Carries out one line of commands. */
void console(char *commands, struct reply *to);

/* rcon.c */
#define RCON_CLIENTS 16
struct pollfd;
void rcon_accept(int tcp);
/* Fills `fds` with what to wait for; returns how many there are. */
size_t rcon_wait(struct pollfd *fds);
void rcon_serve(const struct pollfd *fds, size_t count);
/* The password was written to: whoever is logged in has to do it again. */
void rcon_log_out(void);

#endif
