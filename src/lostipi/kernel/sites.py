"""From a call found in a file to a site: func, wait, result, fingerprints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lostipi.kernel.calls import result_use, wait_class
from lostipi.kernel.csd import Carrier, CsdFuncs
from lostipi.kernel.ctokens import WORD, Source, fingerprint
from lostipi.kernel.enabled import EnabledReader
from lostipi.kernel.functions import Function, Structure, parameters
from lostipi.kernel.occurrences import FoundCall, Reading
from lostipi.kernel.shape import (
    ApiShape,
    Fingerprints,
    Gate,
    ScanProblem,
    Site,
    WaitClass,
)

_CHANGES = frozenset(
    {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "++", "--"}
)


class SiteReader:
    """Makes the sites of one file. What the sites of a file share is read once."""

    def __init__(
        self, file: str, reading: Reading, shapes: Mapping[str, Sequence[ApiShape]], gate: Gate
    ) -> None:
        self.file = file
        self.reading = reading
        self.source = reading.source
        self.shapes = shapes
        self.gate = gate
        self.problems: list[ScanProblem] = []
        self.open_csds: list[tuple[int, Carrier]] = []
        """Which sites, by their number, have a csd that another file may tell the func of."""
        self._csds: CsdFuncs | None = None
        self._count = 0
        self._functions: dict[int, str] = {}
        self._funcs: dict[str, str | None] = {}
        self._changed: dict[int, dict[str, int]] = {}
        self._enabled = EnabledReader(reading.source, reading.calls)

    def sites(self) -> Iterator[Site]:
        """Give the sites in the order of the file; problems gather meanwhile."""
        for found in self.reading.calls:
            yield self._site(found)
            self._count += 1

    def _site(self, found: FoundCall) -> Site:
        source, call = self.source, found.call
        line = source.line(call.name)
        function = found.function
        if function is None:
            self._problem(line, f"a call of {found.api}() that no function is found around")
        if call.branched:
            self._problem(
                line, f"a call of {found.api}() with an #else inside; read by its first branch"
            )
        shape = self._shape(found, line)
        func, expression = self._func(found, shape), None
        wait: WaitClass = "runtime"
        if shape is not None:
            wait, expression = self._wait(found, shape)
        floor = -1 if function is None else function.body + 1
        if found.macro_end is not None and function is not None:
            floor = function.params[1] + 1
        return Site(
            file=self.file,
            line=line,
            end_line=source.end_line(call.close),
            function=function.name if function else None,
            api=found.api,
            func=func,
            wait=wait,
            wait_expr=expression,
            result=result_use(source, call, floor, found.macro_end),
            weak=function.weak if function else False,
            guards=found.guards,
            is_enabled=self._enabled.conditions_of(found),
            kconfig=self.gate.kconfig,
            as_builtin=self.gate.as_builtin,
            x86=self.gate.x86,
            x86_reason=self.gate.x86_reason,
            fingerprints=Fingerprints(
                call=self._call_fingerprint(found),
                function=self._function_fingerprint(function) if function else None,
                func=self._func_fingerprint(func),
            ),
        )

    def _problem(self, line: int, message: str) -> None:
        self.problems.append(ScanProblem(self.file, line, message))

    def _shape(self, found: FoundCall, line: int) -> ApiShape | None:
        count = len(found.call.arguments)
        shapes = [s for s in self.shapes[found.api] if s.through == found.through]
        shapes = shapes or list(self.shapes[found.api])
        for shape in shapes:
            if shape.params == count:
                return shape
        right = " or ".join(str(number) for number in sorted({shape.params for shape in shapes}))
        self._problem(line, f"{found.api}() takes {right} arguments (got {count})")
        return None

    def _func(self, found: FoundCall, shape: ApiShape | None) -> str | None:
        if shape is None:
            return None
        arguments = found.call.arguments
        if shape.func is not None and shape.func < len(arguments):
            return self.source.spelled(arguments[shape.func]) or None
        if shape.csd is not None and shape.csd < len(arguments):
            if self._csds is None:
                self._csds = CsdFuncs(self.source, self.reading.structure)
            func = self._csds.func_of(arguments[shape.csd], found.function)
            if func is None:
                carrier = self._csds.carrier(arguments[shape.csd], found.function)
                if carrier is not None:
                    self.open_csds.append((self._count, carrier))
            return func
        return None

    def _wait(self, found: FoundCall, shape: ApiShape) -> tuple[WaitClass, str | None]:
        expression = None
        if shape.wait is not None and shape.wait < len(found.call.arguments):
            expression = self.source.spelled(found.call.arguments[shape.wait]) or None
        if shape.waits == "always":
            return "waits", expression
        if shape.waits == "never":
            return "async", expression
        if shape.wait is None or expression is None:
            return "runtime", expression
        own = frozenset[str]()
        if found.function is not None:
            changed = self._changes(found.function)
            own = frozenset(
                name
                for name in parameters(self.source, found.function)
                if changed.get(name, found.call.name) >= found.call.name
            )
        argument = found.call.arguments[shape.wait]
        return wait_class(self.source, argument, shape, own), expression

    def _changes(self, function: Function) -> dict[str, int]:
        """Give where each name is first assigned to, or its address taken, in a function."""
        key = function.first
        if key not in self._changed:
            source = self.source
            changed: dict[str, int] = {}
            for index in range(function.body + 1, function.last):
                if source.kinds[index] != WORD or source.texts[index - 1] in (".", "->"):
                    continue
                text = source.texts[index]
                if source.texts[index + 1] in _CHANGES or source.texts[index - 1] in ("++", "--"):
                    changed.setdefault(text, index)
            self._changed[key] = changed
        return self._changed[key]

    def _call_fingerprint(self, found: FoundCall) -> str:
        words = [self.source.texts[found.call.name]]
        for argument in found.call.arguments:
            words += ["(", *self.source.words_of(argument)]
        return fingerprint([*words, ")", *(f"#if {guard}" for guard in found.guards)])

    def _function_fingerprint(self, function: Function) -> str:
        if function.first not in self._functions:
            self._functions[function.first] = _function_fingerprint(self.source, function)
        return self._functions[function.first]

    def _func_fingerprint(self, func: str | None) -> str | None:
        if func is None:
            return None
        if func not in self._funcs:
            self._funcs[func] = func_fingerprint(self.source, self.reading.structure, func)
        return self._funcs[func]


def func_fingerprint(source: Source, structure: Structure, func: str) -> str | None:
    """Hash the definition of a func, its name left out; None when the file does not have it."""

    def longest(item: Function) -> tuple[int, int]:
        return len(source.words_between(item.body, item.last)), -item.first

    found = structure.functions_named(_bare_name(func))
    definition = found[0] if len(found) == 1 else max(found, key=longest, default=None)
    return _function_fingerprint(source, definition) if definition else None


def _function_fingerprint(source: Source, function: Function) -> str:
    words = source.words_between(function.first, function.last)
    # Its own name stands in the record; left out here, a rename leaves the layer as it is.
    return fingerprint("" if word == function.name else word for word in words)


def _bare_name(func: str) -> str:
    """Give the function's name in ``&f``, ``(f)`` and ``(type) f``."""
    text = func.rpartition(")")[2] if not func.endswith(")") else func.strip("() ")
    return text.strip("& ")
