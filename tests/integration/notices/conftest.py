"""People to tell, and a mail server of the test's own."""

import socket
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message

from dars.accounts.models import User


@pytest.fixture
def asha() -> User:
    return User.objects.create_user(email="asha@example.org", name="Asha Bello", password="x")


@pytest.fixture
def ravi() -> User:
    return User.objects.create_user(email="ravi@example.org", name="Ravi Lindqvist", password="x")


class Postbox(Message):
    """Keeps the messages that a real SMTP conversation brought."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list = []

    def handle_message(self, message: object) -> None:
        self.messages.append(message)


@pytest.fixture
def postbox(settings: object) -> Iterator[Postbox]:
    """A mail server on a free port, and the service told to use it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    box = Postbox()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 5
    yield box
    server.stop()
