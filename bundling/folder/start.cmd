@echo off
rem Starts IronReport, which opens the browser. It ends with this window, by Ctrl+C, or a minute after its last tab was closed.
if not exist "%LOCALAPPDATA%\IronReport\env\Scripts\ironreport.exe" (
  echo IronReport is not installed for this user: run install.cmd first.
  pause
  exit /b 1
)
title IronReport
"%LOCALAPPDATA%\IronReport\env\Scripts\ironreport.exe" --port 0 --until-closed
if errorlevel 1 pause
