"""Which AWS account the command line talks to, as whom, and what daytwo's names are in it."""

import functools
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workflows.cli.errors import CommandError
from workflows.state import StateTable

if TYPE_CHECKING:
    import boto3

STACK = "daytwo"
LOCAL_PROFILE = "admin"


def session_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command --local, --profile, --region and --json, and the `session` made of them."""

    @click.option("--local", is_flag=True, help="Use the embedded account (daytwo local up).")
    @click.option("--profile", metavar="NAME", help="Act as this profile.")
    @click.option("--region", metavar="REGION", help="Use this AWS Region.")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @functools.wraps(command)
    def with_session(
        *args: Any,
        local: bool,
        profile: str | None,
        region: str | None,
        as_json: bool,
        **kwargs: Any,
    ) -> Any:
        session = Session(local=local, profile=profile, region=region, json=as_json)
        return command(*args, session=session, **kwargs)

    return with_session


class Session:
    """The account, the identity and the Region of one run of the command line.

    Without `local` it is what every AWS tool would take: the environment's credentials,
    the profile, AWS_ENDPOINT_URL.
    """

    def __init__(
        self,
        local: bool = False,
        profile: str | None = None,
        region: str | None = None,
        json: bool = False,
    ) -> None:
        self.local = local
        self.json = json
        self._profile = profile
        self._region = region
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """Give the boto3 client of a service, one for the whole run."""
        if service not in self._clients:
            endpoint = self._account["endpoint"] if self.local else None
            self._clients[service] = self.boto3.client(service, endpoint_url=endpoint)
        return self._clients[service]

    @functools.cached_property
    def boto3(self) -> "boto3.Session":
        """The boto3 session that all clients are made with."""
        import boto3
        import botocore.session
        from botocore.exceptions import ProfileNotFound

        core = botocore.session.Session(profile=self._named_profile())
        if self.local:
            # Profiles of the same name in the person's own files must not mix in.
            core.set_config_variable("credentials_file", str(local_folder() / "credentials"))
            core.set_config_variable("config_file", str(local_folder() / "config"))
        # boto3 reads AWS_DEFAULT_REGION alone, every other SDK and Lambda AWS_REGION.
        region = self._region or self._local_region() or os.environ.get("AWS_REGION") or None
        try:
            session = boto3.Session(botocore_session=core, region_name=region)
        except ProfileNotFound:
            raise CommandError(self._no_profile()) from None
        if not session.region_name:
            raise CommandError("No AWS Region is set. Give --region, or set AWS_REGION.")
        return session

    @property
    def region(self) -> str:
        """The AWS Region that clients are made for."""
        return str(self.boto3.region_name)

    @functools.cached_property
    def caller(self) -> str:
        """The ARN of who asks, as STS sees it."""
        return str(self.client("sts").get_caller_identity()["Arn"])

    @functools.cached_property
    def outputs(self) -> dict[str, str]:
        """What daytwo's stack says its tables, buckets and state machines are called."""
        from botocore.exceptions import ClientError

        try:
            reply = self.client("cloudformation").describe_stacks(StackName=STACK)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":
                raise
            raise CommandError(self._no_stack()) from None
        return {
            output["OutputKey"]: output["OutputValue"]
            for output in reply["Stacks"][0].get("Outputs", [])
        }

    def output(self, name: str) -> str:
        """Read one output of daytwo's stack, such as StateTableName."""
        if name not in self.outputs:
            raise CommandError(
                f"The stack {STACK} in {self.region} has no output {name}: it was deployed by "
                "another version of daytwo. Deploy it again with `make deploy`."
            )
        return self.outputs[name]

    @functools.cached_property
    def state(self) -> StateTable:
        """daytwo's state table in this account."""
        return StateTable(self.output("StateTableName"), self.client("dynamodb"))

    @property
    def clock(self) -> float:
        """How many times faster than the wall's clock the account's runs; 1 on AWS."""
        return float(self._account.get("clock", 1)) if self.local else 1.0

    def _named_profile(self) -> str | None:
        return self._profile or (LOCAL_PROFILE if self.local else None)

    def _local_region(self) -> str | None:
        return str(self._account["region"]) if self.local else None

    @functools.cached_property
    def _account(self) -> dict[str, Any]:
        """What the running embedded account wrote about itself."""
        path = local_folder() / "account.json"
        try:
            account: dict[str, Any] = json.loads(path.read_text("utf-8"))
            return {"region": "us-east-1", **account, "endpoint": account["endpoint"]}
        except FileNotFoundError:
            raise CommandError(
                "The embedded account is not running here. Start it with `daytwo local up`, "
                f"or set DAYTWO_LOCAL_DIR to its folder (looked for {path})."
            ) from None
        except (ValueError, KeyError, TypeError):
            raise CommandError(
                f"{path} does not say where the embedded account listens. Start it again with "
                "`daytwo local down` and `daytwo local up`."
            ) from None

    def _no_profile(self) -> str:
        where = str(local_folder() / "credentials") if self.local else "your AWS configuration"
        name = self._named_profile() or os.environ.get("AWS_PROFILE", "")
        return f"There is no profile {name} in {where}."

    def _no_stack(self) -> str:
        if self.local:
            return (
                f"The embedded account has no stack {STACK} yet. Wait until `daytwo local up` "
                "says ready."
            )
        return (
            f"There is no stack {STACK} in {self.region} of this account. Deploy it with "
            "`make deploy ENV=dev`, or name the right --region and --profile."
        )


def local_folder() -> Path:
    """Tell where the embedded account keeps its state: DAYTWO_LOCAL_DIR or .daytwo/local."""
    return Path(os.environ.get("DAYTWO_LOCAL_DIR") or Path(".daytwo") / "local")
