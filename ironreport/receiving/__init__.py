"""Images from the scanner: a listener that puts what is sent into a clinic, and a pull from an archive."""

from ironreport.receiving.listener import Listening, listen
from ironreport.receiving.senders import Sender, check_listening, read_sender
from ironreport.receiving.spool import Spool
from ironreport.receiving.watched_folder import WatchedFolder

__all__ = ["Listening", "Sender", "Spool", "WatchedFolder", "check_listening", "listen", "read_sender"]
