"""Which files name an identifier, in a small tree."""

from lostipi.kernel.tree import open_tree
from lostipi.kernel.users import files_naming


def test_whole_words_in_code_in_scope_count(tmp_path):
    files = {
        "Makefile": "VERSION = 6\nPATCHLEVEL = 12\n",
        "kernel/a.c": "void poke(void)\n{\n}\n",
        "kernel/b.c": "void b(void)\n{\n\tpoke();\n}\n",
        "kernel/c.c": "void c(void)\n{\n\tpoke_all();\n}\n",
        "include/poke.h": "extern void poke(void);\n",
        "tools/d.c": "void d(void)\n{\n\tpoke();\n}\n",
        "arch/arm/e.c": "void e(void)\n{\n\tpoke();\n}\n",
        "Documentation/poke.rst": "poke\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    found = files_naming(open_tree(tmp_path), {"poke", "nowhere"})
    assert found == {
        "poke": frozenset({"kernel/a.c", "kernel/b.c", "include/poke.h"}),
        "nowhere": frozenset(),
    }
