# SPDX-License-Identifier: Apache-2.0
"""The command line of the package: `metasolve`, or `python -m metasolve`."""

import os
import pathlib
import sys


def main() -> None:
    program = pathlib.Path(__file__).resolve().parent / "bin/metasolve"
    if not program.exists():
        sys.exit("metasolve: this build has no command line; build it with METASOLVE_APP=ON")
    os.execv(program, ["metasolve", *sys.argv[1:]])


if __name__ == "__main__":
    main()
