"""Where the data is kept in the open, and the addresses that follow from it. Knows no entries."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlsplit


@dataclass(frozen=True)
class Repository:
    """A repository on a host that takes edits and issues in the browser."""

    address: str
    """Its page, such as `https://example.org/owner/name`, without a slash at the end."""
    branch: str = "main"
    """The branch that the site is built from."""

    def __post_init__(self) -> None:
        parts = urlsplit(self.address)
        if parts.scheme != "https" or not parts.netloc or not parts.path.strip("/"):
            raise ValueError(
                "a repository must be a page such as https://example.org/owner/name "
                f"(got {self.address!r})"
            )

    @property
    def _gitlab(self) -> bool:
        return "gitlab" in urlsplit(self.address).netloc

    @property
    def _forgejo(self) -> bool:
        host = urlsplit(self.address).netloc
        return any(name in host for name in ("codeberg", "forgejo", "gitea"))

    def edit(self, path: str) -> str:
        """The address that edits a file.

        Args:
            path: the file relative to the top of the repository; `{path}` gives a template.
        """
        verb = "-/edit" if self._gitlab else "_edit" if self._forgejo else "edit"
        return f"{self.address}/{verb}/{quote(self.branch)}/{quote(path, safe='/{}')}"

    def issue(self, title: str, body: str) -> str:
        """The address that opens an issue with a title and a text to begin with."""
        title, body = quote(title, safe=""), quote(body, safe="")
        if self._gitlab:
            return (
                f"{self.address}/-/issues/new?issue%5Btitle%5D={title}"
                f"&issue%5Bdescription%5D={body}"
            )
        return f"{self.address}/issues/new?title={title}&body={body}"
