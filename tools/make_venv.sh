#!/bin/sh
# Make .venv with a Python that this project supports. Keep an existing one that fits.
# Usage: make_venv.sh [PYTHON]
set -eu

is_supported() {
    "$1" -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11))' 2>/dev/null
}

version_of() {
    "$1" -c 'import sys; print("%d.%d.%d" % tuple(sys.version_info[:3]))' 2>/dev/null
}

if [ -x .venv/bin/pip ] && is_supported .venv/bin/python; then
    # If the user names a Python, the existing one must have the same version.
    if [ $# = 0 ] || [ "$(version_of "$1")" = "$(version_of .venv/bin/python)" ]; then
        exit 0
    fi
fi

[ $# != 0 ] || set -- python3.11 python3.12 python3.13 python3.14 python3
found=
for python in "$@"; do
    if is_supported "$python"; then
        found=$python
        break
    fi
done
if [ -z "$found" ]; then
    {
        if version=$(version_of "$python"); then
            echo "This project needs Python 3.11 or newer, but $python is Python $version."
        else
            echo "This project needs Python 3.11 or newer, but $python is not installed."
        fi
        echo "Get Python from https://www.python.org/downloads/ (macOS: brew install python@3.13;"
        echo "Debian, Ubuntu: apt install python3 python3-venv), and run make again."
        echo "If Python is not on PATH, name it: make install PYTHON=/path/to/python3"
    } >&2
    exit 1
fi

if [ -e .venv ] || [ -h .venv ]; then
    echo "Removing .venv, because another Python made it"
    rm -rf .venv
fi
echo "Making .venv with Python $(version_of "$found")"
# Without the package python3-venv, Debian's Python fails here and leaves half of a .venv.
"$found" -m venv .venv || { rm -rf .venv; exit 1; }
