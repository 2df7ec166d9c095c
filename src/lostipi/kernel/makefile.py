"""Read a Makefile symbolically: which words its variables hold, under which Kconfig symbols.

Nothing is run. ``$(CONFIG_X)`` is taken as ``y`` where the symbol is on and as empty where it is
off; whatever is not known (``$(shell ...)``, variables of other Makefiles) decides nothing, so that
both branches of a conditional on it are read.
"""

import posixpath
import re
from collections.abc import Callable, Mapping

from lostipi.kernel.conditions import (
    ALWAYS,
    NEVER,
    Condition,
    both,
    either,
    inverse,
    off,
)
from lostipi.kernel.makefile_text import is_lone_reference, pattern_stem, pieces, split

#: Words, each with the condition under which it is there; or readings of one text.
Words = list[tuple[Condition, str]]

#: Stands for a value that cannot be known.
UNKNOWN = "\0"
#: The value of ``$(srctree)``: the start of a path from the top of the tree.
TOP = "\1"

LARGEST = 1 << 22
_MAX_STEPS = 100_000
_MAX_DEPTH = 40
_MAX_READINGS = 32
#: A text that holds more conditional words than this is not known; real names hold one or two.
_MAX_CONDITIONAL = 6

_SPLICE = re.compile(r"[ \t]*\\\r?\n[ \t]*")
_COMMENT = re.compile(r"(?<!\\)#.*")
_ASSIGN = re.compile(
    r"\s*(?:export\s+|override\s+)*"
    r"((?:[^\s:=+?!#$]|\$[({][^(){}]*(?:[({][^(){}]*[)}][^(){}]*)*[)}]|\+(?!=)|\$)+)\s*"
    r"(\+=|\?=|:{0,3}=)\s*(.*)",
    re.DOTALL,
)
_DIRECTIVE = re.compile(
    r"\s*(ifeq|ifneq|ifdef|ifndef|else|endif|-?include|sinclude|define|endef)\b\s*(.*)", re.DOTALL
)
_M_AS_Y = re.compile(r"-\$[({](?:subst\s+m,\s*y,\s*\$[({](CONFIG_\w+)[)}]|(CONFIG_\w+):m=y)[)}]\Z")
_CONFIG = re.compile(r"CONFIG_\w+")
_M_ALONE = re.compile(r"(?<![\w$-])m(?![\w-])")
_QUOTED = re.compile(r"""\s*(["'])(.*?)\1\s*(["'])(.*?)\3\s*""", re.DOTALL)


#: When a conditional holds and when it does not: not known, so both branches count.
_UNKNOWN_TEST = (ALWAYS, ALWAYS)

#: An open conditional: when this branch holds, when none so far did, whether that is a guess.
_Frame = tuple[Condition, Condition, bool]


class Makefile:
    """The variables of one directory's Makefile and of what it includes."""

    def __init__(
        self,
        read: Callable[[str], bytes | None],
        directory: str,
        known: Mapping[str, Words],
    ) -> None:
        """Starts empty.

        Args:
            read: Returns the content of a file of the tree, None if there is no such file.
            directory: The directory it speaks for, from the top of the tree; "" is the top.
            known: Variables that are set from outside, such as ``SRCARCH``.
        """
        self.directory = directory
        self._read = read
        here = posixpath.join(TOP, directory) if directory else TOP
        self._known = {
            **known,
            "srctree": [(ALWAYS, TOP)],
            "objtree": [(ALWAYS, TOP)],
            "src": [(ALWAYS, here)],
            "obj": [(ALWAYS, here)],
        }
        self._definitions: dict[str, list[tuple[Condition, str]]] = {}
        #: Variables assigned where it is not known whether the line counts.
        self._uncertain: set[str] = set()
        self._local: dict[str, Words] = {}
        #: The symbols whose ``m`` counts as ``y`` for an object or folder, by its resolved path:
        #: ``obj-$(subst m,y,$(CONFIG_X)) += x.o``.
        self.as_builtin: dict[str, set[str]] = {}
        self._loaded: set[str] = set()
        self._expanding: set[str] = set()
        self._steps = _MAX_STEPS
        self._with_m = False

    def names(self) -> list[str]:
        """Returns the names of all variables assigned so far."""
        return list(self._definitions)

    def words(self, name: str) -> Words:
        """Returns what a variable holds; a word of unknown text is left out."""
        return [
            (condition, word)
            for condition, word in self._variable(name, 0)
            if condition != NEVER and UNKNOWN not in word
        ]

    def load(self, path: str, depth: int = 0) -> None:
        """Reads a file and what it includes; a missing file is passed over, as by ``-include``."""
        if path in self._loaded or depth > _MAX_DEPTH:
            return  # a second inclusion would say the same again
        self._loaded.add(path)
        content = self._read(path)
        if content is None:
            return
        text = _SPLICE.sub(
            " ",
            content[:LARGEST].decode("utf-8", "replace").replace("\0", " ").replace("\r", ""),
        )
        frames: list[_Frame] = []
        in_define = False
        for line in text.split("\n"):
            if not line or line.isspace():
                continue
            directive = _DIRECTIVE.match(line)
            word = directive[1] if directive else ""
            if in_define or word == "define":
                in_define = word != "endef"
                continue
            if directive:
                argument = _COMMENT.sub("", directive[2]).strip()
                if word.startswith("if"):
                    holds, fails = self._test(word, argument)
                    frames.append((holds, fails, (holds, fails) == _UNKNOWN_TEST))
                elif word == "else" and frames:
                    _, left, uncertain = frames[-1]
                    again = _DIRECTIVE.match(argument)
                    holds, fails = (
                        self._test(again[1], again[2])
                        if again and again[1].startswith("if")
                        else (ALWAYS, NEVER)
                    )
                    uncertain = uncertain or (holds, fails) == _UNKNOWN_TEST
                    frames[-1] = (both(left, holds), both(left, fails), uncertain)
                elif word == "endif" and frames:
                    frames.pop()
                elif word.endswith("include") and self._active(frames) != NEVER:
                    for condition, name in self._words(argument, 0):
                        if condition != NEVER and UNKNOWN not in name:
                            self.load(self.resolve(name, base=""), depth + 1)
                if word not in ("define", "endef") and not _ASSIGN.fullmatch(line):
                    continue
            assign = _ASSIGN.fullmatch(line)
            if assign:
                self._assign(assign[1], assign[2], _COMMENT.sub("", assign[3]), frames)

    def resolve(self, word: str, base: str | None = None) -> str:
        """Returns a path from the top of the tree for a word of this Makefile."""
        if word.startswith(TOP):
            path = word.replace(TOP, "").lstrip("/")
        else:
            path = posixpath.join(self.directory if base is None else base, word)
        return posixpath.normpath(path) if path else ""

    @staticmethod
    def _active(frames: list[_Frame]) -> Condition:
        result = ALWAYS
        for here, _, _ in frames:
            result = both(result, here)
        return result

    def _assign(self, left: str, operator: str, right: str, frames: list[_Frame]) -> None:
        active = self._active(frames)
        if active == NEVER:
            return
        counted = _M_AS_Y.search(left)
        if counted is not None:
            for word in right.split():
                item = self.resolve(word.removesuffix(".o"))
                self.as_builtin.setdefault(item, set()).add(counted[1] or counted[2])
        uncertain = any(unknown for _, _, unknown in frames)
        for condition, name in self._texts(left, 0):
            holds = both(active, condition)
            if holds == NEVER or UNKNOWN in name or not name or name in self._known:
                continue
            definitions = self._definitions.setdefault(name, [])
            if uncertain:
                self._uncertain.add(name)
            if operator == "?=":
                if definitions:
                    continue
            elif (
                operator != "+=" and holds == ALWAYS and not uncertain and f"$({name})" not in right
            ):
                definitions.clear()
                self._uncertain.discard(name)
            definitions.append((holds, right))

    def _test(self, word: str, argument: str) -> tuple[Condition, Condition]:
        """Returns when a conditional holds and when it does not; unknown is always, twice."""
        if word in ("ifdef", "ifndef"):
            result = self._test_defined(argument)
        else:
            result = self._test_equal(argument)
        return result if word in ("ifdef", "ifeq") else (result[1], result[0])

    def _test_defined(self, name: str) -> tuple[Condition, Condition]:
        if _CONFIG.fullmatch(name):
            return ((name,),), ((off(name),),)
        if name not in self._definitions or name in self._uncertain:
            return _UNKNOWN_TEST
        holds = either(condition for condition, _ in self._definitions[name])
        return holds, inverse(holds)

    def _test_equal(self, argument: str) -> tuple[Condition, Condition]:
        quoted = _QUOTED.fullmatch(argument)
        if quoted:
            sides = [quoted[2], quoted[4]]
        else:
            inner = argument[1:-1] if argument[:1] + argument[-1:] == "()" else argument[1:]
            sides = split(inner, ",", 2)
        if len(sides) != 2:
            return _UNKNOWN_TEST
        self._with_m = bool(_M_ALONE.search(argument))
        left, right = (self._texts(side.strip(), 0) for side in sides)
        self._with_m = False
        if len(left) * len(right) > _MAX_READINGS**2:
            return _UNKNOWN_TEST
        equal: list[Condition] = []
        different: list[Condition] = []
        for one, first in left:
            for other, second in right:
                condition = both(one, other)
                unknown = UNKNOWN in first or UNKNOWN in second
                if unknown or first.strip() == second.strip():
                    equal.append(condition)
                if unknown or first.strip() != second.strip():
                    different.append(condition)
        return either(equal), either(different)

    # Expansion -------------------------------------------------------------------------------

    def _words(self, text: str, depth: int) -> Words:
        """Expands a list: its words are independent of each other."""
        result: Words = []
        for item in split(text, " \t", 0):
            if "$" not in item:
                result.append((ALWAYS, item))
            elif is_lone_reference(item):
                result.extend(self._reference(item[2:-1], depth + 1))
            else:
                for condition, expanded in self._texts(item, depth + 1):
                    result.extend((condition, word) for word in expanded.split())
        return result

    def _texts(self, text: str, depth: int) -> Words:
        """Expands a text: one reading for each combination of its references."""
        readings: Words = [(ALWAYS, "")]
        for literal, reference in pieces(text):
            if literal:
                readings = [(condition, value + literal) for condition, value in readings]
            if reference is None:
                continue
            values = self._readings(reference, depth + 1)
            readings = [
                (joined, value + extra)
                for condition, value in readings
                for other, extra in values
                if (joined := both(condition, other)) != NEVER
            ]
            if len(readings) > _MAX_READINGS:
                return [(ALWAYS, UNKNOWN)]
        return readings

    def _readings(self, reference: str, depth: int) -> Words:
        """Expands one reference inside a text."""
        if _CONFIG.fullmatch(reference) and reference not in self._known:
            on: Words = [(((reference,),), "y")]
            if self._with_m:
                on.append((((reference,),), "m"))
            return [*on, (((off(reference),),), "")]
        if re.fullmatch(r"[\w.-]+", reference) and not self._is_defined(reference):
            return [(ALWAYS, UNKNOWN)]
        readings: Words = [(ALWAYS, "")]
        if reference in self._uncertain:
            return [(ALWAYS, UNKNOWN)]
        words = self._reference(reference, depth)
        if sum(condition != ALWAYS for condition, _ in words) > _MAX_CONDITIONAL:
            return [(ALWAYS, UNKNOWN)]
        for condition, word in words:
            if condition == ALWAYS:
                readings = [(known, f"{value} {word}".strip()) for known, value in readings]
                continue
            without = inverse(condition)
            readings = [
                *(
                    (joined, f"{value} {word}".strip())
                    for known, value in readings
                    if (joined := both(known, condition)) != NEVER
                ),
                *(
                    (joined, value)
                    for known, value in readings
                    if (joined := both(known, without)) != NEVER
                ),
            ]
            if len(readings) > _MAX_READINGS:
                return [(ALWAYS, UNKNOWN)]
        return readings

    def _is_defined(self, name: str) -> bool:
        return name in self._definitions or name in self._known or name in self._local

    def _variable(self, name: str, depth: int) -> Words:
        if name in self._local:
            return self._local[name]
        if name in self._known:
            return self._known[name]
        if _CONFIG.fullmatch(name):
            return [(((name,),), "y")]
        if name not in self._definitions:
            return [(ALWAYS, UNKNOWN)]
        if name in self._expanding or depth > _MAX_DEPTH:
            return []
        self._expanding.add(name)
        try:
            return [
                (joined, word)
                for condition, raw in self._definitions[name]
                for other, word in self._words(raw, depth + 1)
                if (joined := both(condition, other)) != NEVER
            ]
        finally:
            self._expanding.discard(name)

    def _reference(self, inner: str, depth: int) -> Words:
        """Expands ``$(inner)`` to a list of words."""
        self._steps -= 1
        if self._steps < 0 or depth > _MAX_DEPTH:
            return [(ALWAYS, UNKNOWN)]
        function, _, rest = inner.partition(" ")
        if rest and re.fullmatch(r"[a-z-]+", function):
            return self._function(function, split(rest.lstrip(), ",", 0), depth)
        name, colon, substitution = inner.partition(":")
        if colon and "=" in substitution and "$(" not in name:
            before, _, after = substitution.partition("=")
            if "%" not in before:
                before, after = f"%{before}", f"%{after}"
            return self._patsubst(before, after, self._variable(name, depth))
        if "$" not in inner:
            return self._variable(inner, depth)
        return [
            (joined, word)
            for condition, computed in self._texts(inner, depth)
            if UNKNOWN not in computed
            for other, word in self._variable(computed, depth)
            if (joined := both(condition, other)) != NEVER
        ]

    def _function(self, function: str, arguments: list[str], depth: int) -> Words:
        count = len(arguments)
        first = arguments[0] if arguments else ""
        last = arguments[-1] if arguments else ""
        if function in ("sort", "strip", "abspath", "realpath", "firstword", "lastword"):
            return self._words(first, depth)
        if function in ("addprefix", "addsuffix") and count == 2:
            return [
                (joined, extra + word if function == "addprefix" else word + extra)
                for condition, extra in self._texts(first, depth)
                for other, word in self._words(last, depth)
                if (joined := both(condition, other)) != NEVER
            ]
        if function in ("notdir", "dir", "basename"):
            return [(c, _PATH_PART[function](word)) for c, word in self._words(first, depth)]
        if function == "patsubst" and count == 3:
            return self._patsubst(first, arguments[1], self._words(last, depth))
        if function == "subst" and count == 3 and first:
            return [(c, w.replace(first, arguments[1])) for c, w in self._words(last, depth)]
        if function in ("filter", "filter-out") and count == 2:
            return self._filter(function, first, last, depth)
        if function == "if" and count in (2, 3):
            holds = either(c for c, w in self._words(first, depth) if w)
            branches = zip((holds, inverse(holds)), arguments[1:], strict=False)
            return [
                (joined, word)
                for condition, branch in branches
                for other, word in self._words(branch, depth)
                if (joined := both(condition, other)) != NEVER
            ]
        if function == "or":
            return self._first(arguments, depth)
        if function == "and":
            holds = ALWAYS
            for argument in arguments[:-1]:
                holds = both(holds, either(c for c, _ in self._words(argument, depth)))
            return [(both(holds, c), word) for c, word in self._words(last, depth)]
        if function == "foreach" and count >= 3:
            return self._foreach(first.strip(), arguments[1], ",".join(arguments[2:]), depth)
        return [(ALWAYS, UNKNOWN)]

    def _first(self, arguments: list[str], depth: int) -> Words:
        """Expands ``$(or ...)``: the first argument that is not empty."""
        result: Words = []
        left = ALWAYS
        for argument in arguments:
            words = self._words(argument, depth)
            result += ((joined, w) for c, w in words if (joined := both(left, c)) != NEVER)
            left = both(left, inverse(either(condition for condition, _ in words)))
        return result

    def _foreach(self, name: str, items: str, body: str, depth: int) -> Words:
        result: Words = []
        outer = self._local.get(name)
        for condition, word in self._words(items, depth):
            self._local[name] = [(condition, word)]
            result.extend(self._words(body, depth + 1))
            if self._steps < 0:
                break
        if outer is None:
            self._local.pop(name, None)
        else:
            self._local[name] = outer
        return result

    def _filter(self, function: str, patterns: str, items: str, depth: int) -> Words:
        wanted = [word for _, word in self._words(patterns, depth)]
        if any(UNKNOWN in word for word in wanted):
            return [(ALWAYS, UNKNOWN)]
        keep = function == "filter"
        return [
            (condition, word)
            for condition, word in self._words(items, depth)
            if UNKNOWN in word or any(pattern_stem(p, word) is not None for p in wanted) == keep
        ]

    @staticmethod
    def _patsubst(before: str, after: str, words: Words) -> Words:
        result: Words = []
        for condition, word in words:
            stem = pattern_stem(before.strip(), word)
            result.append((condition, word if stem is None else after.replace("%", stem, 1)))
        return result


_PATH_PART: dict[str, Callable[[str], str]] = {
    "notdir": posixpath.basename,
    "dir": lambda word: posixpath.dirname(word) + "/" if "/" in word else "./",
    "basename": lambda word: posixpath.splitext(word)[0],
}
