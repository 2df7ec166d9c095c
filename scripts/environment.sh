# Sourced by the run scripts: makes .venv from requirements.lock, and says what is missing.
# Safe to run again; does nothing when the lock and the project file are as they were.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
export NO_MKDOCS_2_WARNING=1 # mkdocs-material advertises in every build otherwise

say() { printf '\n== %s\n' "$*" >&2; }
give_up() { printf 'error: %s\n' "$*" >&2; exit 2; }

find_python() {
    local python
    for python in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$python"
            return
        fi
    done
    give_up "needs Python 3.11 or newer as python3; on Debian or Ubuntu: apt install python3 python3-venv"
}

make_environment() {
    local python stamp
    python=$(find_python)
    stamp=$(cat requirements.lock pyproject.toml <(echo "$root") | sha256sum | cut -d' ' -f1)
    if [ -x .venv/bin/lostipi ] && [ "$(cat .venv/stamp 2>/dev/null)" = "$stamp" ]; then
        return
    fi
    say "making .venv with $("$python" --version)"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        # Debian and Ubuntu keep these two modules in a package of their own.
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            say "python3-venv is missing: installing it with apt-get"
            apt-get update -qq >&2 || true
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >&2 || give_up "apt-get could not install python3-venv"
        else
            give_up "Python's venv module is incomplete; on Debian or Ubuntu: apt install python3-venv"
        fi
    fi
    "$python" -m venv --clear .venv || give_up "$python -m venv .venv failed; the lines above say why"
    .venv/bin/pip install -q --require-hashes -r requirements.lock \
        || give_up "pip could not install requirements.lock; the lines above say why (is there a network?)"
    .venv/bin/pip install -q --no-deps --no-build-isolation -e . \
        || give_up "pip could not install the project itself; the lines above say why"
    echo "$stamp" > .venv/stamp
}

# Tests run scripts from inside the environment; it must not be made anew under them.
[ -n "${LOSTIPI_ENVIRONMENT_READY:-}" ] || make_environment
