@echo off
rem Installs IronReport for this user from this folder. No administrator and no internet needed.
setlocal
set "HOME_OF=%LOCALAPPDATA%\IronReport"
set "WHEELS=%~dp0wheels"
set "PY="
for %%V in (3.13 3.12 3.11) do if not defined PY (
  py -%%V -c "import struct, sys; sys.exit(struct.calcsize('P') != 8)" >nul 2>nul && set "PY=py -%%V"
)
if not defined PY (
  python -c "import struct, sys; sys.exit(not ((3, 11) <= sys.version_info < (3, 14)) or struct.calcsize('P') != 8)" >nul 2>nul && set "PY=python"
)
if not defined PY (
  echo IronReport needs Python 3.11, 3.12 or 3.13 with 64 bits, and none of these is here.
  echo Its installer from python.org needs no administrator if "Use admin privileges" is not ticked.
  pause
  exit /b 1
)
echo Installing into "%HOME_OF%" ...
%PY% -m venv --clear "%HOME_OF%\env" || goto failed
"%HOME_OF%\env\Scripts\python.exe" -m pip install --disable-pip-version-check --no-index --find-links "%WHEELS%" ironreport || goto failed
"%HOME_OF%\env\Scripts\ironreport.exe" selftest || goto failed
echo Done. Start it with start.cmd.
pause
exit /b 0
:failed
echo IronReport could not be installed; what stands above says why.
pause
exit /b 1
