/*
 * out.c - printing.
 *
 * Plain stdio and no flushing: on a pipe nothing comes out before the end, on a terminal it comes
 * line by line. That is how the real client behaves, and it is why it has to run on a terminal.
 */
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool line_open;

static void put(const char *text)
{
	for (; *text; text++) {
		/* The worst gluing that logs show: many messages, one physical line. */
		char byte = *text == '\n' && mode_is("glued") ? ' ' : *text;

		if (mode_is("split")) {
			if (write(STDOUT_FILENO, &byte, 1) != 1)
				exit(EXIT_UNKNOWN);
			pause_seconds(0.0002);
		} else {
			putchar(byte);
		}
	}
}

static void put_formatted(const char *format, va_list args)
{
	char text[3 * PATH_SIZE];

	vsnprintf(text, sizeof text, format, args);
	put(text);
}

void say(const char *format, ...)
{
	va_list args;

	close_line();
	va_start(args, format);
	put_formatted(format, args);
	va_end(args);
}

/* After an OK the real client often ends the line only if nothing went wrong. */
void leave_line_open(void)
{
	line_open = true;
}

void close_line(void)
{
	if (line_open)
		put("\n");
	line_open = false;
}

void say_error(const char *format, ...)
{
	va_list args;

	put(line_open ? " " SGR : SGR);
	line_open = false;
	va_start(args, format);
	put_formatted(format, args);
	va_end(args);
	put("\n" SGR);
}

/* LC_ALL outranks LANG; some locales print a decimal comma. */
static bool decimal_comma(void)
{
	const char *all = getenv("LC_ALL"), *locale = all && *all ? all : getenv("LANG");

	return mode_is("comma") || (locale && (!strncmp(locale, "pl", 2) || !strncmp(locale, "de", 2)));
}

void say_progress(const char *state, double percent, uint64_t done, uint64_t total)
{
	char figure[32], *dot;

	snprintf(figure, sizeof figure, "%.2f", percent);
	if (decimal_comma() && (dot = strchr(figure, '.')) != NULL)
		*dot = ',';
	say(" Update state (%s, progress: %s (%llu / %llu)\n", state, figure, (unsigned long long)done,
	    (unsigned long long)total);
}

/* Prompts have no newline; on a terminal they are seen all the same. */
bool ask(const char *prompt, char *answer, size_t size)
{
	say("%s", prompt);
	if (isatty(STDOUT_FILENO))
		fflush(stdout);
	if (!fgets(answer, (int)size, stdin)) {
		answer[0] = '\0';
		return false;
	}
	answer[strcspn(answer, "\r\n")] = '\0';
	return true;
}

void pause_seconds(double seconds)
{
	struct timespec span;

	if (seconds <= 0)
		return;
	span.tv_sec = (time_t)seconds;
	span.tv_nsec = (long)((seconds - (double)span.tv_sec) * 1e9);
	nanosleep(&span, NULL);
}

double now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

void hang(void)
{
	for (;;)
		pause();
}
