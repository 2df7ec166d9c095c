"""A kernel configuration is read as Kconfig writes it; anything else is refused with its line."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lostipi.kernel import config as module
from lostipi.kernel.config import ConfigError, parse_config, read_config

WHOLE = """\
#
# Automatically generated file; DO NOT EDIT.
# Linux/x86 6.12.117 Kernel Configuration
#
CONFIG_CC_VERSION_TEXT="gcc-12 (Debian 12.2.0-14) 12.2.0"
CONFIG_X86=y
CONFIG_KVM=m
# CONFIG_KVM_XEN is not set
CONFIG_NR_CPUS=512
CONFIG_PHYSICAL_START=0x1000000
CONFIG_INITRAMFS_SOURCE=""
CONFIG_CMDLINE="a \\"quoted\\" back\\\\slash"
CONFIG_LETTER="y"
CONFIG_SAID_NO=n

#
# end of everything
#
"""

HERE = Path("dir/.config")


def parsed(text):
    return parse_config(text.encode(), HERE)


@pytest.fixture
def whole():
    return parsed(WHOLE)


def test_the_first_lines_name_architecture_and_release(whole):
    assert (whole.arch, whole.release) == ("x86", "6.12.117")


def test_a_configuration_without_them_names_none():
    bare = parsed("CONFIG_X86=y\n")
    assert (bare.arch, bare.release) == (None, None)


@pytest.mark.parametrize(
    ("symbol", "on", "builtin", "as_module"),
    [
        ("CONFIG_X86", True, True, False),
        ("CONFIG_KVM", True, False, True),
        ("CONFIG_KVM_XEN", False, False, False),
        ("CONFIG_SAID_NO", False, False, False),
        ("CONFIG_NEVER_HEARD_OF", False, False, False),
        ("CONFIG_NR_CPUS", False, False, False),
        ("CONFIG_LETTER", False, False, False),
    ],
)
def test_on_is_y_or_m_and_never_a_string(whole, symbol, on, builtin, as_module):
    assert whole.is_on(symbol) is on
    assert whole.is_builtin(symbol) is builtin
    assert whole.is_module(symbol) is as_module


def test_strings_lose_their_quotes_and_escapes_and_figures_stay_as_written(whole):
    assert whole.values["CONFIG_CMDLINE"] == 'a "quoted" back\\slash'
    assert whole.values["CONFIG_INITRAMFS_SOURCE"] == ""
    assert whole.values["CONFIG_NR_CPUS"] == "512"
    assert whole.values["CONFIG_PHYSICAL_START"] == "0x1000000"


@pytest.mark.parametrize(
    ("symbol", "said"),
    [
        ("CONFIG_KVM", "CONFIG_KVM=m"),
        ("CONFIG_KVM_XEN", "CONFIG_KVM_XEN is not set"),
        ("CONFIG_LETTER", 'CONFIG_LETTER="y"'),
    ],
)
def test_a_symbol_is_said_as_the_file_says_it(whole, symbol, said):
    assert whole.says(symbol) == said


@pytest.mark.parametrize(
    ("lines", "on"),
    [
        ("CONFIG_A=y\n# CONFIG_A is not set\n", False),
        ("# CONFIG_A is not set\nCONFIG_A=y\n", True),
        ('CONFIG_A="y"\nCONFIG_A=y\n', True),
        ('CONFIG_A=y\nCONFIG_A="y"\n', False),
        ("CONFIG_A=y\nCONFIG_A=n\n", False),
    ],
)
def test_of_a_symbol_set_twice_the_last_counts(lines, on):
    assert parsed(lines).is_on("CONFIG_A") is on


def test_line_ends_of_another_system_do_not_matter():
    assert parsed(WHOLE.replace("\n", "\r\n")).values == parsed(WHOLE).values


@pytest.mark.parametrize("last", ["", "\n"])
def test_the_last_line_may_lack_its_end(last):
    assert parsed("CONFIG_A=y" + last).is_on("CONFIG_A")


@pytest.mark.parametrize("packed", [False, True])
def test_a_file_may_be_packed_as_proc_config_is(tmp_path, packed):
    path = tmp_path / "config"
    data = WHOLE.encode()
    path.write_bytes(gzip.compress(data) if packed else data)
    assert read_config(path).values == parsed(WHOLE).values
    assert read_config(path).path == path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CONFIG_A=y\nobj-y += a.o\n", r"\.config:2:1: must be CONFIG_NAME=value or a comment"),
        ("CONFIG_A=maybe\n", r"\.config:1:10: CONFIG_A must be y, m, n, a number or a string"),
        ("CONFIG_A=\n", r"\.config:1:10: CONFIG_A must be"),
        ('CONFIG_A="open\n', r"\.config:1:10: CONFIG_A must be"),
        (" CONFIG_A=y\n", r"\.config:1:1: must be CONFIG_NAME=value"),
        ("A=y\n", r"\(got 'A=y'\)"),
        ("", r"\.config:1: must set at least one symbol"),
        ("# only words\n", r"\.config:1: must set at least one symbol"),
    ],
)
def test_what_is_no_configuration_is_refused_with_its_place(text, message):
    with pytest.raises(ConfigError, match=message):
        parsed(text)


def test_bytes_that_are_no_text_are_refused_with_their_place():
    with pytest.raises(ConfigError, match=r"\.config:2:10: must be text in UTF-8 \(got byte 0xff"):
        parse_config(b'CONFIG_A=y\nCONFIG_B=\xff"\n', HERE)


@pytest.mark.parametrize("spoil", [lambda d: d[:-9], lambda d: d[:20] + b"\0\0\0\0" + d[24:]])
def test_a_broken_pack_is_refused(tmp_path, spoil):
    path = tmp_path / "config.gz"
    path.write_bytes(spoil(gzip.compress(WHOLE.encode() * 3)))
    with pytest.raises(ConfigError, match="must be whole if packed by gzip"):
        read_config(path)


def test_a_pack_that_unpacks_without_end_is_refused_before_it_fills_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "LARGEST", 1000)
    path = tmp_path / "config.gz"
    path.write_bytes(gzip.compress(b"#\n" * 100_000))
    with pytest.raises(ConfigError, match="is no kernel configuration"):
        read_config(path)


@given(st.binary(max_size=300))
def test_any_bytes_give_a_configuration_or_a_refusal(data):
    try:
        found = parse_config(data, HERE)
    except ConfigError as error:
        assert str(error).startswith(str(HERE))
    else:
        assert b"CONFIG_" in data
        assert all(name.startswith("CONFIG_") for name in found.values)
