"""Words are known when code, Kconfig or the list of boot parameters has them, as whole words."""

from __future__ import annotations

from pathlib import Path

import pytest

from lostipi.kernel.tree import open_tree
from lostipi.kernel.words import find_words

FILES = {
    "Makefile": "VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 7\nEXTRAVERSION =\n",
    "kernel/a.c": "/* see csd_lock() */\nint poke_all(int cpu)\n{\n\treturn rq->nohz_csd;\n}\n",
    "kernel/poke-test.c": "#ifdef CONFIG_GONE\n#endif\n",
    "kernel/Kconfig": "config POKE\n\tbool\n\nmenuconfig POKES\n\tdepends on OTHER\n",
    "arch/arm/Kconfig": "config ARM\n\tdef_bool y\n",
    "arch/arm/kernel/b.c": "void arm_poke(void) {}\n",
    "arch/x86/kernel/b.S": "SYM_CODE_START(asm_poke)\n",
    "drivers/net/poke/p.c": "void p_poke(void) {}\n",
    "drivers/net/poke/sub/q.c": "void q_poke(void) {}\n",
    "sound/s.c": "void s_poke(void) {}\n",
    "tools/t.c": "void t_poke(void) {}\n",
    "Documentation/admin-guide/kernel-parameters.txt": "\tpokeboot=\t[KNL]\n",
    "Documentation/other.rst": "pokedoc\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("word", "folders", "known"),
    [
        ("poke_all", [], True),
        ("poke", [], False),
        ("csd_lock", [], True),
        ("nohz_csd", [], True),
        ("asm_poke", [], True),
        ("arm_poke", ["arch/arm/kernel"], False),
        ("t_poke", ["tools"], False),
        ("p_poke", [], False),
        ("p_poke", ["drivers/net/poke"], True),
        ("q_poke", ["drivers/net/poke"], False),
        ("s_poke", ["sound"], True),
        ("pokeboot", [], True),
        ("pokedoc", [], False),
        ("poke_test", [], True),
        ("poke-test", [], False),
        ("CONFIG_POKE", [], True),
        ("CONFIG_POKES", [], True),
        ("CONFIG_ARM", [], True),
        ("CONFIG_OTHER", [], False),
        ("CONFIG_GONE", [], False),
    ],
)
def test_word_is_known_where_the_kernel_has_it(
    root: Path, word: str, folders: list[str], known: bool
) -> None:
    found = find_words(open_tree(root), [word, "never_there"], folders)
    assert found == ({word} if known else set())


def test_no_words_are_none(root: Path) -> None:
    assert find_words(open_tree(root), [], []) == frozenset()
