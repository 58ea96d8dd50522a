# SPDX-License-Identifier: Apache-2.0
"""report.json: written anew after each part, so that whoever kills the check keeps what it has found out."""
import json
import math
import os
import re

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"

# An absolute or home folder's name reveals where files are stored: the file's name is enough.
_FOLDERS = re.compile(r"(?<![\w./:])(?:~|file://)?/(?:[^\s/'\":;,()]+/)*(?=[^\s/'\":;,()])")


def scrubbed(value):
    """The same without absolute paths."""
    if isinstance(value, str):
        return _FOLDERS.sub("", value)
    if isinstance(value, dict):
        return {scrubbed(key): scrubbed(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [scrubbed(entry) for entry in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else str(value)  # JSON has no NaN
    return value


class Report:
    def __init__(self, path, head):
        self._path = path
        self.document = {"finished": False, **head, "parts": []}
        self.save()

    def add(self, part):
        self.document["parts"].append(part)
        self.save()

    def save(self):
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps(scrubbed(self.document), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        os.replace(part, self._path)

    def finish(self):
        self.document["finished"] = True
        self.save()

    @property
    def failed(self):
        return any(part["status"] == FAILED for part in self.document["parts"])


def part_line(part):
    """One line on a part: what happened, how long it took, how much of it went well."""
    counts = ", ".join(f"{part[key]} {key}" for key in (PASSED, FAILED, SKIPPED) if key in part)
    reason = f" ({part['reason']})" if part.get("reason") else ""
    took = f"{part['seconds']:.1f} s of {part['limit_seconds']:.0f}"
    return f"{part['name']:<22} {part['status']:<8} {took:>15}  {counts}{reason}"


def summary(document):
    """What somebody reads who reads nothing else."""
    machine = document["machine"]
    lines = ["", f"{machine['gpu']}, CUDA {machine['cuda']}; {machine['cpu']}, {machine['cores']} cores"]
    lines += [part_line(part) for part in document["parts"]]
    if document.get("reason"):
        lines.append(document["reason"])
    for part in document["parts"]:
        lines += [f"  {part['name']}: {name}: {why}" for key in ("failures", "timeouts")
                  for name, why in part.get(key, {}).items()]
        lines += [f"  {part['name']}: {name}: {figure}" for name, figure in part.get("in_short", {}).items()]
    totals = {key: sum(part.get(key, 0) for part in document["parts"]) for key in (PASSED, FAILED, SKIPPED)}
    return scrubbed([*lines, ", ".join(f"{count} {key}" for key, count in totals.items())])
