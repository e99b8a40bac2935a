"""`python -m infra.local`: the process that `daytwo local up --detach` and the tests start."""

import argparse
import logging
import os
import sys
from pathlib import Path

from infra.local.listener import PortInUse
from infra.local.server import DEFAULT_PORT, Options, serve
from infra.local.state import AlreadyRunning

log = logging.getLogger("infra.local")


def main() -> None:
    """Run an account until it is told to end; exit code 1 where it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m infra.local")
    parser.add_argument("--workdir", type=Path, required=True)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--clock", type=float, default=1.0)
    parser.add_argument("--no-bootstrap", dest="bootstrap", action="store_false")
    parser.add_argument("--system", dest="systems", action="append")
    given = parser.parse_args()
    systems = tuple(given.systems) if given.systems else None
    end(Options(given.workdir.resolve(), given.port, given.clock, given.bootstrap, systems))


def end(options: Options) -> None:
    """Serve, then end the process with the right exit code."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("infra").setLevel(os.environ.get("DAYTWO_LOG_LEVEL", "WARNING").upper())
    code = 0
    try:
        serve(options)
    except (AlreadyRunning, PortInUse) as refused:
        sys.stderr.write(f"{refused}\n")
        code = 1
    except Exception as failure:
        log.debug("set-up failed", exc_info=True)
        sys.stderr.write(f"the embedded account could not be set up: {failure}\n")
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    # Executions that wait and idle connections have threads; they must not hold the process.
    os._exit(code)


if __name__ == "__main__":
    main()
