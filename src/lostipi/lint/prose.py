"""Rules on prose: how much of it, none of it twice, names written as the kernel writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lostipi.lint.assessments import each
from lostipi.lint.rule import Found
from lostipi.load.events import Member, Node
from lostipi.load.knowledge import Knowledge, Loaded
from lostipi.model.caller import Verdict

_NEEDS_ANALYSIS = frozenset({Verdict.CONCERN, Verdict.DOS_ONLY, Verdict.EXCLUDED})
_MOST = 8

_NOT_PROSE = frozenset({"signature", "func", "claim", "source_url", "url", "text", "path"})
"""Keys whose text is C, an address, or somebody else's words. Advice's `text` is looked at."""

_BACKQUOTES = re.compile("`+")
_ABBREVIATION = re.compile(
    r"\b(?:e\.g|i\.e|cf|vs|etc|resp|approx|incl|no|nr|fig|sec|ch|al|ca)\.\s", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"[.!?][)\]\"'”’*_]*(?:\s+(?=[(\[\"'“‘*_]*[A-Z0-9])|\s*\Z)")
_WORD_BACKWARDS = re.compile(r"[^\s`(]*")
_C_PATH = re.compile(r"[*&]*(?:->|\.)?[A-Za-z_]\w*(?:(?:->|\.|::)[A-Za-z_]\w*)*(?:\*\w*)*\Z")
_LONGEST = 100
"""Characters looked back from a pair of parentheses for the function's name."""


def sentences(text: str) -> list[str]:
    """Split Markdown prose into sentences; code spans, file names and abbreviations do not end one.

    Args:
        text: one or more paragraphs or list items.

    Returns:
        The sentences, code spans replaced by ``X``.
    """
    found = []
    for block in re.split(r"\n\s*\n|\n\s*[-*]\s+", text):
        plain = " ".join(_without_code(block).split())
        plain = _ABBREVIATION.sub(
            lambda match: match.group().replace(".", "\N{ONE DOT LEADER}"), plain
        )
        start = 0
        for end in _SENTENCE_END.finditer(plain):
            found.append(plain[start : end.end()].strip())
            start = end.end()
        found.append(plain[start:].strip())
    return [sentence for sentence in found if re.search(r"\w", sentence)]


def code_spans(text: str) -> tuple[list[tuple[int, int]], int | None]:
    """Find the code spans of Markdown in one pass.

    Args:
        text: the prose.

    Returns:
        Start and end of each span, backquotes included, and the first backquote without a
        partner.
    """
    runs = [found.span() for found in _BACKQUOTES.finditer(text)]
    partner: dict[int, int] = {}
    last_of_length: dict[int, int] = {}
    for number in range(len(runs) - 1, -1, -1):
        length = runs[number][1] - runs[number][0]
        if length in last_of_length:
            partner[number] = last_of_length[length]
        last_of_length[length] = number
    spans: list[tuple[int, int]] = []
    alone: int | None = None
    number = 0
    while number < len(runs):
        closing = partner.get(number)
        if closing is None:
            alone = runs[number][0] if alone is None else alone
            number += 1
        else:
            spans.append((runs[number][0], runs[closing][1]))
            number = closing + 1
    return spans, alone


def _without_code(text: str) -> str:
    parts, start = [], 0
    for first, end in code_spans(text)[0]:
        parts += [text[start:first], "X"]
        start = end
    return "".join([*parts, text[start:]])


def analysis_says_why(knowledge: Knowledge) -> Iterator[Found]:
    """A verdict without its reason cannot be checked, and a reason of a page is not read.

    Right: `consequence.analysis` of 2 to 8 sentences for `concern`, `dos-only` and `excluded`; for
    other verdicts it may be left out or shorter.
    """
    for loaded, index, one in each(knowledge):
        loc = ("assessments", index, "consequence", "analysis")
        analysis = one.consequence.analysis
        needed = one.verdict in _NEEDS_ANALYSIS
        if analysis is None:
            if needed:
                yield Found(loaded, f"`{one.verdict.value}` needs `analysis`", loc)
            continue
        count = len(sentences(analysis))
        least = 2 if needed else 1
        if not least <= count <= _MOST:
            message = f"must have {least} to {_MOST} sentences for `{one.verdict.value}`"
            yield Found(loaded, f"{message} (got {count})", loc)


def consequence_is_one_sentence(knowledge: Knowledge) -> Iterator[Found]:
    """Tables show it; what needs more belongs into the analysis.

    Right: `consequence.sentence` with one full stop, at its end.
    """
    for loaded, index, one in each(knowledge):
        found = sentences(one.consequence.sentence)
        loc = ("assessments", index, "consequence", "sentence")
        if len(found) != 1:
            yield Found(loaded, f"must be one sentence (got {len(found)})", loc)


def no_text_stands_in_two_entries(knowledge: Knowledge) -> Iterator[Found]:
    """What holds for two callers word for word was mostly thought through for one of them.

    Right: each consequence and analysis names what is particular to its caller.
    """
    seen: dict[str, tuple[str, int]] = {}
    for entry_id, loaded in knowledge.callers.items():
        for index, one in enumerate(loaded.entry.assessments):
            for field in ("sentence", "analysis"):
                text = getattr(one.consequence, field)
                if text is None:
                    continue
                loc = ("assessments", index, "consequence", field)
                place = (entry_id, loaded.at(loc)[0])
                other, line = seen.setdefault(" ".join(text.split()).lower(), place)
                if other != entry_id:
                    message = f"stands word for word in `{other}` at line {line}"
                    yield Found(loaded, message, loc)


_SHARED = 12
"""Words in a row that are a copy. Ten are a set phrase: "hangs with X and the CPU hotplug lock held
for reading"."""

_WORD = re.compile(r"[\w']+")
_RELEASE = re.compile(r"\bv\d+\.\d+\b")


def no_run_of_words_stands_in_two_entries(knowledge: Knowledge) -> Iterator[Found]:
    """A sentence that fits two callers with the names exchanged was thought through for neither.

    Right: each consequence and analysis shares no run of 12 words with that of another entry; a
    code span and a kernel count as one word each, whatever their names.
    """
    seen: dict[tuple[str, ...], tuple[str, int]] = {}
    for entry_id, loaded in knowledge.callers.items():
        told: set[str] = set()
        for index, one in enumerate(loaded.entry.assessments):
            for field in ("sentence", "analysis"):
                text = getattr(one.consequence, field)
                if text is None:
                    continue
                loc = ("assessments", index, "consequence", field)
                place = (entry_id, loaded.at(loc)[0])
                words = _WORD.findall(_RELEASE.sub("V", _without_code(text)).lower())
                for start in range(len(words) - _SHARED + 1):
                    run = tuple(words[start : start + _SHARED])
                    other, line = seen.setdefault(run, place)
                    if other not in (entry_id, *told):
                        told.add(other)
                        message = f"shares {_SHARED} words with `{other}` at line {line}"
                        yield Found(loaded, f"{message}: {' '.join(run)}", loc)


_SENTENCE_WORDS = (6, 45)
_ANALYSIS_WORDS = (15, 260)


def consequence_has_the_length_of_its_place(knowledge: Knowledge) -> Iterator[Found]:
    """A table cell is read at a glance, an analysis in a minute; a handful of words says nothing.

    Right: `consequence.sentence` of 6 to 45 words; `consequence.analysis` of at most 260, and of
    at least 15 where the verdict needs one.
    """
    for loaded, index, one in each(knowledge):
        loc = ("assessments", index, "consequence")
        count = len(one.consequence.sentence.split())
        least, most = _SENTENCE_WORDS
        if not least <= count <= most:
            message = f"must have {least} to {most} words (got {count})"
            yield Found(loaded, message, (*loc, "sentence"))
        if one.consequence.analysis is None:
            continue
        count = len(one.consequence.analysis.split())
        least, most = _ANALYSIS_WORDS
        if one.verdict not in _NEEDS_ANALYSIS:
            least = 1
        if not least <= count <= most:
            message = f"must have {least} to {most} words for `{one.verdict.value}`"
            yield Found(loaded, f"{message} (got {count})", (*loc, "analysis"))


def function_in_prose_is_a_c_name(knowledge: Knowledge) -> Iterator[Found]:
    """Names are the kernel's own, verbatim, so that a reader can look them up.

    Right: `kick_ilb()`, `csd->func()`
    """
    for loaded, loc, text in prose(knowledge, "()"):
        for name in _called(text):
            bare = name.rpartition("/")[2].lstrip("[\"'“‘*_~!-—–")
            if bare and not _C_PATH.match(bare) and not _C_PATH.match(name):
                message = "a function must be written as in C, such as `kick_ilb()`"
                yield Found(loaded, f"{message} (got `{name}()`)", loc)


def _called(text: str) -> Iterator[str]:
    """What stands before each empty pair of parentheses."""
    place = text.find("()")
    while place >= 0:
        before = text[max(0, place - _LONGEST) : place][::-1]
        match = _WORD_BACKWARDS.match(before)
        name = match.group()[::-1] if match else ""
        if name and name[-1] not in ",;:":
            yield name
        place = text.find("()", place + 2)


def backquotes_come_in_pairs(knowledge: Knowledge) -> Iterator[Found]:
    """One backquote too few turns the rest of a paragraph into code, or code into emphasis.

    Right: an opening and a closing backquote around each name.
    """
    for loaded, loc, text in prose(knowledge, "`"):
        alone = code_spans(text)[1]
        if alone is not None:
            got = " ".join(text[alone : alone + 30].split())
            yield Found(loaded, f"a backquote has no partner (got {got!r})", loc)


def prose(
    knowledge: Knowledge, needle: str
) -> Iterator[tuple[Loaded[Any], tuple[str | int, ...], str]]:
    """All prose of all entries that contains a text, with its place."""
    groups: tuple[Any, ...] = (
        knowledge.apis,
        knowledge.callers,
        knowledge.preconditions,
        knowledge.detectors,
    )
    single_files = (knowledge.seed_file, knowledge.kernels_file, *knowledge.reading)
    singles = [one for one in single_files if one]
    for loaded in [*(loaded for group in groups for loaded in group.values()), *singles]:
        for loc, text in _texts(loaded.positions.node(()), needle):
            yield loaded, loc, text


def _texts(node: Node, needle: str) -> list[tuple[tuple[str | int, ...], str]]:
    found: list[tuple[tuple[str | int, ...], str]] = []
    loc: list[str | int] = []

    def walk(content: dict[str, Member] | list[Node] | str) -> None:
        # One list for all places, copied on a hit only: this runs over every value of every file.
        if isinstance(content, str):
            if needle in content:
                found.append((tuple(loc), content))
        elif isinstance(content, list):
            for index, item in enumerate(content):
                loc.append(index)
                walk(item.content)
                loc.pop()
        else:
            for key, member in content.items():
                if key not in _NOT_PROSE or loc[-1:] == ["advice"]:
                    loc.append(key)
                    walk(member.node.content)
                    loc.pop()

    walk(node.content)
    return found
