"""Calls to plant in C source, in every shape known to trap a reader. Text only.

Shares nothing with the scanner: what a planted call must be found as is known from how it was
written. ``CALL`` stands for the call, ``NAME`` and ``ARGS`` for its halves, ``FN`` for a name.
"""

from __future__ import annotations

import random
import re
from typing import NamedTuple, Protocol

FUNC = "planted_func"
"""The func of every planted call."""

# fmt: off
STATEMENTS = {
    "plain": "CALL;",
    "(void)": "(void)CALL;",
    "(void) and parentheses": "(void) (CALL);",
    "return": "return CALL;",
    "assigned": "planted_ret = CALL;",
    "declared": "int planted_ret = CALL;",
    "or-ed": "planted_ret |= !!CALL;",
    "cast": "planted_ret = (unsigned long)CALL;",
    "if": "if (CALL)\n\tplanted();",
    "after if": "if (planted)\n\tCALL;",
    "after else": "if (planted)\n\tplanted();\nelse\n\tCALL;",
    "else if": "if (planted) {\n\tplanted();\n} else if (CALL) {\n\tplanted();\n}",
    "IS_ENABLED() &&": "if (IS_ENABLED(CONFIG_PLANTED) && CALL)\n\tplanted();",
    "while": "while (CALL < 0)\n\tcpu_relax();",
    "do without braces": "do\n\tCALL;\nwhile (planted);",
    "do with braces": "do {\n\tCALL;\n} while (0);",
    "for": "for (planted = CALL; planted; planted--)\n\t;",
    "for_each_cpu": "for_each_cpu(cpu, cpu_online_mask)\n\tCALL;",
    "for_each_online_cpu on one line": "for_each_online_cpu(cpu) CALL;",
    "for_each_cpu and if": "for_each_cpu_and(cpu, planted, mask)\n\tif (planted[cpu])\n\t\tCALL;",
    "list_for_each_entry": "list_for_each_entry(planted, &planted_list, node)\n\tCALL;",
    "WARN_ON_ONCE()": "WARN_ON_ONCE(CALL);",
    "if (WARN_ON())": "if (WARN_ON(CALL))\n\treturn;",
    "WARN_ONCE()": 'WARN_ONCE(CALL, "CPU %d is (lost\\n", cpu);',
    "BUG_ON()": "BUG_ON(CALL < 0);",
    "unlikely()": "if (unlikely(CALL))\n\tplanted();",
    "guard()": "guard(mutex)(&planted_lock);\nCALL;",
    "scoped_guard()": "scoped_guard(mutex, &planted_lock)\n\tCALL;",
    "scoped_guard() {}": "scoped_guard (preempt) {\n\tplanted();\n\tCALL;\n}",
    "scoped_cond_guard()": "scoped_cond_guard(mutex_intr, return -EINTR, &planted_lock) {\n"
    "\tCALL;\n}",
    "case": "switch (planted) {\ncase 1:\n\tCALL;\n\tbreak;\ndefault:\n\tbreak;\n}",
    "label": "planted_out:\n\tCALL;",
    "after a comma": "planted = 1, CALL;",
    "conditional": "planted_ret = planted ? CALL : 0;",
    "statement expression": "planted = ({ int planted_ret = CALL; planted_ret; });",
    "argument of another call": "planted(cpu, CALL, 0);",
    "in an initialiser": "struct planted planted_one = { .ret = CALL, .cpu = { 1, 2 } };",
    "name in parentheses": "(NAME)ARGS;",
    "name dereferenced": "(*NAME)ARGS;",
    "#ifdef": "\n#ifdef CONFIG_PLANTED\n\tCALL;\n#endif",
    "#else": "\n#ifdef CONFIG_PLANTED\n\tplanted();\n#else\n\tCALL;\n#endif",
    "#elif": "\n#if defined(CONFIG_A)\n\tplanted();\n#elif defined(CONFIG_B)\n\tCALL;\n#endif",
    "#if over two lines": "\n#if defined(CONFIG_A) && \\\n\tdefined(CONFIG_B)\n\tCALL;\n#endif",
    "#ifdef splits an if": "\n#ifdef CONFIG_A\n\tif (a) {\n"
    "#else\n\tif (b) {\n#endif\n\t\tCALL;\n\t}",
    "#ifdef splits an else": "\n#ifdef CONFIG_A\n\tif (a)\n"
    "\t\tplanted();\n\telse\n#endif\n\t\tCALL;",
    "after a string with a comment mark": 'planted("/* no comment");\nCALL;',
    "between quotes in quotes": "planted('\"'); CALL; planted('\"');",
    "after braces in quotes": "planted(\"}\", '{');\nCALL;",
    "after a string with a splice": 'planted("a \\\nb");\nCALL;',
    "between comments": "/* it's \" */ CALL; /* ' */",
    "after a comment that ends in a splice": "// planted \\\n   planted\nCALL;",
    "in a block as an argument": "planted_macro(cpu, {\n\tCALL;\n});",
    "operand of asm": 'asm volatile("planted %0" : : "r" (CALL) : "memory");',
    "after #pragma": "\n#pragma GCC diagnostic push\n\tCALL;\n#pragma GCC diagnostic pop",
    "after #define": "\n#define PLANTED_X(x) do { if (x) {\n\tCALL;",
    "before a goto": "CALL; goto planted_out;",
}
"""What may stand in a function. A name is what the shape is called."""

HEADS = {
    "function": "static int FN(int cpu)@",
    "void function": "void FN(void)@",
    "brace behind the head": "static void FN(int cpu) {\n\tBODY\n}\n",
    "type on its own line": "static noinline struct planted *\nFN(struct planted *p,\n   int cpu)@",
    "inline": "static __always_inline bool FN(int cpu)@",
    "__init": "static int __init FN(void)@early_initcall(FN);\n",
    "attributes in front": "__attribute__((noinline)) __printf(1, 2) void FN(const char *f, ...)@",
    "attributes behind": "static void FN(int cpu)\n\t__must_hold(&planted_lock)\n\t__releases(&a)@",
    "function pointer parameter": "int FN(int (*planted_fn)(void *, int), void *p)@",
    "returns a function pointer": "void (*FN(int cpu))(void *)@",
    "old style": "int FN(cpu, p)\n\tint cpu;\n\tvoid *p;@",
    "behind EXPORT_SYMBOL() without ;": "EXPORT_SYMBOL(planted)\nstatic int FN(int cpu)@",
    "behind MODULE_LICENSE() without ;": 'MODULE_LICENSE("GPL")\nvoid FN(void)@',
    "behind DEFINE_PER_CPU() without ;": "DEFINE_PER_CPU(int, planted_x)\nstatic void FN(void)@",
    "behind two macros": "PLANTED_START(a, b)\nPLANTED_END()\nint FN(int a)@",
    "behind a macro with braces": "PLANTED_EVENT(a, TP_PROTO(int x), TP_fast_assign({ a = x; }))\n"
    "int FN(int a)@",
    "behind an initialiser": "static struct planted p = { .a = planted, .b = { 1 } };\n"
    "int FN(int a)@",
    "behind a one-line function": "static inline void planted_stub(void) { }\nint FN(int a)@",
    "head split by #ifdef": "\n#ifdef CONFIG_A\nstatic int FN(int a)\n#else\n"
    "static int FN(int a, int b)\n#endif@",
    "head and brace split by #ifdef": "\n#ifdef CONFIG_A\nint FN(int a)\n{\n#else\n"
    "int FN(int a, int b)\n{\n#endif\n\tBODY\n}\n",
    "twice by #ifdef": "\n#ifdef CONFIG_A\nint FN(int a)\n{\n\treturn 0;\n}\n#else\n"
    "int FN(int a)@#endif\n",
    "in #if and #elif": "\n#if A > 1\nint FN(int a)@#elif B\nint FN(int a);\n#endif\n",
    "named by a macro": "PLANTED_DEFINE2(FN, int, a, int, b)@",
    "static and named by a macro": "static PLANTED_FUNC(FN)@",
    "code in a macro's argument": "DEFINE_PLANTED(FN, struct planted *, if (_T) { BODY })\n",
    "struct in front": "struct planted_s {\n\tint a;\n\tvoid (*b)(int);\n};\n\n"
    "struct planted_s *FN(int a)@",
    "nested struct type": "struct planted_t { int a; } FN(void)@",
}
"""Functions that hold a planted statement, to stand at file scope; ``@`` is a body in braces."""

DEFINES = {
    "#define, one line": "#define FN(x) CALL\n",
    "#define without parameters": "#define FN CALL\n",
    "#define, do while": "#define FN(cpu, x)\ndo {\n\tBODY\n} while (0)\n",
    "#define, statement expression": "#define FN(x) ({\n\tint __r = CALL;\n\t__r; })\n",
    "# define, indented": "#if defined(CONFIG_A)\n#  define FN(...)\tCALL\n#endif\n",
}
"""Macros that hold one."""

DECOYS = {
    "in a comment": "/* CALL; */",
    "in a comment of several lines": "/*\n * CALL;\n */",
    "in a line comment": "// CALL;",
    "in a string": 'planted("NAME(planted_func, 0)");',
    "longer name in front": "planted_NAME(planted_func, NULL, 0);",
    "longer name behind": "NAMEx(planted_func, NULL, 0);",
    "member": "planted->NAME(planted_func, NULL, 0);",
    "address": "planted = NAME;",
    "in #error": "\n#ifdef CONFIG_PLANTED\n#error NAME(planted_func, 0)\n#endif",
    "in #ifdef": "\n#ifdef NAME\n#endif",
    "in #undef": "\n#undef NAME",
    "extern in a function": "extern int NAME(int cpu, void *info);",
}
"""What is no call, to stand in a function."""
# fmt: on

OTHER_ARGUMENTS = (
    "cpu",
    "NULL",
    "cpumask_of(cpu)",
    "&planted",
    "(void *)(unsigned long)cpu",
    "planted(a, b)",
    "&(struct planted){ .a = 1, .b = { 2, 3 } }",
    "planted[cpu].mask",
    "planted ? a : b",
    '"a, b) /* c"',
    "','",
    "({ int x = 1; x; })",
    "sizeof(struct planted)",
    "(cpu + 1) % nr_cpu_ids",
)
FUNC_ARGUMENTS = (
    FUNC,
    f"&{FUNC}",
    f"(smp_call_func_t){FUNC}",
    f"(void (*)(void *)){FUNC}",
    f"( {FUNC} )",
)
CSD_ARGUMENTS = (
    "&planted_csd",
    "this_cpu_ptr(&planted_csd)",
    "&per_cpu(planted_csd, cpu)",
    "(call_single_data_t *)planted",
    "&planted->csd.node.llist",
)
WAIT_ARGUMENTS = {
    "0": "no-wait",
    "1": "waits",
    "false": "no-wait",
    "true": "waits",
    "!0": "waits",
    "planted_wait": "runtime",
    "!planted->wait": "runtime",
    "a && planted(b, c)": "runtime",
}
FLAG_ARGUMENTS = {
    "0": "no-wait",
    "FLAG": "waits",
    "FLAG | PLANTED_LOCAL": "waits",
    "planted_wait * FLAG": "runtime",
    "planted_wait ? FLAG : 0": "runtime",
}
WAYS = (
    "one line",
    "lines",
    "spread",
    "splices",
    "comments",
    "line comments",
    "parenthesis below",
    "spliced name",
    "#ifdef in arguments",
)
"""How the arguments are written."""

_MULTILINE_ONLY = {"line comments", "#ifdef in arguments"}
"""What cannot stand in a ``#define``."""


OWNERS = ("planted->", "planted_ops.", "planted[1].ops->", "planted_of(cpu, 1)->")
"""What leads to a member."""


class Shape(Protocol):
    """What is asked of an API: see `lostipi.kernel.shape.ApiShape`."""

    name: str
    func: int | None
    csd: int | None
    wait: int | None
    waits: str
    wait_flag: str | None
    params: int
    through: str


class Call(NamedTuple):
    """A call as written, and what it must be found as."""

    name: str
    arguments: str
    api: str
    func: str | None
    wait: str
    way: str
    reached: str
    """The name with what leads to it: a structure, or ``static_call()``."""


class Plant(NamedTuple):
    """A text to plant."""

    shape: str
    """What the text is, in words."""
    text: str
    call: Call
    function: str | None
    """The function or macro it brings along; None for one that stands in a function."""


def write_call(shape: Shape, way: str, dice: random.Random) -> Call:
    """Write a call of an API."""
    wait = {"always": "waits", "never": "async"}.get(shape.waits, "runtime")
    arguments = [dice.choice(OTHER_ARGUMENTS) for _ in range(shape.params)]
    if shape.func is not None:
        arguments[shape.func] = dice.choice(FUNC_ARGUMENTS)
    if shape.csd is not None:
        arguments[shape.csd] = dice.choice(CSD_ARGUMENTS)
    if shape.wait is not None:
        choices = FLAG_ARGUMENTS if shape.wait_flag else WAIT_ARGUMENTS
        text = dice.choice(sorted(choices))
        arguments[shape.wait] = text.replace("FLAG", shape.wait_flag or "")
        wait = choices[text] if shape.waits == "by-argument" else wait
    name = shape.name
    if way == "spliced name":
        cut = dice.randrange(1, len(name))
        name = f"{name[:cut]}\\\n{name[cut:]}"
    func = FUNC if shape.func is not None else None
    reached = {
        "name": name,
        "member": f"{dice.choice(OWNERS)}{name}",
        "static-call": f"static_call({name})",
    }[shape.through]
    return Call(name, _written(arguments, way), shape.name, func, wait, way, reached)


def _written(arguments: list[str], way: str) -> str:
    if way == "lines":
        return "(" + ",\n\t\t".join(arguments) + ")"
    if way == "spread":
        return " (\n\t" + "\n\t,  ".join(arguments) + "\n)"
    if way == "splices":
        return "(" + ", \\\n\t".join(arguments) + " \\\n)"
    if way == "comments":
        return "(/* ( */ " + " /* , ) */ , ".join(arguments) + ' /* " */)'
    if way == "line comments":
        return "( // it's (\n\t" + ", // , )\n\t".join(arguments) + ")"
    if way == "parenthesis below":
        return "\n\t(" + ", ".join(arguments) + ")"
    if way == "#ifdef in arguments" and arguments:
        first, rest = arguments[0], "".join(f", {item}" for item in arguments[1:])
        return f"(\n#ifdef CONFIG_PLANTED\n\t{first}\n#else\n\t{first}\n#endif\n\t{rest})"
    return "(" + ", ".join(arguments) + ")"


def every_shape() -> list[tuple[str, str]]:
    """List what there is to plant: (where it stands, shape)."""
    return [
        *(("statement", name) for name in STATEMENTS),
        *(("file scope", name) for name in (*HEADS, *DEFINES)),
        ("statement", "#define in a function"),
    ]


def write_plant(shape: Shape, what: str, way: str, name: str, dice: random.Random) -> Plant:
    """Write a plant.

    Args:
        shape: The API's.
        what: One of `every_shape`.
        way: One of `WAYS`.
        name: What a function or macro of its own is called.
        dice: Where the rest comes from.
    """
    define = what in DEFINES or what == "#define in a function"
    if define and way in _MULTILINE_ONLY:
        way = "lines"
    call = write_call(shape, way, dice)
    what = _fitting(what, shape)
    if what in STATEMENTS:
        return Plant(what, filled(STATEMENTS[what], call), call, None)
    if define:
        text = DEFINES.get(what, DEFINES["#define, do while"])
        statement = dice.choice([key for key, s in STATEMENTS.items() if "#" not in s + key])
        statement = _fitting(statement, shape)
        text = text.replace("BODY", _safe(STATEMENTS[statement])).replace("FN", name)
        head, mark, rest = text.rpartition("#endif")
        body = filled(head if mark else rest, call)
        first, cut, body = body.partition("\n") if mark else ("", "", body)
        body = re.sub(r"(?<!\\)\n(?!\Z)", " \\\\\n", body)
        text = first + cut + body + (mark + rest if mark else "")
        return Plant(what, f"\n{text}", call, name)
    statement = dice.choice(sorted(STATEMENTS)) if dice.random() < 0.5 else "plain"
    if what == "code in a macro's argument" and "#" in STATEMENTS[statement]:
        statement = "plain"
    if what == "in #if and #elif" and "#" in STATEMENTS[statement]:
        statement = "after else"
    if statement == "after #define":
        statement = "plain"
    statement = _fitting(statement, shape)
    text = HEADS[what].replace("@", "\n{\n\tBODY\n}\n")
    text = text.replace("BODY", STATEMENTS[statement]).replace("FN", name)
    return Plant(f"{what}: {statement}", filled(text, call), call, name)


def _fitting(what: str, shape: Shape) -> str:
    """Leave out what is no C for a static call: its name in parentheses of its own."""
    bare = shape.through == "static-call" and what.startswith("name ")
    return "plain" if bare else what


def _safe(statement: str) -> str:
    """Leave out line comments, which would swallow the rest of a macro."""
    return "CALL;" if "//" in statement else statement


def filled(text: str, call: Call) -> str:
    """Put a call into a text."""
    text = text.replace("CALL", "NAMEARGS")
    return text.replace("ARGS", call.arguments).replace("NAME", call.reached)
