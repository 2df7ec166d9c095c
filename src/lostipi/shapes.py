"""What the scanner reads of the API entries: the shapes that APIs have in one kernel. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from lostipi.kernel.shape import ApiShape, Through
from lostipi.model.api import Api, Definition, Form


def shapes(apis: Mapping[str, Api], kernel: str) -> tuple[ApiShape, ...]:
    """Turn the API entries into what the scanner reads, for one kernel, SMP shapes only.

    Definitions without SMP take the same parameters; their files are named all the same, so that
    a definition is never taken for a call. A pointer to functions of the same name is a shape
    of its own, and so is a static function of another file with another number of parameters.
    """
    found: list[ApiShape] = []
    for name, api in sorted(apis.items()):
        definitions = [d for d in api.definitions if kernel in d.kernels]
        files = tuple(d.file for d in definitions)
        for through in dict.fromkeys(_THROUGH.get(d.form, _BY_NAME) for d in definitions):
            here = [d for d in definitions if _THROUGH.get(d.form, _BY_NAME) == through]
            smp = [d for d in here if d.when != "!CONFIG_SMP"] or here
            found += {
                shape.params: shape
                for shape in (_shape(name, d, files, through) for d in reversed(smp))
            }.values()
    return tuple(found)


_BY_NAME: Through = "name"
_THROUGH: Mapping[Form, Through] = {
    Form.MEMBER: "member",
    Form.STATIC_CALL: "static-call",
}


def _shape(name: str, definition: Definition, files: tuple[str, ...], through: Through) -> ApiShape:
    parameters = definition.parameters

    def index(parameter: str | None) -> int | None:
        return None if parameter is None else parameters.index(parameter)

    return ApiShape(
        name=name,
        func=index(definition.func),
        csd=index(definition.csd),
        wait=index(definition.wait),
        waits=definition.waits.value,
        wait_flag=definition.wait_flag,
        params=len(parameters),
        defined_in=files,
        target=next((index(name) for name in ("cpu", "mask") if name in parameters), None),
        through=through,
    )
