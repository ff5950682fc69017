"""A mail server on loopback: as much SMTP as sending takes, with TLS and login. It refuses what it is told to."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass
class SmtpServer:
    port: int = 0
    refusals: int = 0
    """How many mails are still to be refused for a while (451)."""
    answers: dict[str, str] = field(default_factory=dict)
    """What it says to a command (RCPT, MAIL, AUTH) in place of its consent; `mail`: to the mail itself."""
    cuts_mail: bool = False
    """Hangs up while it is sent the mail."""
    login: tuple[str, str] | None = None
    """User and password that it takes; None: it offers no login."""
    certificate: ssl.SSLContext | None = None
    """For TLS, begun by STARTTLS or, with `is_implicit`, by the connection."""
    is_implicit: bool = False
    taken: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    was_encrypted: list[bool] = field(default_factory=list)
    """Of each mail that was taken."""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())
            await writer.drain()

        await say("220 double ESMTP")
        recipient = ""
        while line := await reader.readline():
            command = line.decode().strip()
            verb = command[:4].upper()
            if verb == "EHLO":
                await self._greet(writer)
            elif verb == "STAR" and self.certificate:
                await say("220 go on")
                await writer.start_tls(self.certificate)
            elif verb in self.answers:
                await say(self.answers[verb])
            elif verb == "AUTH":
                await say("235 welcome" if self._is_known(command) else "535 5.7.8 who are you, ann@example.org")
            elif verb == "RCPT":
                recipient = command
                await say("250 ok")
            elif verb == "DATA":
                await say("354 go on")
                if self.cuts_mail:
                    return
                await self._take(reader, writer, recipient)
            elif verb == "QUIT":
                await say("221 bye")
                return
            else:
                await say("250 ok")

    async def _greet(self, writer: asyncio.StreamWriter) -> None:
        is_encrypted = writer.get_extra_info("ssl_object") is not None
        offers = ["STARTTLS"] if self.certificate and not is_encrypted else []
        offers += ["AUTH PLAIN"] if self.login else []
        lines = ["double", *offers]
        for number, offer in enumerate(lines, 1):
            writer.write(f"250{' ' if number == len(lines) else '-'}{offer}\r\n".encode())
        await writer.drain()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, recipient: str) -> None:
        mail = await reader.readuntil(b"\r\n.\r\n")
        if self.refusals:
            self.refusals -= 1
            answer = "451 4.3.0 not now, ann@example.org"
        else:
            answer = self.answers.get("mail", "250 taken")
        if answer.startswith("2"):
            self.taken.append(mail.removesuffix(b".\r\n"))
            self.recipients.append(recipient)
            self.was_encrypted.append(writer.get_extra_info("ssl_object") is not None)
        writer.write(f"{answer}\r\n".encode())
        await writer.drain()

    def _is_known(self, command: str) -> bool:
        _, user, password = base64.b64decode(command.rpartition(" ")[2]).decode().split("\0")
        return (user, password) == self.login


@asynccontextmanager
async def smtp_server(
    certificate: ssl.SSLContext | None = None, *, is_implicit: bool = False
) -> AsyncIterator[SmtpServer]:
    double = SmtpServer(certificate=certificate, is_implicit=is_implicit)
    server = await asyncio.start_server(double.talk, "127.0.0.1", 0, ssl=certificate if is_implicit else None)
    double.port = server.sockets[0].getsockname()[1]
    try:
        yield double
    finally:
        server.close()
        await server.wait_closed()
