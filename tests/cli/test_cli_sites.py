"""`lostipi sites` on a small kernel."""

import gzip
import json

import pytest

CONFIG = """\
# Linux/x86 6.12.7 Kernel Configuration
CONFIG_X86=y
CONFIG_X86_64=y
CONFIG_POKE=m
# CONFIG_PROD is not set
"""

PROD = """\
void prod(int cpu)
{
\tsmp_call_function_single(cpu, prodded, NULL, 1);
#ifdef CONFIG_POKE_MODULE
\tsmp_call_function_single(cpu, prodded, NULL, 0);
#endif
}
"""


@pytest.fixture
def tree(tree):
    """The small kernel, poke.c a module and prod.c switched by a symbol of its own."""
    symbols = "".join(f'config {name}\n\ttristate "{name}"\n' for name in ("POKE", "PROD"))
    (tree / "arch/x86").mkdir(parents=True)
    (tree / "arch/x86/Kconfig").write_text(symbols)
    (tree / "Kconfig").write_text('source "arch/$(SRCARCH)/Kconfig"\n')
    (tree / "kernel/prod.c").write_text(PROD)
    (tree / "kernel/Makefile").write_text(
        "obj-y += smp.o\nobj-$(CONFIG_POKE) += poke.o\nobj-$(CONFIG_PROD) += prod.o\n"
    )
    return tree


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "config-6.12.7"
    path.write_text(CONFIG)
    return path


def test_built_sites_are_printed_with_their_entry_and_why(run, scanned, config):
    code, out, err = run("sites", "--config", config, "--kernel", "v6.12")
    assert code == 0
    assert out == (
        "kernel/poke.c:7: poke: smp_call_function_single no-wait [core/poke]: "
        "module: CONFIG_POKE=m\n"
    )
    assert err == f"v6.12 (6.12.7) with {config}: 3 sites, 0 built in, 1 in modules, 2 not built\n"


def test_a_site_of_no_entry_says_so(run, scanned, config):
    config.write_text(CONFIG.replace("# CONFIG_PROD is not set", "CONFIG_PROD=y"))
    _, out, _ = run("sites", "--config", config, "--kernel", "v6.12")
    assert out.splitlines()[1:] == [
        "kernel/prod.c:3: prod: smp_call_function_single waits [no entry]: built in: CONFIG_PROD=y",
        "kernel/prod.c:5: prod: smp_call_function_single no-wait [no entry]: built in: "
        "CONFIG_PROD=y; #if defined(CONFIG_POKE_MODULE) is true",
    ]


def test_all_prints_what_is_not_built_too(run, scanned, config):
    _, out, _ = run("sites", "--config", config, "--kernel", "v6.12", "--all")
    assert out.splitlines()[1].endswith("[no entry]: not built: CONFIG_PROD is not set")
    assert len(out.splitlines()) == 3


def test_json_is_the_site_records_each_with_built_and_why(run, scanned, data, config):
    _, out, _ = run("sites", "--config", config, "--kernel", "v6.12", "--format", "json")
    record = json.loads(out)
    inventory = data / "inventory/v6.12.jsonl"
    assert list(record) == ["kernel", "sites"]
    assert record["kernel"] == {"name": "v6.12", "release": "6.12.7", "path": str(inventory)}
    plain = [json.loads(line) for line in inventory.read_text().splitlines()[1:]]
    assert [site | {"built": None, "why": None} for site in plain] == [
        site | {"built": None, "why": None} for site in record["sites"]
    ]
    assert [(site["built"], site["why"]) for site in record["sites"]] == [
        (True, "module: CONFIG_POKE=m"),
        (False, "CONFIG_PROD is not set"),
        (False, "CONFIG_PROD is not set"),
    ]


def test_a_packed_configuration_gives_the_same(run, scanned, config, tmp_path):
    packed = tmp_path / "config.gz"
    packed.write_bytes(gzip.compress(CONFIG.encode()))
    words = ("--kernel", "v6.12")
    assert (
        run("sites", "--config", packed, *words)[1] == run("sites", "--config", config, *words)[1]
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("obj-y += poke.o\n", ":1:1: must be CONFIG_NAME=value or a comment"),
        (CONFIG.replace("Linux/x86", "Linux/arm64"), "must be a configuration of an x86 kernel"),
    ],
)
def test_what_is_no_configuration_of_x86_is_refused(run, scanned, config, text, message):
    config.write_text(text)
    code, out, err = run("sites", "--config", config, "--kernel", "v6.12")
    assert (code, out) == (2, "")
    assert message in err


def test_a_file_that_is_not_there_is_named(run, scanned, tmp_path):
    code, _, err = run("sites", "--config", tmp_path / "none", "--kernel", "v6.12")
    assert code == 2
    assert f"{tmp_path / 'none'}: No such file" in err


@pytest.mark.parametrize(
    ("old", "new", "warning"),
    [
        ("CONFIG_X86=y\n", "", "does not set CONFIG_X86"),
        ("6.12.7", "6.1.7", "is of 6.1.7, but v6.12 is asked for"),
    ],
)
def test_a_doubtful_configuration_is_answered_with_a_warning(
    run, scanned, config, old, new, warning
):
    config.write_text(CONFIG.replace(old, new))
    code, out, err = run("sites", "--config", config, "--kernel", "v6.12")
    assert code == 0
    assert out
    assert f"warning: {config} {warning}" in err


def test_a_kernel_that_is_not_tracked_is_refused(run, scanned, config):
    code, _, err = run("sites", "--config", config, "--kernel", "v6.6")
    assert code == 2
    assert "tracked are v6.12" in err


def test_without_an_inventory_it_says_how_to_make_one(run, data, config):
    code, _, err = run("sites", "--config", config, "--kernel", "v6.12")
    assert code == 2
    assert "lostipi scan TREE --update v6.12" in err


def test_a_tree_is_asked_in_place_of_a_tracked_kernel(run, tree, config):
    makefile = tree / "Makefile"
    makefile.write_text(makefile.read_text().replace("PATCHLEVEL = 12", "PATCHLEVEL = 19"))
    (tree / "kernel/prod.c").write_text(
        PROD.replace("\tsmp_call", "\tif (IS_ENABLED(CONFIG_NOT))\n\t\tsmp_call", 1)
    )
    config.write_text(CONFIG.replace("# CONFIG_PROD is not set", "CONFIG_PROD=y"))
    code, out, err = run("sites", "--config", config, "--tree", tree, "--format", "json")
    assert code == 0
    record = json.loads(out)
    assert record["kernel"] == {"name": "v6.19", "release": "6.19.7", "path": str(tree)}
    assert {(site["line"], site["built"]) for site in record["sites"]} == {
        (7, True),
        (4, False),
        (6, True),
    }
    assert "runs only if IS_ENABLED(CONFIG_NOT), which is false" in out
    assert f"warning: {config} is of 6.12.7, but v6.19 is asked for" in err
    assert err.endswith("3 sites, 1 built in, 1 in modules, 1 not built\n")


def test_what_is_no_tree_is_refused(run, data, config, tmp_path):
    code, _, err = run("sites", "--config", config, "--tree", tmp_path / "none")
    assert code == 2
    assert f"{tmp_path / 'none'}" in err
