"""Rules on sites and on the definitions of the APIs they call."""

from __future__ import annotations

from collections.abc import Iterator

from lostipi.lint.rule import Found
from lostipi.load.knowledge import Knowledge
from lostipi.model.api import Api, Definition, Waits
from lostipi.model.caller import Wait

_ALLOWED = {
    Waits.ALWAYS: frozenset({Wait.WAITS}),
    Waits.NEVER: frozenset({Wait.ASYNC}),
    Waits.BY_ARGUMENT: frozenset({Wait.WAITS, Wait.NO_WAIT, Wait.FORWARDED, Wait.RUNTIME}),
}


def site_stands_in_one_record(knowledge: Knowledge) -> Iterator[Found]:
    """Two records of one site would get two verdicts, and coverage could not say which holds.

    Right: one record per kernel, file, function, api, func and wait; more calls of one form are
    `calls: 2`.
    """
    seen: dict[tuple[object, ...], str] = {}
    for entry_id, loaded in knowledge.callers.items():
        for index, site in enumerate(loaded.entry.sites):
            told = set()
            for kernel in site.kernels:
                key = (kernel, site.file, site.function, site.api, site.func, site.wait)
                place = f"`{entry_id}`, site {site.label!r}"
                other = seen.setdefault(key, place)
                if other != place and other not in told:
                    told.add(other)
                    message = f"the same site of {kernel} stands in {other} already"
                    yield Found(loaded, message, ("sites", index))


def wait_agrees_with_the_api(knowledge: Knowledge) -> Iterator[Found]:
    """Whether a call can wait at all is the API's to say; a site that differs is misread.

    Right: `wait: async` where the API never waits, `waits` where it always does, one of `waits`,
    `no-wait`, `forwarded`, `runtime` where its argument decides.
    """
    for loaded in knowledge.callers.values():
        for index, site in enumerate(loaded.entry.sites):
            api = knowledge.apis.get(site.api)
            if api is None:
                continue
            for kernel in site.kernels:
                shapes = _definitions(api.entry, kernel)
                allowed = {wait for shape in shapes for wait in _ALLOWED[shape.waits]}
                if shapes and site.wait not in allowed:
                    right = " or ".join(f"`{wait.value}`" for wait in Wait if wait in allowed)
                    message = f"must be {right}, as `{site.api}` is defined in {kernel}"
                    got = f"{message} (got `{site.wait.value}`)"
                    yield Found(loaded, got, ("sites", index, "wait"))
                    break


def api_exists_in_the_kernels_of_the_site(knowledge: Knowledge) -> Iterator[Found]:
    """A site cannot call what its kernel does not define.

    Right: every kernel of the site stands in a definition of the API's entry.
    """
    for loaded in knowledge.callers.values():
        for index, site in enumerate(loaded.entry.sites):
            api = knowledge.apis.get(site.api)
            if api is None:
                continue
            for place, kernel in enumerate(site.kernels):
                if not _definitions(api.entry, kernel):
                    message = f"`{site.api}` has no definition in {kernel}, by its entry"
                    yield Found(loaded, message, ("sites", index, "kernels", place))


def definitions_of_one_kernel_do_not_contradict(knowledge: Knowledge) -> Iterator[Found]:
    """The scanner reads a call by its parameters, so two shapes of one kernel must not clash.

    Right: each of two definitions for one kernel has its `when`, and with the same number of
    parameters both have func, csd and wait at the same place.
    """
    for loaded in knowledge.apis.values():
        definitions = loaded.entry.definitions
        for index, definition in enumerate(definitions):
            for kernel in definition.kernels:
                others = [
                    other
                    for other in _definitions(loaded.entry, kernel)
                    if other.is_pointer == definition.is_pointer
                ]
                if len(others) > 1 and definition.when is None:
                    message = f"needs `when`, because {kernel} has {len(others)} definitions"
                    yield Found(loaded, message, ("definitions", index))
                    break
            for other in definitions[:index]:
                shared = [kernel for kernel in definition.kernels if kernel in other.kernels]
                field = _contradiction(definition, other) if shared else None
                if field:
                    message = f"`{field}` must be the same parameter in both definitions of"
                    loc = ("definitions", index, field)
                    yield Found(loaded, f"{message} {shared[0]} with as many parameters", loc)


def missing_ipi_is_described_as_the_api_waits(knowledge: Knowledge) -> Iterator[Found]:
    """A reader wants to know what happens to a call of either kind, and only of kinds there are.

    Right: `missing.waiting` unless the API never waits, `missing.not_waiting` unless it always
    does.
    """
    for loaded in knowledge.apis.values():
        kinds = {definition.waits for definition in loaded.entry.definitions}
        missing = loaded.entry.missing
        for field, value, without in (
            ("waiting", missing.waiting, Waits.NEVER),
            ("not_waiting", missing.not_waiting, Waits.ALWAYS),
        ):
            if value is None and kinds != {without}:
                message = f"needs `{field}`, because not every definition {without.value} waits"
                yield Found(loaded, message, ("missing",))
            elif value is not None and kinds == {without}:
                message = f"must be left out, because the API {without.value} waits"
                yield Found(loaded, message, ("missing", field))


def _definitions(api: Api, kernel: str) -> list[Definition]:
    return [definition for definition in api.definitions if kernel in definition.kernels]


def _contradiction(one: Definition, other: Definition) -> str | None:
    if len(one.parameters) != len(other.parameters):
        return None
    for field in ("func", "csd", "wait"):
        mine, theirs = getattr(one, field), getattr(other, field)
        if mine and theirs and one.parameters.index(mine) != other.parameters.index(theirs):
            return field
    return None
