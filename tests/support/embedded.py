"""A small embedded account for tests: moto's server with chosen parts, nothing deployed."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from infra.local import listener
from infra.local.account import Account
from infra.local.clock import Clock


def reset_moto() -> None:
    """Forget all that moto holds."""
    from moto.moto_api._internal.models import moto_api_backend

    moto_api_backend.reset()


@contextlib.contextmanager
def running(workdir: Path, *parts: Any, factor: float = 1.0) -> Iterator[Account]:
    """Serve an empty account with these parts of infra.local on a free port of loopback."""
    reset_moto()
    bound = listener.bind(0)
    account = Account(port=bound.getsockname()[1], workdir=workdir, clock=Clock(factor))
    app = DomainDispatcherApplication(create_backend_app)
    server = listener.make_listener(bound, app)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        for part in parts:
            part.install(account)
            if hasattr(part, "wrap"):
                server.app = part.wrap(account, server.app)
        yield account
    finally:
        account.stop()
        server.shutdown()
        bound.close()
        reset_moto()
