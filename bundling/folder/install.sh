#!/bin/sh
# Installs IronReport for this user from this folder. No administrator and no internet needed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
home=${IRONREPORT_HOME:-"$HOME/.local/share/ironreport-offline"}
"${PYTHON:-python3}" -m venv --clear "$home/env"
"$home/env/bin/python" -m pip install --disable-pip-version-check --no-index --find-links "$here/wheels" ironreport
"$home/env/bin/ironreport" selftest
echo "Done. Start it with start.sh."
