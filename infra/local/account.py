"""What the parts of the embedded account share: its address, clock, credentials and ending."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.client import BaseClient
from botocore.config import Config

from infra.local.clock import Clock
from infra.local.weather import Weather

ACCOUNT_ID = "123456789012"
REGION = "us-east-1"
# The key that the account's own parts sign with; known to this process only.
ADMIN_KEY = {"AccessKeyId": "AKIADAYTWOINTERNAL00", "SecretAccessKey": "", "SessionToken": ""}

NO_SDK_RETRIES = Config(
    retries={"total_max_attempts": 1}, max_pool_connections=50, read_timeout=900
)


@dataclass
class Account:
    """One running embedded account; each part of infra/local takes it in `install(account)`."""

    port: int
    workdir: Path
    clock: Clock = field(default_factory=Clock)
    admin: dict[str, str] = field(default_factory=lambda: dict(ADMIN_KEY))
    # The weather of each part that has some, by the part's name.
    weather: dict[str, Weather] = field(default_factory=dict)
    # API calls that were let in, by action, such as ec2:StartInstances.
    calls: Counter[str] = field(default_factory=Counter)
    # One for all clients: each session reads the service models and endpoints anew.
    _session: boto3.Session = field(default_factory=boto3.Session)
    _clients: dict[tuple[str, ...], BaseClient] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _endings: list[Callable[[], None]] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        """The URL that every AWS client of this account talks to."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def ec2_weather(self) -> Weather:
        """The weather of EC2; the part `ec2` has to be installed."""
        return self.weather["ec2"]

    def client(self, service: str, region: str = REGION) -> Any:
        """Give a cached client that may do everything: the account's own parts use it."""
        return self._cached(("", "", service, region), lambda: self.admin)

    def role_client(
        self, service: str, role_arn: str, session: str = "daytwo", region: str = REGION
    ) -> Any:
        """Give a cached client that acts as a role, with a session of that role."""
        return self._cached(
            (role_arn, session, service, region), lambda: self.credentials(role_arn, session)
        )

    def credentials(self, role_arn: str, session: str = "daytwo") -> dict[str, str]:
        """Make session credentials of a role: AccessKeyId, SecretAccessKey, SessionToken.

        The account itself hands them out, as Lambda and Step Functions do on AWS, so the
        role's trust policy is not asked for the operator's rights.
        """
        from moto.sts.models import sts_backends

        role = sts_backends[ACCOUNT_ID]["aws"].assume_role(
            region_name=REGION,
            role_session_name=session[:64],
            role_arn=role_arn,
            policy=None,  # type: ignore[arg-type]
            duration=43_200,  # an account that runs all day keeps its cached clients
            external_id=None,  # type: ignore[arg-type]
        )
        return {
            "AccessKeyId": role.access_key_id,
            "SecretAccessKey": role.secret_access_key,
            "SessionToken": role.session_token,
        }

    def on_stop(self, ending: Callable[[], None]) -> None:
        """Remember what to call when the account stops; the last remembered is called first."""
        self._endings.append(ending)

    def stop(self) -> None:
        """End everything that the parts started."""
        while self._endings:
            self._endings.pop()()

    def _cached(
        self, key: tuple[str, ...], credentials: Callable[[], dict[str, str]]
    ) -> BaseClient:
        with self._lock:
            if key not in self._clients:
                keys = credentials()
                self._clients[key] = self._session.client(
                    key[2],  # type: ignore[call-overload]
                    region_name=key[3],
                    endpoint_url=self.endpoint,
                    aws_access_key_id=keys["AccessKeyId"],
                    aws_secret_access_key=keys["SecretAccessKey"] or "internal",
                    aws_session_token=keys["SessionToken"] or None,
                    config=NO_SDK_RETRIES,
                )
            return self._clients[key]
