"""All that the pages are made from, and the addresses between them. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple, TypeAlias

from lostipi.benchmark import Benchmark
from lostipi.model.api import Api
from lostipi.model.base import CITATION, Citation, Evidence, Platform
from lostipi.model.caller import Assessment, Caller, CallerSite
from lostipi.model.detector import Detector
from lostipi.model.kernels import Kernel, Kernels
from lostipi.model.precondition import Precondition
from lostipi.model.reading import FirstEntry, Notice, RemovedEntry, Term
from lostipi.model.seed import Seed
from lostipi.model.waiver import Waiver
from lostipi.render.html import badge
from lostipi.render.repository import Repository
from lostipi.render.terms import Linker
from lostipi.render.text import block, code, esc, inline, link
from lostipi.render.words import PLATFORMS
from lostipi.replay import Replay

Record = Mapping[str, Any]
"""One site of an inventory, or one coverage report, in the form that `--format json` fixes."""

SiteKey: TypeAlias = tuple[str, int, str, str | None]
"""What tells the sites of one kernel apart: file, line, API, func."""

_LINK = re.compile(r"</?a\b[^>]*>")
"""The tags of links in HTML whose attributes are escaped."""

PUBLISHED = "api/v1"
"""The folder of the site with the files for other programs; a test holds it to their version."""

FOLDERS = ("apis", "callsites", "preconditions", "detectors")


class UnknownNameError(ValueError):
    """A page names an entry, kernel or row that does not exist."""


class Place(NamedTuple):
    """A guest as its owner sees it: a kernel on a platform."""

    kernel: str
    """The kernel."""
    platform: Platform
    """The platform."""

    @property
    def address(self) -> str:
        """The last parts of its page's address, such as `sev-snp/v6.12`."""
        return f"{self.platform.value}/{self.kernel}"

    @property
    def words(self) -> str:
        """As prose: `SEV-SNP with v6.12`."""
        return f"{PLATFORMS[self.platform]} with {self.kernel}"


@dataclass(frozen=True)
class Change:
    """What became of a site since the tracked kernel before."""

    status: str
    """`kept`, `moved`, `renamed`, `changed` or `new`."""
    layers: tuple[str, ...] = ()
    """The fingerprint layers that differ: `call`, `function`, `func`."""
    file: str = ""
    """The file that it was in."""
    function: str | None = None
    """The function that it was in."""


@dataclass(frozen=True)
class Book:
    """Entries, inventories and coverage, as the pages need them."""

    kernels: Kernels
    apis: Mapping[str, Api]
    callers: Mapping[str, Caller]
    preconditions: Mapping[str, Precondition]
    detectors: Mapping[str, Detector]
    seed: Seed
    paths: Mapping[str, str] = field(default_factory=dict)
    """The YAML file of each page, such as `apis/on_each_cpu`, relative to the repository."""
    inventories: Mapping[str, Sequence[Record]] = field(default_factory=dict)
    """The sites of each kernel that has an inventory."""
    names: Mapping[str, Mapping[tuple[str, str], int]] = field(default_factory=dict)
    """Per kernel the line of each cited name, by file and symbol."""
    coverage: Mapping[str, Record] = field(default_factory=dict)
    """The coverage report of each kernel that has an inventory."""
    changes: Mapping[str, Mapping[SiteKey, Change]] = field(default_factory=dict)
    """Per kernel what became of each of its sites since the kernel before."""
    reviewed: Mapping[str, str] = field(default_factory=dict)
    """The date of the last review and what it rests on, by caller id."""
    waivers: Sequence[Waiver] = ()
    """What is let pass for a while."""
    occurrences: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Per kernel how many occurrences of the APIs' names are of each kind, where on record."""
    benchmark: Benchmark = field(default_factory=Benchmark)
    """What scanning costs and what planting showed."""
    replay: Replay | None = None
    """How upgrades between the tracked kernels went, where that is on record."""
    rules: Sequence[tuple[str, str, str, str]] = ()
    """The lint rules: code, title, why, and what is right."""
    first: Sequence[FirstEntry] = ()
    """What to read first."""
    notices: Sequence[Notice] = ()
    """The changes of the guide that readers should know of, newest first."""
    removed: Mapping[str, RemovedEntry] = field(default_factory=dict)
    """The entries that are no more, by address, such as `callsites/sched/kick_none`."""
    terms: Sequence[Term] = ()
    """The words of the glossary."""

    @cached_property
    def worked_out(self) -> dict[int, tuple[Caller, tuple[Any, ...]]]:
        """What `standings` has found, by the caller's identity."""
        return {}

    def kernel(self, name: str) -> Kernel:
        """A tracked kernel by its name.

        Raises:
            UnknownNameError: when it is not tracked.
        """
        for kernel in self.kernels.kernels:
            if kernel.name == name:
                return kernel
        raise UnknownNameError(f"{name!r} is no tracked kernel")

    @cached_property
    def functions(self) -> Mapping[str, str]:
        """The caller id of each C function that contains sites; ambiguous names are left out."""
        found: dict[str, set[str]] = {}
        for entry_id, caller in self.callers.items():
            for name in {entry_id.split("/")[1], *(site.function for site in caller.sites)}:
                found.setdefault(name, set()).add(entry_id)
        return {name: min(ids) for name, ids in found.items() if len(ids) == 1}

    @cached_property
    def pages(self) -> frozenset[str]:
        """The addresses of all generated pages, without slashes around them."""
        entries = zip(
            FOLDERS, (self.apis, self.callers, self.preconditions, self.detectors), strict=True
        )
        found = {f"{folder}/{entry_id}" for folder, ids in entries for entry_id in ids}
        places = {f"for/{place.address}" for place in self.places}
        coverage = {f"coverage/{name}" for name in self.inventories}
        return frozenset(found | coverage | places | set(self.removed))

    @cached_property
    def linker(self) -> Linker:
        """Links the words of the glossary in a page."""
        return Linker(self.terms)

    @property
    def places(self) -> tuple[Place, ...]:
        """Every platform with every kernel judged for it: TDX first, oldest kernel first."""
        return tuple(
            Place(kernel.name, platform)
            for platform in Platform
            for kernel in self.kernels.kernels
            if platform in kernel.platforms
        )

    @cached_property
    def _records_by_place(self) -> Mapping[tuple[str, str, str | None, str], list[Record]]:
        found: dict[tuple[str, str, str | None, str], list[Record]] = {}
        for kernel, records in self.inventories.items():
            for record in records:
                place = (kernel, record["file"], record["function"], record["api"])
                found.setdefault(place, []).append(record)
        return found

    @cached_property
    def _records_by_api(self) -> Mapping[tuple[str, str], list[Record]]:
        found: dict[tuple[str, str], list[Record]] = {}
        for kernel, records in self.inventories.items():
            for record in records:
                found.setdefault((kernel, record["api"]), []).append(record)
        return found

    def records_of(self, kernel: str, api: str) -> list[Record]:
        """The inventory's records of all sites of an API."""
        return self._records_by_api.get((kernel, api), [])

    @cached_property
    def callers_by(self) -> Mapping[tuple[str, str], list[str]]:
        """The caller ids, sorted, that have something in common, by what it is and its name.

        An `api`, `func`, `file`, `precondition` or `detector`; or the id of a caller that their
        texts name (`mention`).
        """
        found: dict[tuple[str, str], list[str]] = {}
        for entry_id, caller in sorted(self.callers.items()):
            for key in dict.fromkeys(self._shared(entry_id, caller)):
                found.setdefault(key, []).append(entry_id)
        return found

    def _shared(self, entry_id: str, caller: Caller) -> Iterator[tuple[str, str]]:
        for site in caller.sites:
            yield "api", site.api
            yield "file", site.file
            if site.func:
                yield "func", site.func
        for assessment in caller.assessments:
            for name in (*chain(*assessment.preconditions), *_advised(assessment)):
                yield "precondition", name
            for name in assessment.noticed:
                yield "detector", name
        for name in _QUOTED_NAME.findall(caller.model_dump_json(exclude={"sites", "seed"})):
            other = self.functions.get(name)
            if other is not None and other != entry_id:
                yield "mention", other

    def change(self, kernel: str, record: Record) -> Change | None:
        """What became of a site since the tracked kernel before; nothing when not on record."""
        return self.changes.get(kernel, {}).get(site_key(record))

    def sites_of(self, caller: Caller, kernel: str) -> list[CallerSite]:
        """The sites that a caller has in a kernel."""
        return [site for site in caller.sites if kernel in site.kernels]

    def records(self, site: CallerSite, kernel: str) -> list[Record]:
        """The inventory's records of one site of an entry, the best match only."""
        place = (kernel, site.file, site.function, site.api)
        same = self._records_by_place.get(place, [])
        exact = [r for r in same if r["func"] == site.func and r["wait"] == site.wait.value]
        return exact or [r for r in same if r["wait"] == site.wait.value] or same

    def judged(
        self, caller: Caller
    ) -> Iterator[tuple[str, Platform, int, Assessment, list[CallerSite]]]:
        """Each kernel and platform with each assessment that covers sites there.

        Yields:
            kernel, platform, the assessment's number from 1, the assessment, its sites there.
        """
        for kernel in self.kernels.kernels:
            for platform in kernel.platforms:
                for number, assessment in enumerate(caller.assessments, start=1):
                    if kernel.name not in assessment.kernels:
                        continue
                    if assessment.platforms is not None and platform not in assessment.platforms:
                        continue
                    sites = [
                        site
                        for site in self.sites_of(caller, kernel.name)
                        if assessment.sites is None or site.label in assessment.sites
                    ]
                    if sites:
                        yield kernel.name, platform, number, assessment, sites


_QUOTED_NAME = re.compile(r"`([A-Za-z_]\w*)(?:\(\))?`")
"""A C name in a code span."""


def site_key(record: Record) -> SiteKey:
    """The key of a site in its kernel."""
    return record["file"], record["line"], record["api"], record["func"]


def _advised(assessment: Assessment) -> tuple[str, ...]:
    return assessment.advice.preconditions if assessment.advice else ()


@dataclass(frozen=True)
class View:
    """A book seen from one page: the same things, with addresses relative to that page."""

    book: Book
    root: str
    """The way from the page to the top of the site: empty, or `../` once or more."""
    here: str = ""
    """The page's own address, without slashes around it."""
    edit: str | None = None
    """The address that edits what the page is made from; nothing when the site knows none."""
    repository: Repository | None = None
    """Where the data is kept in the open, when the site knows."""

    def href(self, page: str) -> str:
        """The address of a generated page or file.

        Raises:
            UnknownNameError: when there is no such page.
        """
        path, _, anchor = page.partition("#")
        if path not in self.book.pages:
            raise UnknownNameError(f"no page {path!r}: it names an entry that does not exist")
        return f"{self.root}{path}/" + (f"#{anchor}" if anchor else "")

    def data(self, address: str) -> str:
        """The address of an entry's record for other programs."""
        return f"{self.root}{PUBLISHED}/{address}.json"

    def guide(self, path: str) -> str:
        """The address of a hand-written page, such as `method/#scale`."""
        return f"{self.root}{path}" or "./"

    def api(self, name: str) -> str:
        """A link to an API, or its name when it has no entry."""
        if name not in self.book.apis:
            return code(f"{name}()")
        return link(self.href(f"apis/{name}"), code(f"{name}()"))

    def caller(self, entry_id: str) -> str:
        """A link to a caller entry."""
        return link(self.href(f"callsites/{entry_id}"), code(f"{entry_id.split('/')[1]}()"))

    def precondition(self, entry_id: str) -> str:
        """A link to a precondition, by its title."""
        href = self.href(f"preconditions/{entry_id}")
        return link(href, inline(self.book.preconditions[entry_id].title), title=entry_id)

    def detector(self, entry_id: str) -> str:
        """A link to a detector, by its title."""
        href = self.href(f"detectors/{entry_id}")
        return link(href, inline(self.book.detectors[entry_id].title), title=entry_id)

    def alternatives(self, alternatives: Sequence[Sequence[str]]) -> str:
        """Preconditions as `A and B, or C`, each a link."""
        return ", <strong>or</strong> ".join(
            " <strong>and</strong> ".join(self.precondition(name) for name in names)
            for names in alternatives
        )

    def inline(self, text: str) -> str:
        """A Markdown sentence, with names of entries linked to their pages."""
        return inline(text, self._code_link, self._text_link)

    def unlinked(self, text: str) -> str:
        """A Markdown sentence without links, for tables in which a row has one link."""
        return _LINK.sub("", self.inline(text))

    def block(self, text: str) -> str:
        """Markdown paragraphs, with names of entries linked to their pages."""
        return block(text, self._code_link, self._text_link)

    def source(self, kernel: str, file: str, line: int | None, inner: str | None = None) -> str:
        """A link to a line of a kernel's source."""
        where = self.book.kernel(kernel)
        href = where.source_url.format(path=file, line=line or 1)
        text = f"{file}:{line}" if line else file
        title = f"Linux {where.release}, {text}"
        return link(href, inner or f"<code>{breakable(text)}</code>", title=title)

    def citation(self, citation: Citation) -> str:
        """A link to the place cited, at the line on record."""
        path, symbol, plus, kernel = citation.parts
        line = self.book.names.get(kernel, {}).get((path, symbol))
        if line is not None:
            line += plus
        shown = f"<code>{breakable(f'{path}:{symbol}' + (f'+{plus}' if plus else ''))}</code>"
        return self.source(kernel, path, line, shown) + f" <small>{esc(kernel)}</small>"

    def cited(self, text: str) -> str:
        """A link to a place that a hand-written page cites.

        Raises:
            UnknownNameError: when the text is no citation, or its kernel is not tracked.
        """
        if not CITATION.match(text):
            example = "such as `kernel/smp.c:csd_lock@v6.12`"
            raise UnknownNameError(f"must cite `path:symbol@kernel`, {example} (got {text!r})")
        return self.citation(Citation(text))

    def evidence(self, pieces: Sequence[Evidence]) -> str:
        """Evidence as a list: where to look, what it shows, and what it rests on."""
        items = []
        for piece in pieces:
            where = (
                self.citation(Citation(piece.at))
                if piece.at is not None
                else link(str(piece.url), esc(_short(str(piece.url))))
            )
            basis = f'<span class="chip basis">{esc(piece.basis.value)}</span>'
            items.append(f"{where} {basis}<br>{self.inline(piece.shows)}")
        lines = "".join(f"<li>{item}</li>\n" for item in items)
        return f'<ul class="evidence">\n{lines}</ul>' if lines else ""

    def verdict(self, assessment: Assessment) -> str:
        """An assessment's verdict as a badge."""
        return badge(assessment.verdict, assessment.otherwise)

    def _code_link(self, name: str) -> str | None:
        bare = name.removesuffix("()")
        for page in (
            f"apis/{bare}",
            f"callsites/{self.book.functions.get(bare, '')}",
            f"preconditions/{name}",
            f"detectors/{name}",
        ):
            if page in self.book.pages:
                return None if page == self.here else self.href(page)
        return None

    def _text_link(self, target: str) -> str:
        return target if target.startswith("https://") else self.href(target.strip("/"))


def _short(url: str) -> str:
    bare = url.removeprefix("https://")
    return bare if len(bare) <= 70 else f"{bare[:67]}..."


def breakable(path: str) -> str:
    """A path as HTML that may be broken after slashes: long ones must fit a phone."""
    return esc(path).replace("/", "/<wbr>").replace(":", ":<wbr>")


def platform_names(platforms: Sequence[Platform]) -> str:
    """Platforms as prose: `TDX and SEV-SNP`."""
    return " and ".join(PLATFORMS[platform] for platform in platforms)
