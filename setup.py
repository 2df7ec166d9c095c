"""Puts the knowledge base into the built package; all else about it is in pyproject.toml."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

PARTS = {"data": "**/*", "docs": "**/*.md", "schema": "*.json"}
"""What belongs to the base, by folder: it lies in the package as it does in a checkout, because
entries name their schemas, and lint also reads what the guide cites."""


class BuildWithBase(build_py):
    """Copies the modules, then the base beside them."""

    def run(self) -> None:
        """Copy; an editable install has no copies, and finds the checkout's own base."""
        super().run()
        if self.editable_mode:
            return
        base = Path(self.build_lib) / "lostipi" / "base"
        shutil.rmtree(base, ignore_errors=True)
        for folder, pattern in PARTS.items():
            for path in sorted(Path(folder).glob(pattern)):
                if path.is_file() and not path.name.startswith("."):
                    (base / path).parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(path, base / path)


setup(cmdclass={"build_py": BuildWithBase})
