#!/bin/sh
# Install the Python packages of a lock file into .venv, and print progress.
# Usage: install_packages.sh LOCK_FILE
set -eu

total=$(grep -c == "$1")
echo "Installing $total Python packages, which takes a minute or two the first time"
{
    PYTHONUNBUFFERED=1 .venv/bin/pip install --disable-pip-version-check --no-color \
        --progress-bar=off --require-hashes -r "$1" || echo "exit status $?"
} | awk -v total="$total" '
    /^exit status [0-9]+$/ { status = $3 }
    /^Collecting / && ++found % 10 == 0 { print "  " found " of " total; fflush() }
    /^Installing collected packages/ { print "  unpacking them"; fflush() }
    END { exit status }
'
