"""`lostipi kernel`: what is tracked, and fetching without a network."""

import json


def test_list_names_each_kernel_and_whether_it_is_here(run, tmp_path, monkeypatch):
    monkeypatch.setenv("LOSTIPI_CACHE", str(tmp_path / "cache"))
    code, out, _ = run("kernel", "list")
    assert code == 0
    assert out.split() == [
        "v6.12",
        "6.12.7",
        "linux-source-6.12",
        "6.12.7-1",
        "tdx,",
        "sev-snp",
        "not",
        "fetched",
    ]
    _, out, _ = run("kernel", "list", "--format", "json")
    (kernel,) = json.loads(out)["kernels"]
    assert (kernel["kernel"], kernel["path"]) == ("v6.12", None)


def test_fetch_from_a_path_prints_the_path_alone(run, tree, tmp_path, monkeypatch):
    monkeypatch.setenv("LOSTIPI_CACHE", str(tmp_path / "cache"))
    code, out, err = run("kernel", "fetch", "v6.12", "--from", tree)
    assert (code, out) == (0, f"{tree}\n")
    assert "6.12.7, given by path" in err


def test_fetch_of_another_line_is_refused(run, tree, tmp_path, monkeypatch):
    monkeypatch.setenv("LOSTIPI_CACHE", str(tmp_path / "cache"))
    makefile = tree / "Makefile"
    makefile.write_text(makefile.read_text().replace("PATCHLEVEL = 12", "PATCHLEVEL = 13"))
    code, out, err = run("kernel", "fetch", "v6.12", "--from", tree)
    assert (code, out) == (2, "")
    assert "6.13.7" in err


def test_a_kernel_that_is_not_tracked_is_refused_with_those_that_are(run):
    code, _, err = run("kernel", "fetch", "v9.9")
    assert code == 2
    assert "tracked are v6.12" in err


def test_a_mirror_is_looked_for_in_the_sources_given(run, tmp_path, monkeypatch):
    monkeypatch.setenv("LOSTIPI_CACHE", str(tmp_path / "cache"))
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "apt-cache").write_text("#!/bin/sh\n")
    (programs / "apt-cache").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    code, _, err = run("kernel", "fetch", "v6.12", "--apt", tmp_path / "etc")
    assert code == 2
    assert f"apt sources ({tmp_path / 'etc'}) name no Debian mirror" in err
    assert "of 6.12 instead: `lostipi kernel fetch v6.12 --from PATH`" in err
