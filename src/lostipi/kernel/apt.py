"""Ask apt for Debian packages: the machine's own apt, or an isolated one for other suites.

Authenticity is apt's own chain (signed release, hashed lists, hashed package); nothing here
relaxes it. Hosts come from the machine's apt sources alone.
"""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

Progress = Callable[[str, float | None], None]
"""Told what is being done, and the part of it done so far (0 to 1) where that is known."""

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
"""Debian's own keys, where a source names none."""

LISTS_LAST = 24 * 3600
"""Seconds after which isolated package lists are fetched anew."""

_SUITE = re.compile(
    r"(sid|unstable|testing|(old)*stable|experimental|buster|bullseye|bookworm|trixie|forky|duke)"
    r"(-security|/updates|-updates|-backports|-proposed-updates)?"
)


class AptError(RuntimeError):
    """Apt is not here, or did not do what was asked. The message is a clause: why."""


@dataclass(frozen=True)
class Repository:
    """One entry of the machine's apt sources that offers binary packages."""

    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str = ""
    """Path of a keyring; '' if the entry names none, or holds the key itself."""


def one_line_sources(text: str) -> list[Repository]:
    """Read apt sources of the ``deb [options] URI suite component...`` form."""
    found = []
    for line in text.splitlines():
        match = re.fullmatch(
            r"deb\s+(?:\[(?P<options>[^\]]*)\]\s*)?(?P<rest>\S+\s+\S+.*)",
            line.partition("#")[0].strip(),
        )
        if match is None:
            continue
        options = dict(
            word.split("=", 1) for word in (match["options"] or "").split() if "=" in word
        )
        uri, suite, *components = match["rest"].split()
        signed_by = _path(options.get("signed-by", ""))
        found.append(Repository((uri,), (suite,), tuple(components), signed_by))
    return found


def deb822_sources(text: str) -> list[Repository]:
    """Read apt sources of the ``Types: deb`` form; disabled entries are left out."""
    found = []
    kept = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
    for block in re.split(r"\n[ \t]*\n", kept):
        fields: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if line[:1] in " \t" and name:
                fields[name] += "\n" + line.strip()
            elif ":" in line:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        if "deb" not in fields.get("types", "").split() or fields.get("enabled", "yes").lower() in (
            "no",
            "false",
            "0",
            "off",
        ):
            continue
        found.append(
            Repository(
                tuple(fields.get("uris", "").split()),
                tuple(fields.get("suites", "").split()),
                tuple(fields.get("components", "").split()),
                _path(fields.get("signed-by", "")),
            )
        )
    return found


def _path(signed_by: str) -> str:
    return signed_by if signed_by.startswith("/") and "\n" not in signed_by else ""


def machine_sources(etc: Path = Path("/etc/apt")) -> list[Repository]:
    """Read all apt sources of the machine. Unreadable files are passed over, as apt does."""
    found: list[Repository] = []
    parts = etc / "sources.list.d"
    for path in [etc / "sources.list", *sorted(parts.glob("*.list"))]:
        with suppress(OSError):
            found += one_line_sources(path.read_text("utf-8", "replace"))
    for path in [etc / "debian.sources", *sorted(parts.glob("*.sources"))]:
        with suppress(OSError):
            found += deb822_sources(path.read_text("utf-8", "replace"))
    return found


def _is_debian(repository: Repository, uri: str, updates: Iterable[str]) -> bool:
    """Whether a repository is Debian's own: others use its suite names and ``main`` too."""
    last = uri.rstrip("/").rpartition("/")[2]
    return (
        "main" in repository.components
        and any(_SUITE.fullmatch(suite) for suite in repository.suites)
        and (
            Path(repository.signed_by).name.startswith("debian-archive")
            or last.startswith("debian")
            or uri in updates
        )
    )


def mirrors_for(
    suites: Sequence[str], repositories: Sequence[Repository]
) -> dict[str, tuple[str, str]]:
    """Find for each suite the machine's mirror that would serve it.

    Returns:
        URI and keyring path ('' if none is named) by suite; suites without a mirror are left out.
    """
    updates = {
        uri
        for repository in repositories
        for uri in repository.uris
        if any(_SUITE.fullmatch(s) and s.endswith("-updates") for s in repository.suites)
    }
    ordinary: tuple[str, str] | None = None
    security: tuple[str, str] | None = None
    for repository in repositories:
        for uri in repository.uris:
            if not _is_debian(repository, uri, updates):
                continue
            mirror = (uri, repository.signed_by)
            if any(s.endswith(("-security", "/updates")) for s in repository.suites):
                security = security or mirror
            else:
                ordinary = ordinary or mirror
    found = {}
    for suite in suites:
        mirror_of_suite = security if suite.endswith(("-security", "/updates")) else ordinary
        if mirror_of_suite is not None:
            found[suite] = mirror_of_suite
    return found


def sources_text(mirrors: Mapping[str, tuple[str, str]]) -> str:
    """Write the sources of an isolated apt, deb822; each is checked with its keyring."""
    blocks = []
    for suite, (uri, keyring) in mirrors.items():
        lines = ["Types: deb", f"URIs: {uri}", f"Suites: {suite}", "Components: main"]
        lines.append("Targets: Packages")
        if keyring or KEYRING.exists():  # else apt's own trusted keys
            lines.append(f"Signed-By: {keyring or KEYRING}")
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


@dataclass(frozen=True)
class Apt:
    """An apt to ask: the machine's, or an isolated one."""

    folder: Path | None = None
    """Home of the isolated apt's lists and configuration; None for the machine's own."""

    def versions(self, package: str) -> list[str]:
        """Give the versions of a package that are served, the newest first.

        Raises:
            AptError: There is no apt-cache.
        """
        done = _run([_program("apt-cache"), *self._options(), "madison", package])
        versions = []
        for line in done.stdout.splitlines():
            fields = [field.strip() for field in line.split("|")]
            if len(fields) == 3 and fields[0] == package and fields[2].endswith(" Packages"):
                versions.append(fields[1])
        return list(dict.fromkeys(versions))

    def update(self, progress: Progress) -> None:
        """Fetch the lists of an isolated apt.

        Raises:
            AptError: There is no apt-get, or a list could not be fetched or verified.
        """
        self._get(["update"], self.folder, "package lists", progress)

    def download(self, package: str, version: str, folder: Path, progress: Progress) -> Path:
        """Download a package into a folder; apt verifies it against the signed lists.

        Raises:
            AptError: There is no apt-get, or the package could not be fetched or verified.
        """
        self._get(["download", f"{package}={version}"], folder, f"{package} {version}", progress)
        found = sorted(folder.glob("*.deb"))
        if len(found) != 1:
            raise AptError(f"apt-get download left no package {package}={version}")
        return found[0]

    def _options(self) -> list[str]:
        return [] if self.folder is None else ["-c", str(self.folder / "apt.conf")]

    def _get(self, words: list[str], folder: Path | None, what: str, progress: Progress) -> None:
        # Said again, so that no setting of the machine takes the checks away.
        safe = ["APT::Get::AllowUnauthenticated=false", "Acquire::AllowInsecureRepositories=false"]
        # Without it, `update` takes an unreachable mirror for a success with a warning.
        safe.append("APT::Update::Error-Mode=any")
        brief = ["Acquire::Retries=1", "Acquire::http::Timeout=20", "Acquire::https::Timeout=20"]
        options = [word for option in safe + brief for word in ("-o", option)]
        command = [_program("apt-get"), *self._options(), *options, "-q"]
        status_read, status_write = os.pipe()
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
            try:
                process = subprocess.Popen(
                    [*command, "-o", f"APT::Status-Fd={status_write}", *words],
                    cwd=folder,
                    env=_environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=said,
                    pass_fds=(status_write,),
                )
            except OSError:
                os.close(status_read)
                raise
            finally:
                os.close(status_write)
            try:
                with os.fdopen(status_read, encoding="utf-8", errors="replace") as status:
                    for line in status:
                        if match := re.match(r"dlstatus:[^:]*:([\d.]+):", line):
                            progress(f"Downloading {what}", min(float(match[1]) / 100, 1.0))
                code = process.wait()
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
            if code:
                said.seek(0)
                raise AptError(_reason(said.read()) or f"apt-get {words[0]} gave exit code {code}")


def isolated(folder: Path, mirrors: Mapping[str, tuple[str, str]], progress: Progress) -> Apt:
    """Set up an apt of its own for the given suites, with lists younger than a day.

    The machine's sources, lists, pins and installed packages play no part in it.

    Raises:
        AptError: The lists could not be fetched.
        OSError: The folder cannot be written.
    """
    for name in ("lists/partial", "state", "cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    settings = {
        "Dir::Etc::sourcelist": folder / "lostipi.sources",
        "Dir::Etc::sourceparts": "-",
        "Dir::Etc::preferences": "-",
        "Dir::Etc::preferencesparts": "-",
        "Dir::State": folder / "state",
        "Dir::State::lists": folder / "lists",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder / "cache",
        "Acquire::Languages": "none",
    }
    # Hooks of the machine (command-not-found, appstream) are about the machine's own lists.
    hooks = ("Pre-Invoke", "Post-Invoke", "Post-Invoke-Success")
    (folder / "apt.conf").write_text(
        "".join(f"#clear APT::Update::{hook};\n" for hook in hooks)
        + "".join(f'{name} "{value}";\n' for name, value in settings.items()),
        "utf-8",
    )
    (folder / "status").touch()
    apt = Apt(folder)
    sources, stamp = folder / "lostipi.sources", folder / "updated"
    text = sources_text(mirrors)
    same = sources.exists() and sources.read_text("utf-8") == text
    if same and stamp.exists() and time.time() - stamp.stat().st_mtime < LISTS_LAST:
        return apt
    stamp.unlink(missing_ok=True)
    sources.write_text(text, "utf-8")
    apt.update(progress)
    stamp.touch()
    return apt


def forget_lists(apt: Apt) -> None:
    """Have `isolated` fetch the lists anew the next time."""
    if apt.folder is not None:
        (apt.folder / "updated").unlink(missing_ok=True)


def _program(name: str) -> str:
    program = shutil.which(name)
    if program is None:
        raise AptError(f"there is no {name} on this machine")
    return program


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def _reason(said: str) -> str:
    """Pick apt's first error out of what it said, on one line."""
    for line in said.splitlines():
        if line.startswith("E: "):
            return " ".join(line[3:].split())
    return ""
