"""E-mail: the only SMTP. Text and HTML in one message, pictures inside it.

The headers are made by the standard library's e-mail policy, which refuses line ends; addresses
are judged narrowly before. The Message-ID is that of the sending, so that a server or a reader
that gets it twice can tell.
"""

import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from pydantic import SecretStr

from correlator.channels.message import Message, fault_of
from correlator.errors import Permanent, Transient

TIMEOUT = 30.0
SUBJECT = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """Where mail is handed in. ``security``: starttls, tls or none; ``sender``: an address."""

    host: str
    port: int
    security: str
    user: str
    password: SecretStr
    sender: str


def send_email(server: MailServer, to: str, message: Message, now: datetime) -> None:
    """Hand the message in. Permanent where the settings or the recipient are wrong, Transient where
    the server is away or says to come again."""
    if not server.host or not server.sender:
        raise Permanent("No mail server is set: CORRELATOR_MAIL_HOST and CORRELATOR_MAIL_FROM.")
    mail = mail_of(server.sender, to, message, now)
    try:
        with _connected(server) as smtp:
            smtp.send_message(mail, from_addr=server.sender, to_addrs=[to])
    except smtplib.SMTPAuthenticationError as fault:
        raise Permanent(f"{server.host} does not take our login ({fault.smtp_code}).") from fault
    except smtplib.SMTPRecipientsRefused as fault:
        code, said = next(iter(fault.recipients.values()))
        raise _judged(server, code, said) from fault
    except smtplib.SMTPResponseException as fault:
        raise _judged(server, fault.smtp_code, fault.smtp_error) from fault
    except smtplib.SMTPNotSupportedError as fault:
        raise Permanent(f"{server.host} cannot do what the settings ask: {fault}.") from fault
    except ssl.SSLCertVerificationError as fault:
        raise Permanent(
            f"The certificate of {server.host} is not to be trusted: {fault}."
        ) from fault
    except (smtplib.SMTPException, OSError) as fault:
        raise Transient(f"{server.host}:{server.port} took no mail: {fault}.") from fault


def mail_of(sender: str, to: str, message: Message, now: datetime) -> EmailMessage:
    """The mail as it goes out: text, HTML, and the pictures that the HTML shows."""
    if fault := fault_of({"channel": "email", "address": to}):
        raise Permanent(f"The recipient {to[:80]!r}: {fault}")
    mail = EmailMessage()
    mail["Subject"] = _one_line(message.title)
    mail["From"], mail["To"] = Address("Correlator", addr_spec=sender), Address(addr_spec=to)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{message.key}@{sender.rpartition('@')[2]}>"
    # RFC 3834: so that no out-of-office notice answers it.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    for part in mail.iter_parts():
        if isinstance(part, EmailMessage) and part.get_content_type() == "text/html":
            for name, png in message.pictures.items():
                part.add_related(png, "image", "png", cid=f"<{name}>", disposition="inline")
    return mail


def _connected(server: MailServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.security == "tls":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=TIMEOUT, context=context
        )
    else:
        smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
    try:
        if server.security == "starttls":
            smtp.starttls(context=context)
        if server.user:
            smtp.login(server.user, server.password.get_secret_value())
    except BaseException:
        smtp.close()
        raise
    return smtp


def _judged(server: MailServer, code: int, said: bytes | str) -> Permanent | Transient:
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    told = f"{server.host} answered {code}: {_one_line(words)}"
    # RFC 5321, 4.2.1: 4yz may pass, 5yz will not.
    return Transient(told) if 400 <= code < 500 else Permanent(told)


def _one_line(text: str) -> str:
    shown = "".join(one if one.isprintable() else " " for one in text)
    return shown[:SUBJECT]
