"""Whether something has the name already that a copy is to get: then nothing is made."""

from collections.abc import Callable
from typing import Any

from tasks import stacks
from tasks.runtime import raising

PERMISSIONS = {
    "dynamodb:DescribeTable": "arn:${AWS::Partition}:dynamodb:*:${AWS::AccountId}:table/drill-*",
    "rds:DescribeDBInstances": "arn:${AWS::Partition}:rds:*:${AWS::AccountId}:db:drill-*",
    "rds:DescribeDBClusters": "arn:${AWS::Partition}:rds:*:${AWS::AccountId}:cluster:drill-*",
    "s3:ListBucket": "arn:${AWS::Partition}:s3:::drill-*",
    "cloudformation:DescribeStacks": (
        "arn:${AWS::Partition}:cloudformation:*:${AWS::AccountId}:stack/drill-*"
    ),
    "lambda:GetFunctionConfiguration": (
        "arn:${AWS::Partition}:lambda:*:${AWS::AccountId}:function:drill-*"
    ),
}
# What AWS answers where there is nothing of that name.
ABSENT = (
    "ResourceNotFoundException",
    "DBInstanceNotFound",
    "DBInstanceNotFoundFault",
    "DBClusterNotFoundFault",
    "404",
    "NoSuchBucket",
)

Clients = Callable[..., Any]


def taken(chain: str, kind: str, name: str, client: Clients) -> bool:
    """Ask the target for a copy's name; volumes and instances have none, but a tag of their own.

    `client` gives the target's client of a service. A bucket that belongs to somebody else
    counts as taken.
    """
    if chain == "stack":
        return stacks.find(name, client("cloudformation")) is not None
    if chain not in LOOKS:
        return False
    service, look = LOOKS[chain]
    if kind == "aurora_cluster":
        look = _cluster
    asked = client(service)
    with raising({}, name):
        try:
            look(asked, name)
        except asked.exceptions.ClientError as error:
            code = error.response["Error"]["Code"]
            if code in ABSENT:
                return False
            if service == "s3" and code == "403":
                return True
            raise
    return True


def _table(dynamodb: Any, name: str) -> None:
    dynamodb.describe_table(TableName=name)


def _instance(rds: Any, name: str) -> None:
    rds.describe_db_instances(DBInstanceIdentifier=name)


def _cluster(rds: Any, name: str) -> None:
    rds.describe_db_clusters(DBClusterIdentifier=name)


def _bucket(s3: Any, name: str) -> None:
    s3.head_bucket(Bucket=name)


def _function(lambda_: Any, name: str) -> None:
    lambda_.get_function_configuration(FunctionName=name)


LOOKS: dict[str, tuple[str, Callable[[Any, str], None]]] = {
    "table": ("dynamodb", _table),
    "database": ("rds", _instance),
    "bucket": ("s3", _bucket),
    "function": ("lambda", _function),
}
