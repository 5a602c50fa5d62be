"""The listener: C-ECHO and C-STORE by pynetdicom, file by file through the gate, sorted when the sender is done."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydicom.uid import EnhancedMRImageStorage, MRImageStorage, RTStructureSetStorage, SegmentationStorage
from pynetdicom import AE, ALL_TRANSFER_SYNTAXES, evt
from pynetdicom.transport import ThreadedAssociationServer

from ironreport.errors import ClinicError, IntakeError, IronReportError, ReceiveError
from ironreport.intake.archive import MAX_FILE_BYTES
from ironreport.receiving.senders import Sender, check_listening
from ironreport.receiving.spool import Spool, arrival_lines

VERIFICATION = "1.2.840.10008.1.1"
STORED = (MRImageStorage, EnhancedMRImageStorage, SegmentationStorage, RTStructureSetStorage)
SUCCESS, OUT_OF_RESOURCES, CANNOT_UNDERSTAND = 0x0000, 0xA700, 0xC000
"""Answers to a C-STORE (DICOM PS3.4, B.2.3)."""
MOST_ASSOCIATIONS = 8
PATIENCE_S = 60.0
"""A sender that says nothing for so long is gone."""
LARGEST_PDU = 128 * 1024
"""Larger pieces than the standard's usual 16 KiB: a quarter of the round trips, and still little memory."""
SOURCE = "received from the scanner"

Said = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Listening:
    """A listener that runs; ``port`` is the one it got."""

    port: int
    _server: ThreadedAssociationServer
    _desk: _Desk

    def close(self) -> None:
        """Stop listening and sort what came in."""
        self._server.ae.shutdown()
        self._desk.sort()


class _Desk:
    """What happens with each message; says one line for each exam, and for each file that is refused."""

    def __init__(self, spool: Spool, said: Said) -> None:
        self._spool, self._said, self._count = spool, said, 0
        self._lock = threading.Lock()

    def echo(self, _: Any) -> int:
        return SUCCESS

    def store(self, event: Any) -> int:
        try:
            content = event.encoded_dataset()
            if len(content) > MAX_FILE_BYTES:
                raise IntakeError("FILE_TOO_LARGE", "A file is larger than an image can be.", "It is not kept.")
            self._spool.put(content)
        except IntakeError as error:
            return self._refused(error, CANNOT_UNDERSTAND)
        except (ReceiveError, ClinicError) as error:
            return self._refused(error, OUT_OF_RESOURCES)
        except Exception:
            self._said("A file was refused: UNEXPECTED. It could not be handled.")
            return CANNOT_UNDERSTAND
        return SUCCESS

    def _refused(self, error: IronReportError, status: int) -> int:
        self._said(f"A file was refused: {error.refusal.code}. {error.refusal}")
        return status

    def sort(self, _: Any = None) -> None:
        """Sort what waits; where that is not possible now it waits on."""
        try:
            arrived = self._spool.sort(SOURCE)
        except IronReportError as error:
            self._said(f"What came in waits: {error.refusal}")
            return
        except Exception:
            self._said("What came in waits: it could not be sorted into exams.")
            return
        if arrived is None:
            return
        for line in arrival_lines(arrived):
            self._said(line)


def listen(
    spool: Spool, port: int, *, address: str = "127.0.0.1", ae_title: str = "IRONREPORT",
    senders: Sequence[Sender] = (), said: Said = lambda _line: None,
) -> Listening:  # fmt: skip
    """Listen for images in threads of this process.

    Parameters
    ----------
    port : int
        0 for any that is free.
    senders : sequence of Sender
        Who may send; with none, everybody on this computer.
    said : callable
        Told a line for each exam, and for each file that is refused; no line names a patient.

    Raises
    ------
    ReceiveError
        ``NO_ADDRESS``, ``OPEN_TO_ALL``, ``NO_TITLE``, ``PORT_TAKEN``.
    """
    check_listening(address, ae_title, senders)
    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL)  # its lines hold titles and identifiers
    entity = AE(ae_title)
    entity.maximum_associations = MOST_ASSOCIATIONS
    entity.maximum_pdu_size = LARGEST_PDU
    entity.network_timeout = entity.acse_timeout = entity.dimse_timeout = PATIENCE_S
    entity.require_called_aet = False  # the address and the sender decide; a title is no secret
    entity.require_calling_aet = [sender.ae_title for sender in senders]
    entity.add_supported_context(VERIFICATION)
    for kind in STORED:
        entity.add_supported_context(kind, list(map(str, ALL_TRANSFER_SYNTAXES)))
    desk = _Desk(spool, said)
    desk.sort()  # what a power cut left
    handlers: list[Any] = [(evt.EVT_C_ECHO, desk.echo), (evt.EVT_C_STORE, desk.store), (evt.EVT_CONN_CLOSE, desk.sort)]
    try:
        server = entity.make_server(
            (address, port), evt_handlers=handlers, server_class=_OnlyFrom, senders=tuple(senders)
        )
    except OSError:
        raise ReceiveError(
            "PORT_TAKEN",
            f"Port {port} at {address} cannot be listened on.",
            "Choose another, or end what listens there.",
        ) from None
    entity._servers.append(server)
    threading.Thread(target=server.serve_forever, daemon=True, name="receive").start()
    return Listening(int(server.server_address[1]), server, desk)


class _Acknowledging(socket.socket):
    """Acknowledges each piece at once: most senders wait for that between two pieces of a file, 40 ms each time."""

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """The next piece; Linux forgets after each that it should acknowledge at once."""
        piece = super().recv(size, flags)
        if hasattr(socket, "TCP_QUICKACK"):
            self.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        return piece


class _OnlyFrom(ThreadedAssociationServer):
    """Hangs up on every address that no allowed sender has, before anything is read."""

    def __init__(self, *arguments: Any, senders: tuple[Sender, ...] = (), **named: Any) -> None:
        self._senders = senders
        try:
            super().__init__(*arguments, **named)
        except OSError:
            if self.socket is not None:
                self.socket.close()
            raise

    def get_request(self) -> tuple[socket.socket, Any]:
        """The next connection, acknowledged at once."""
        connection, address = super().get_request()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _Acknowledging(fileno=connection.detach()), address

    def verify_request(self, _request: socket.socket | tuple[bytes, socket.socket], client_address: Any) -> bool:
        """Whether the connection comes from where an allowed sender stands."""
        return not self._senders or any(sender.is_at(client_address[0]) for sender in self._senders)
