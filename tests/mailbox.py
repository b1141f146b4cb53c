"""A small real SMTP server on loopback: STARTTLS, login, and answers that it is told to give."""

import base64
import socketserver
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from tests.gitserver import CERTIFICATE, TLS
from tests.serving import serving


@dataclass
class Mailbox:
    """What arrived, and how. ``refuse``: answers by the command that gets them."""

    port: int = 0
    login: str = ""
    starttls: bool = False
    refuse: dict[str, str] = field(default_factory=dict)
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    secure: list[bool] = field(default_factory=list)


@contextmanager
def open_mailbox(login: str = "", *, starttls: bool = False) -> Iterator[Mailbox]:
    """A server that takes mail while the block lasts. ``login``: the ``user:password`` it wants."""
    kept = Mailbox(login=login, starttls=starttls)

    class Talk(_Talk):
        mailbox = kept

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talk)
    server.daemon_threads = True
    with serving(server) as kept.port:
        yield kept


class _Talk(socketserver.StreamRequestHandler):
    mailbox: Mailbox

    def handle(self) -> None:
        self.secure, self.known = False, not self.mailbox.login
        self.sender, self.to = "", list[str]()
        self._say("220 loopback")
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            command = line.split(":")[0].split(" ")[0].upper()
            if command in self.mailbox.refuse:
                self._say(self.mailbox.refuse[command])
            elif command == "QUIT":
                self._say("221 bye")
                return
            else:
                getattr(self, f"_{command.lower()}", self._unknown)(line)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

    def _unknown(self, line: str) -> None:
        self._say("502 not known")

    def _ehlo(self, line: str) -> None:
        offered = ["STARTTLS"] if self.mailbox.starttls and not self.secure else []
        offered += ["AUTH PLAIN"] if self.mailbox.login else []
        lines = ["loopback", *offered]
        for at, text in enumerate(lines):
            self._say(f"250{' ' if at == len(lines) - 1 else '-'}{text}")

    def _starttls(self, line: str) -> None:
        self._say("220 go on")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATE, TLS / "key.pem")
        self.request = context.wrap_socket(self.request, server_side=True)
        self.rfile.close()
        self.rfile, self.wfile = self.request.makefile("rb"), self.request.makefile("wb", 0)
        self.secure = True

    def finish(self) -> None:
        super().finish()
        # Whoever began the talk closes the bare socket; the secure one on top of it is ours.
        self.request.close()

    def _auth(self, line: str) -> None:
        _, user, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
        self.known = f"{user}:{password}" == self.mailbox.login
        self._say("235 welcome" if self.known else "535 who are you")

    def _mail(self, line: str) -> None:
        self.sender = line.partition("<")[2].partition(">")[0]
        self._say("250 ok" if self.known else "530 log in first")

    def _rcpt(self, line: str) -> None:
        self.to.append(line.partition("<")[2].partition(">")[0])
        self._say("250 ok")

    def _rset(self, line: str) -> None:
        self._say("250 ok")

    def _data(self, line: str) -> None:
        self._say("354 go on")
        lines = []
        while (got := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(got[1:] if got.startswith(b"..") else got)
        self.mailbox.mails.append(message_from_bytes(b"".join(lines), policy=policy.default))
        self.mailbox.envelopes.append((self.sender, self.to))
        self.mailbox.secure.append(self.secure)
        self._say("250 kept")
