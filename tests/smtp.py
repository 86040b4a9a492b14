"""A small mail server on loopback: it speaks enough SMTP for the standard client, and says no where a test tells it to."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from email import message_from_bytes
from email.message import Message
from types import TracebackType


class MailServer:
    """`with MailServer() as server:` listens on `server.port` and keeps what it took in `server.taken`.

    `answers` maps a verb (HELO stands for the greeting of the client, DATA. for the end of the words) to what is said
    instead of yes; `after` is called once a message is taken, before the client hears so.
    """

    def __init__(self, port: int = 0, after: Callable[[], None] | None = None, **answers: str):
        self.port, self.after, self.answers = port, after, answers
        self.taken: list[Message] = []
        self.recipients: list[str] = []
        self._ready, self._loop = threading.Event(), asyncio.new_event_loop()

    def __enter__(self) -> "MailServer":
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(10), "the mail server did not start"
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._talk, "127.0.0.1", self.port))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await self._converse(reader, writer)
        writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(verb: str, usual: str) -> bool:
            writer.write((self.answers.get(verb, usual) + "\r\n").encode())
            return verb not in self.answers

        say("HELLO", "220 loopback")
        while line := await reader.readline():
            verb = line.decode().strip().upper()[:4]
            if verb in ("EHLO", "HELO"):
                say("HELO", "250 loopback")
            elif verb == "MAIL":
                say("MAIL", "250 sender")
            elif verb == "RCPT":
                if say("RCPT", "250 recipient"):
                    self.recipients.append(line.decode().split("<")[1].split(">")[0])
            elif verb == "DATA":
                if say("DATA", "354 go on"):
                    words = await reader.readuntil(b"\r\n.\r\n")
                    if "DATA." not in self.answers:
                        self.taken.append(message_from_bytes(words[:-3]))
                        if self.after:
                            self.after()
                    say("DATA.", "250 taken")
            elif verb == "QUIT":
                say("QUIT", "221 bye")
                break
            else:
                writer.write(b"250 fine\r\n")
