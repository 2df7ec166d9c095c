"""A small kernel tree and a knowledge base that fits it, to be broken by tests."""

import pytest
from smallbase import API, CALLER, KERNELS, POKE, SEED, SMP, write

from lostipi.cli import main


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "linux"
    write(
        root,
        {
            "Makefile": "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 7\nEXTRAVERSION =\n",
            "Kbuild": "obj-y += kernel/\n",
            "kernel/Makefile": "obj-y += smp.o poke.o\n",
            "kernel/smp.c": SMP,
            "kernel/poke.c": POKE,
        },
    )
    return root


@pytest.fixture
def data(tmp_path):
    root = tmp_path / "base" / "data"
    write(
        root,
        {
            "kernels.yaml": KERNELS.format(sha="ab" * 32),
            "seed.yaml": SEED,
            "apis/smp_call_function_single.yaml": API,
            "callsites/core/poke.yaml": CALLER,
        },
    )
    return root


@pytest.fixture
def run(data, capsys):
    """Run the command on the small base; gives exit code, stdout and stderr."""

    def call(command: str, *words: object) -> tuple[int, str, str]:
        try:
            code = main([command, "--data", str(data), *map(str, words)])
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def scanned(run, tree):
    code, _, err = run("scan", tree, "--update", "v6.12")
    assert code == 0, err
    return tree
