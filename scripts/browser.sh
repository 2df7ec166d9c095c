# Sourced by scripts/test, after environment.sh: Chromium from Debian's packages, and what drives it.

browser_missing="not looked for" # Why there is no browser; empty when there is.

# Make both ready and export CHROMIUM; else leave the reason in browser_missing and return 1.
make_browser() {
    local stamp
    find_chromium || install_chromium || return 1
    stamp=$(sha256sum requirements-browser.lock | cut -d' ' -f1)
    if [ "$(cat .venv/browser-stamp 2>/dev/null)" != "$stamp" ]; then
        say "installing what drives the browser"
        if ! .venv/bin/pip install -q --require-hashes -r requirements-browser.lock; then
            browser_missing="pip could not install requirements-browser.lock"
            return 1
        fi
        echo "$stamp" > .venv/browser-stamp
    fi
    browser_missing=
}

# Looks at CHROMIUM first. A program that does not start (Ubuntu's stand-in for a snap) is none.
find_chromium() {
    local name
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
        if [ -n "$name" ] && "$name" --version >/dev/null 2>&1; then
            CHROMIUM=$(command -v "$name")
            export CHROMIUM
            return 0
        fi
    done
    browser_missing="no Chromium here; on Debian: apt install chromium (or set CHROMIUM)"
    return 1
}

install_chromium() {
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        return 1
    fi
    say "Chromium is missing: installing it with apt-get"
    apt-get update -qq >&2 || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >&2 \
        && find_chromium
}
