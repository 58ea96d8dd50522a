#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""README stays short, its C++ and that of docs/library.md compiles, and what the documents link to or name in the tree is there.

Usage: documents.py CXX [FLAG...]     the compiler and the include paths of the library
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LONGEST_README = 120
TOP = ("src", "kernels", "include", "tests", "scripts", "docs", "configs", "examples", "bench", "paper", "cmake",
       "packaging")


def documents():
    tracked = subprocess.run(["git", "-C", str(ROOT), "ls-files", "*.md"], capture_output=True, text=True)
    names = tracked.stdout.split() if tracked.returncode == 0 else []
    if not names:
        names = [str(p.relative_to(ROOT)) for top in TOP for p in (ROOT / top).rglob("*.md")] + ["README.md"]
    return [name for name in names if (ROOT / name).exists()]


def without_code(text):
    return re.sub(r"```.*?```", "", text, flags=re.S)


def anchors(text):
    """As GitHub makes them of headings."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)$", without_code(text), flags=re.M)}


def broken_links(name, text):
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(text)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (ROOT / name).parent / path if path else ROOT / name
        if not file.exists():
            yield f"{name}: links to {target}, which is not there"
        elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text()):
            yield f"{name}: links to {target}; there is no such heading"


def absent_files(name, text):
    for path in re.findall(r"`((?:%s)/[\w./-]+)`" % "|".join(TOP), without_code(text)):
        if re.search("NAME|TARGET|RUN|DATE", path):
            continue
        if not (ROOT / path).exists():
            yield f"{name}: names {path}, which is not there"


def failing_source(compiler, where, source):
    done = subprocess.run([*compiler, "-std=c++20", "-fsyntax-only", "-x", "c++", "-"], input=source, text=True,
                          capture_output=True)
    if done.returncode != 0:
        yield f"{where} does not compile:\n{done.stderr[:2000]}"


def failing_programs(compiler):
    """Blocks of C++ in docs/library.md are whole programs."""
    blocks = re.findall(r"```cpp\n(.*?)```", (ROOT / "docs/library.md").read_text(), flags=re.S)
    if not blocks:
        yield "docs/library.md: has no program in C++"
    for block in blocks:
        yield from failing_source(compiler, "docs/library.md: the program", block)


def failing_code(compiler):
    text = (ROOT / "README.md").read_text()
    blocks = re.findall(r"```cpp\n(.*?)```", text, flags=re.S)
    if len(blocks) != 2:
        yield f"README.md: has {len(blocks)} blocks of C++, expected 2"
        return
    call, problem = blocks
    include, body = call.split("\n\n", 1)
    sources = {
        "the call": f"#include <cstdint>\n{include}\nvoid call(int unknowns, int tasks, double const* rhs,"
                    "double* solution, std::int32_t* status, std::int32_t* iterations, double* measure) {\n"
                    f"{body}}}\n",
        "the ODE": "#include <metasolve/problem_solver.hpp>\n" + problem +
                   "using Problem = metasolve::kernels::OdeProblem<VanDerPol>;\n"
                   "static_assert(metasolve::kernels::Ode<VanDerPol>);\n"
                   "int const size = sizeof(metasolve::ProblemSolver<Problem>);\n",
    }
    for what, source in sources.items():
        yield from failing_source(compiler, f"README.md: {what}", source)


def main(compiler):
    faults = []
    for name in documents():
        text = (ROOT / name).read_text()
        faults += [*broken_links(name, text), *absent_files(name, text)]
    lines = len((ROOT / "README.md").read_text().splitlines())
    if lines > LONGEST_README:
        faults.append(f"README.md: has {lines} lines, at most {LONGEST_README} are wanted")
    if compiler:
        faults += [*failing_code(compiler), *failing_programs(compiler)]
    print("\n".join(faults) or "all documents are in order")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
