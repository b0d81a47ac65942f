#!/usr/bin/env python3
"""How much of a command's time passed inside our own programs: milliseconds, from a log of strace.

usage: own_part.py TRACE     (strace -f -ttt -e trace=process --seccomp-bpf)

From a program of ours being executed to its end (or to its becoming another program), less the time in
which a child of its own ran something else. Only system calls about processes are stopped at, so tracing
adds little; what it adds counts as ours.
"""

import re
import sys

OURS = re.compile(r"/(l4d2ctl|left4me-[a-z]+)$")
LINE = re.compile(r"^(\d+) +(\d+\.\d+) (.*)$")


class Process:
    def __init__(self, parent):
        self.parent = parent
        self.runs = []  # (path, from, to), one for each program it was
        self.pending = None

    def become(self, path, when):
        self.end(when)
        self.runs.append([path, when, None])

    def end(self, when):
        if self.runs and self.runs[-1][2] is None:
            self.runs[-1][2] = when


def read(path):
    processes = {}
    with open(path, encoding="utf-8", errors="replace") as lines:
        for line in lines:
            match = LINE.match(line)
            if not match:
                sys.exit(f"own_part.py: not a line of strace -f -ttt: {line!r}")
            pid, when, what = match[1], float(match[2]), match[3]
            process = processes.setdefault(pid, Process(None))
            if started := re.match(r'execve\("([^"]+)"', what):
                process.pending = started[1]
            if "execve" in what and what.endswith(" = 0"):
                process.become(process.pending, when)
            elif re.match(r"(<\.\.\. )?(clone3?|v?fork)\b", what) and (made := re.search(r" = (\d+)$", what)):
                processes.setdefault(made[1], Process(None)).parent = pid
            elif what.startswith("+++"):
                process.end(when)
    return processes


def own(processes):
    total = 0.0
    for pid, process in processes.items():
        others = [run for child in processes.values() if child.parent == pid for run in child.runs]
        for path, start, end in process.runs:
            if OURS.search(path):
                total += end - start
                total -= sum(max(0.0, min(end, b) - max(start, a)) for _, a, b in others)
    return total * 1e3


if __name__ == "__main__":
    traced = read(sys.argv[1])
    if not any(OURS.search(path) for process in traced.values() for path, _, _ in process.runs):
        sys.exit("own_part.py: none of our programs ran")
    print(f"{own(traced):.3f}")
