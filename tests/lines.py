"""One C file as a reader of lines sees it: functions, conditions, calls, places for more.

Shares nothing with the scanner. What leaves doubt is left out.
"""

from __future__ import annotations

import re
from functools import cached_property

_QUIET = re.compile(
    r"/\*.*?(?:\*/|\Z)|//(?:[^\\\n]|\\.|\\\n)*"
    r'|"(?:[^"\\\n]|\\.|\\\n)*"|\'(?:[^\'\\\n]|\\.)+\'',
    re.DOTALL,
)
_HEAD = re.compile(
    r"\s*(?:[a-z_]\w*[\s*]+)+(?P<name>[a-z_]\w*)\s*"
    r"\((?:[^()]|\([^()]*\))*\)\s*(?:__\w+(?:\([^()]*\))?\s*)*\Z"
)
_CONDITION = re.compile(r"\s*#\s*(ifdef|ifndef|if|elif|else|endif)\b(.*)")
_NOT_BLOCKS = re.compile(r"(?:=|,|\(|\b(?:struct|union|enum)\b[^;{}()]*)\s*\Z")
_EDGES = ("{", "}")


class Text:
    """One file, and what a reader of lines sees in it."""

    def __init__(self, file: str, data: bytes) -> None:
        self.file = file
        self.text = data.decode("latin-1")
        self.quiet = _QUIET.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), self.text)
        self.lines = self.text.split("\n")
        self.bare = self.quiet.split("\n")

    def continued(self, line: int) -> bool:
        """Whether a line (from 0) is a directive, or goes on from the one above or below."""
        return self.lines[line].lstrip().startswith("#") or any(
            row.endswith("\\") for row in self.lines[max(0, line - 1) : line + 1]
        )

    @cached_property
    def functions(self) -> list[tuple[str, int, int]]:
        """Functions whose head leaves no doubt: name, lines of the opening and closing brace."""
        found = []
        for number, line in enumerate(self.bare):
            if line.rstrip() != "{":
                continue
            first = number
            while first and re.match(r"(?![#{}])\s*\S", self.bare[first - 1]):
                if self.bare[first - 1].rstrip().endswith((";", "\\", "}")):
                    break
                first -= 1
            match = _HEAD.match("\n".join(self.bare[first:number]))
            above = self.bare[first - 1] if first else ""
            # Another head under #else, or a macro above that may belong to it, leaves doubt.
            if not match or above.startswith("#") or above.rstrip().endswith("\\"):
                continue
            last = next(
                (i for i in range(number + 1, len(self.bare)) if self.bare[i].startswith(_EDGES)),
                None,
            )
            if last is not None and self.bare[last].rstrip() == "}":
                found.append((match["name"], number, last))
        return found

    def statement_places(self) -> list[tuple[str, int]]:
        """Where a statement may be inserted: the function, and the line (from 0) before which."""
        found = []
        for name, first, last in self.functions:
            if any(re.match(r"\s*#\s*define", line) for line in self.bare[first:last]):
                continue
            for line in range(first + 1, last + 1):
                before = self.bare[line - 1].rstrip()
                ends = before.endswith((";", "{", "}")) and not self.continued(line - 1)
                if ends and self._between_statements(first, line):
                    found.append((name, line))
        return found

    def _between_statements(self, first: int, line: int) -> bool:
        code = "\n".join(row for row in self.bare[first:line] if not re.match(r"\s*#", row))
        if code.count("(") != code.count(")"):
            return False
        opened: list[bool] = []
        for match in re.finditer(r"[{}]", code):
            if match.group() == "{":
                opened.append(not _NOT_BLOCKS.search(code[: match.start()]))
            elif opened:
                opened.pop()
        return all(opened)

    def scope_places(self) -> list[int]:
        """Lines (from 0) before which a function may be inserted: behind another one."""
        return [
            last + 1
            for _, _, last in self.functions
            if last + 1 < len(self.bare) and not self.lines[last + 1].strip()
        ]

    def smp_off(self, line: int) -> bool:
        """Whether a line (from 0) is compiled only without SMP, or never."""
        groups: list[tuple[bool, bool]] = []  # (off in this branch, off in the others)
        for row in self.bare[:line]:
            match = _CONDITION.match(row)
            if not match:
                continue
            word, rest = match[1], re.sub(r"[\s()]|defined", "", match[2])
            if word in ("if", "ifdef"):
                groups.append((rest in ("!CONFIG_SMP", "0"), rest == "CONFIG_SMP"))
            elif word == "ifndef":
                groups.append((rest == "CONFIG_SMP", False))
            elif groups and word == "endif":
                groups.pop()
            elif groups:
                never = word == "elif" and rest == "0"
                groups[-1] = (groups[-1][1] or never, groups[-1][1])
        return any(off for off, _ in groups)

    def call(self, line: int, api: str) -> tuple[int, list[tuple[int, int]], int] | None:
        """Find a call by name, by its line (from 1): offset of the name, of each argument, of the
        end. One through a pointer or a static call is none.
        """
        start = sum(len(row) + 1 for row in self.lines[: line - 1])
        match = re.compile(rf"(?<!->)(?<!\.)\b{api}\b[\s\\]*\(").search(
            self.quiet, start, start + len(self.lines[line - 1]) + 80
        )
        if not match or self.quiet.count("\n", start, match.start()):
            return None
        depth, begin, arguments = 0, match.end(), []
        for place in range(match.end() - 1, len(self.quiet)):
            letter = self.quiet[place]
            depth += (letter in "([{") - (letter in ")]}")
            if depth == 0 or (depth == 1 and letter == ","):
                arguments.append((begin, place))
                begin = place + 1
            if depth == 0:
                return match.start(), arguments, place + 1
        return None

    def with_line(self, line: int, text: str) -> bytes:
        """Insert text before a line (from 0)."""
        return "\n".join([*self.lines[:line], text, *self.lines[line:]]).encode("latin-1")

    def with_text(self, first: int, last: int, text: str) -> bytes:
        """Put text in the place of a stretch."""
        return (self.text[:first] + text + self.text[last:]).encode("latin-1")
