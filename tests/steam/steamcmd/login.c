/* login.c - anonymous and named logins, their prompts and their refusals. */
#include "sim.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool logged_in, named_login, no_prompt, login_begun;

static char stored_code[64];

void guard_code(const char *code)
{
	snprintf(stored_code, sizeof stored_code, "%s", code);
}

static const char *token_path(const char *user)
{
	static char path[PATH_SIZE + 160];

	snprintf(path, sizeof path, "%s/config/token-%.100s", data_dir(), user);
	return path;
}

static bool token_cached(const char *user)
{
	if (mode_is("cached"))
		return true;
	if (mode_is("no_cached") || mode_starts("guard_") || mode_is("invalid_password"))
		return false;
	return access(token_path(user), F_OK) == 0;
}

static void cache_token(const char *user)
{
	char path[PATH_SIZE + 64];

	snprintf(path, sizeof path, "%s/config", data_dir());
	make_dirs(path);
	write_text(token_path(user), "a token of the double\n");
	chmod(token_path(user), 0600);
}

static int refuse(const char *text)
{
	say("%s", text);
	return EXIT_LOGIN;
}

static int connect_failure(void)
{
	int code = EXIT_OK;

	if (mode_is("rate_limit"))
		return refuse("FAILED (Rate Limit Exceeded)\n");
	if (mode_is("no_connection")) {
		for (int i = 0; i < 4; i++) {
			say("Retrying...\n");
			pause_seconds(0.1);
		}
		return refuse("FAILED (No Connection)\n");
	}
	line_failure("connect", &code);
	return code;
}

static void after_login(void)
{
	int unused;

	say("Waiting for client config..." SGR "OK\n");
	if (line_failure("user info", &unused))
		return;
	if (mode_is("timeout_user_info")) {
		/* The OK that follows is a lie; the session is not logged on. */
		say("Waiting for user info...FAILED (Timed out)\n" SGR "OK\n");
		return;
	}
	if (mode_is("glued"))
		say("Waiting for user info...Waiting for compat in post-logon took: 0.098765s" SGR "OK");
	else
		say("Waiting for user info..." SGR "OK");
	leave_line_open();
	logged_in = true;
}

static int email_guard(const char *given)
{
	char code[64] = "";

	if (given)
		snprintf(code, sizeof code, "%s", given);
	else if (stored_code[0])
		snprintf(code, sizeof code, "%s", stored_code);
	if (!code[0]) {
		say("\nThis computer has not been authenticated for your account using Steam Guard.\n"
		    "Please check your email for the message from Steam, and enter the Steam Guard\n"
		    " code from that message.\n"
		    "You can also enter this code at any time using 'set_steam_guard_code'\n"
		    " at the console.\n");
		ask("Steam Guard code:", code, sizeof code);
	}
	if (!code[0])
		return refuse("ERROR (Account Logon Denied)\n");
	if (!strcmp(code, "wrong"))
		return refuse("FAILED (Invalid Login Auth Code)\n");
	return EXIT_OK;
}

static int mobile_guard(void)
{
	say("This account is protected by a Steam Guard mobile authenticator.\n"
	    "Please confirm the login in the Steam Mobile app on your phone.\n\n");
	for (int i = 0; i < 3; i++) {
		say("Waiting for confirmation...\n");
		pause_seconds(0.3);
	}
	if (mode_is("guard_mobile_ignored")) {
		say("Wait for confirmation timed out.\n" SGR);
		return refuse("ERROR (Timeout)\n" SGR);
	}
	say("Waiting for confirmation..." SGR "OK\n");
	return EXIT_OK;
}

static int password_login(const char *user, const char *password, const char *code)
{
	char typed[256] = "";
	int failure;

	if (!password) {
		say("Cached credentials not found.\n");
		if (no_prompt)
			return refuse("FAILED (No cached credentials and @NoPromptForPassword is set)\n");
		say("\n");
		if (!ask("password: ", typed, sizeof typed) || !typed[0])
			return refuse("\nERROR (Invalid Password)\n");
		say("\n\n");
	}
	say("Proceeding with login using username/password.\n");
	say("Logging in user '%s' [U:1:0] to Steam Public...", user);
	if ((failure = connect_failure()) != EXIT_OK)
		return failure;
	if (mode_is("invalid_password"))
		return refuse("ERROR (Invalid Password)\n");
	if (mode_is("guard_email") && (failure = email_guard(code)) != EXIT_OK)
		return failure;
	if (!mode_starts("guard_mobile"))
		say(SGR "OK\n");
	else if ((failure = mobile_guard()) != EXIT_OK)
		return failure;
	cache_token(user);
	return EXIT_OK;
}

static int named(char **args, int count)
{
	int failure;

	if (count == 1 && token_cached(args[0])) {
		say("Logging in using cached credentials.\n");
		say("Logging in user '%s' [U:1:0] to Steam Public...", args[0]);
		if ((failure = connect_failure()) != EXIT_OK)
			return failure;
		say(SGR "OK\n");
	} else {
		failure = password_login(args[0], count > 1 ? args[1] : NULL, count > 2 ? args[2] : NULL);
		if (failure != EXIT_OK)
			return failure;
	}
	named_login = true;
	return EXIT_OK;
}

int login(char **args, int count)
{
	int failure;

	mode_take();
	login_begun = true;
	logged_in = named_login = false;
	say("\n");
	if (count < 1) {
		say("Usage: login <username> [<password>] [<Steam guard code>]\n");
		return EXIT_LOGIN;
	}
	if (strcmp(args[0], "anonymous") != 0) {
		if ((failure = named(args, count)) != EXIT_OK)
			return failure;
	} else {
		say("Connecting anonymously to Steam Public...");
		if ((failure = connect_failure()) != EXIT_OK)
			return failure;
		say(SGR "OK\n");
	}
	after_login();
	return EXIT_OK;
}
