"""Say of each file of a tree what must be on to compile it, and whether x86 can."""

from lostipi.kernel.conditions import NEVER, Alternative, Condition
from lostipi.kernel.kbuild import Kbuild, Source
from lostipi.kernel.kconfig import ALL, PLAIN_32, PLAIN_64, TEST_32, TEST_64, Kconfig
from lostipi.kernel.shape import Gate, ScanProblem

_BUILD_WORDS = {
    PLAIN_64: "on 64 bit",
    PLAIN_32: "on 32 bit",
    TEST_64: "on 64 bit",
    TEST_32: "on 32 bit",
}


class Gates:
    """The gates of one tree. Calling it with a path is cheap the second time.

    The Makefiles are read as far as the paths need them; the Kconfig files once, when the first
    file is asked for that is not compiled unconditionally.
    """

    def __init__(self, tree: Source) -> None:
        """Reads nothing yet."""
        self._tree = tree
        self._kbuild = Kbuild(tree)
        self._kconfig: Kconfig | None = None
        self._gates: dict[str, Gate] = {}

    def __call__(self, path: str) -> Gate:
        """Returns the gate of a .c, .S or .h file, by its path from the top of the tree.

        In ``kconfig`` a symbol that must be off stands as ``!CONFIG_X``. ``x86`` counts SMP as on:
        a file built only without SMP is ``no``.
        """
        gate = self._gates.get(path)
        if gate is None:
            gate = self._gates[path] = self._gate(path)
        return gate

    @property
    def kconfig(self) -> Kconfig:
        """The Kconfig symbols as x86 sees them."""
        if self._kconfig is None:
            files = self._tree.files()
            self._kconfig = Kconfig.load(self._kbuild.read, files)
        return self._kconfig

    @property
    def problems(self) -> list[ScanProblem]:
        """What is wrong with the Makefiles and Kconfig files that the gates so far rest on."""
        found = {(item.file, item.line): item for item in self._kbuild.problems}
        for fault in self._kconfig.faults if self._kconfig is not None else ():
            path, line, what = fault.split(":", 2)
            found.setdefault((path, int(line)), ScanProblem(path, int(line), what.strip()))
        return sorted(found.values())

    def _gate(self, path: str) -> Gate:
        folders = path.split("/")
        if folders[0] == "arch" and len(folders) > 2 and folders[1] != "x86":
            return Gate((), "no", f"arch/{folders[1]} is another architecture")
        condition = self._kbuild.condition(path)
        if condition == NEVER:
            if path.endswith(".h"):
                return Gate((), "no", "only files that no x86 build compiles include it")
            return Gate((), "no", "no Makefile of an x86 build names it")
        masks = {alternative: self._mask(alternative) for alternative in condition}
        builds = 0
        for mask in masks.values():
            builds |= mask
        return Gate(condition, *self._class(condition, builds), self._kbuild.as_builtin(path))

    def _mask(self, alternative: Alternative) -> int:
        """Returns the builds in which all symbols of an alternative can be as it asks."""
        mask = ALL
        for literal in alternative:
            mask &= self._literal(literal)
        return mask

    def _literal(self, literal: str) -> int:
        if literal.startswith("!"):
            return self.kconfig.can_be_off(_bare(literal))
        return self.kconfig.can_be_on(_bare(literal))

    def _class(self, condition: Condition, builds: int) -> tuple[str, str | None]:
        if builds & PLAIN_64:
            if builds & PLAIN_32:
                return "x86", None
            return "x86_64", self._why(condition, PLAIN_32)
        if builds & TEST_64:
            return "compile-test", self._why(condition, PLAIN_64)
        if builds:
            return "x86_32", self._why(condition, TEST_64)
        return "no", self._why(condition, TEST_64)

    def _why(self, condition: Condition, build: int) -> str:
        """Says what each alternative lacks in a build; the same thing is said once."""
        reasons: list[str] = []
        for alternative in condition:
            for literal in alternative:
                if not self._literal(literal) & build:
                    reasons.append(self._lack(literal, build))
                    break
            else:
                reasons.append(f"{' and '.join(alternative)} exclude each other")
        return "; ".join(dict.fromkeys(reasons))

    def _lack(self, literal: str, build: int) -> str:
        name = _bare(literal)
        if not literal.startswith("!"):
            return self.kconfig.why_not(name, build)
        if name == "SMP":
            return "built only without CONFIG_SMP"
        return f"built only without CONFIG_{name}, which is always on {_BUILD_WORDS[build]}"


def _bare(literal: str) -> str:
    return literal.removeprefix("!").removeprefix("CONFIG_")
