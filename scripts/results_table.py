# SPDX-License-Identifier: Apache-2.0
"""Prints RESULTS/table1.json or table3.json as Markdown: ours beside the published figure, mean (deviation over seeds).

Usage: results_table.py results/table3.json [--all]     --all: the rows beyond the paper too
"""
import json
import sys


def cell(row):
    text = f"{row['mean']:.2f} ({row['std']:.2f})"
    if row["published"] is None:
        return text
    text = f"{text} / {row['published']:.2f}"
    return f"**{text}**" if row["mean"] <= row["published"] else text


def main(arguments):
    files = [a for a in arguments if not a.startswith("--")]
    if len(files) != 1:
        sys.exit(__doc__)
    with open(files[0], encoding="utf-8") as file:
        rows = json.load(file)["rows"]
    if "--all" not in arguments:
        rows = [r for r in rows if r["published"] is not None]
    columns = list(dict.fromkeys((r["p"], r["tolerance"]) for r in rows))
    cells = {(r["name"], r["p"], r["tolerance"]): r for r in rows}
    print("| trained on | " + " | ".join(f"p = {p:g}, {tolerance:g}" if p is not None else f"{tolerance:g}" for p, tolerance in columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for name in dict.fromkeys(r["name"] for r in rows):
        print(f"| {name} | " + " | ".join(cell(cells[name, *column]) for column in columns) + " |")


if __name__ == "__main__":
    main(sys.argv[1:])
