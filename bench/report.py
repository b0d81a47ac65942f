#!/usr/bin/env python3
"""Reads the lines that the sections print, one for each run, and writes the tables.

usage: report.py --command COMMAND [--update docs/benchmarks.md] RESULTS.tsv...

Each case is one block of a table: for every unit the median and, in brackets, the quartiles; the ratio is
that of the medians in the case's first unit, the other's to ours. Broken lines and holes are errors.
"""

import argparse
import datetime
import os
import platform
import re
import statistics
import subprocess
import sys

OURS = "left4me"


def broken(what):
    sys.exit(f"report.py: {what}")


def read(path):
    """The section's name and {case: {unit: {who: [values]}}}, in the order of the lines."""
    section, cases = None, {}
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            fields = line.rstrip("\n").split("\t")
            if len(fields) != 5 or (section and fields[0] != section):
                broken(f"{path}:{number}: not a measurement: {line!r}")
            section, case, who, unit, value = fields
            # A peer that cannot do the work at all says so.
            if value != "fails":
                try:
                    value = float(value)
                except ValueError:
                    broken(f"{path}:{number}: not a number: {line!r}")
            cases.setdefault(case, {}).setdefault(unit, {}).setdefault(who, []).append(value)
    if not cases:
        broken(f"{path}: no measurement")
    for case, units in cases.items():
        first = next(iter(units.values()))
        if OURS not in first:
            broken(f"{path}: {case}: nothing of ours")
        counts = {who: len(v) for who, v in first.items() if v[0] != "fails"}
        if len(set(counts.values())) != 1:
            broken(f"{path}: {case}: not the same number of runs for all: {counts}")
    return section, cases


def number(value):
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def cell(values):
    if not values:
        return ""
    if "fails" in values:
        return "fails"
    middle = number(statistics.median(values))
    if len(values) < 2 or min(values) == max(values):
        return middle
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return f"{middle} ({number(low)}–{number(high)})"


def ratio(who, values, ours):
    if who == OURS or "fails" in values or "fails" in ours or not statistics.median(ours):
        return ""
    return number(statistics.median(values) / statistics.median(ours)) + "×"


def table(cases):
    units = list(dict.fromkeys(unit for by_unit in cases.values() for unit in by_unit))
    rows = [["", "", *units, "to ours", "runs"]]
    rows.append(["---"] * 2 + ["---:"] * (len(units) + 2))
    for case, by_unit in cases.items():
        first = next(iter(by_unit.values()))
        for who in sorted(first, key=lambda who: who != OURS):
            values = first[who]
            name = case if who == OURS else ""
            cells = [cell(by_unit.get(unit, {}).get(who)) for unit in units]
            mark = f"**{who}**" if who == OURS else who
            rows.append([name, mark, *cells, ratio(who, values, first[OURS]), str(len(values))])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as text:
        cpu = re.search(r"model name\s*: (.*)", text.read())
    with open("/proc/meminfo", encoding="utf-8") as text:
        memory = int(re.search(r"MemTotal:\s*(\d+)", text.read())[1]) / 1024**2
    cpu = cpu[1] if cpu else platform.machine()
    return f"{cpu}, {os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release()}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--command", required=True)
    parser.add_argument("--update")
    parser.add_argument("results", nargs="+")
    arguments = parser.parse_args()
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")
    commit = output("git", "describe", "--always", "--dirty")
    head = f"`{arguments.command}`, {today}, commit {commit}, {machine()}"
    tables = {section: table(cases) for section, cases in map(read, arguments.results)}
    for section, text in tables.items():
        print(f"## {section}\n\n{head}\n\n{text}\n")
    if not arguments.update:
        return
    with open(arguments.update, encoding="utf-8") as file:
        page = file.read()
    for section, text in tables.items():
        marks = f"<!-- {section} -->\n", f"<!-- /{section} -->"
        pattern = re.compile(re.escape(marks[0]) + ".*?" + re.escape(marks[1]), re.DOTALL)
        if not pattern.search(page):
            broken(f"{arguments.update} has no place for the section {section}")
        page = pattern.sub(lambda _: f"{marks[0]}{head}\n\n{text}\n{marks[1]}", page)
    with open(arguments.update, "w", encoding="utf-8") as file:
        file.write(page)


if __name__ == "__main__":
    main()
