"""The citations of hand-written pages."""

from pathlib import Path

from lostipi.guide import citations


def test_citations_are_found_with_their_place(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    page = tmp_path / "sub" / "a.md"
    page.write_text('# A\n\n([[ src("kernel/smp.c:csd_lock+2@v6.12") ]]) [[ src("wrong") ]]\n')
    (only,) = citations(tmp_path)
    assert (only.path, only.line) == (page, 3)
    assert only.at.parts == ("kernel/smp.c", "csd_lock", 2, "v6.12")
