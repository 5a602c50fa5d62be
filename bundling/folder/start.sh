#!/bin/sh
# Starts IronReport, which opens the browser. It ends by Ctrl+C, or a minute after its last tab was closed.
exec "${IRONREPORT_HOME:-"$HOME/.local/share/ironreport-offline"}/env/bin/ironreport" --port 0 --until-closed
