"""delete_stack: the failure of a stack is the deletion of that very copy and of nothing else."""

import pytest
from botocore.exceptions import ClientError
from drill_documents import NOW, drill
from drilled_stacks import COPY, planned

from tasks import store
from tasks.errors import DrillStopped, NotACopy
from tasks.scenario import delete_stack

ID = f"arn:aws:cloudformation:us-east-1:123456789012:stack/{COPY}/1"
OWN = [{"Key": "daytwo:drill", "Value": drill()["id"]}]


class CloudFormation:
    """One stack, as it is described."""

    class exceptions:
        """The errors of the client."""

        ClientError = ClientError

    def __init__(self, status, tags=OWN, name=COPY):
        self.stack = {"StackName": name, "StackId": ID, "StackStatus": status, "Tags": tags}
        self.deleted = []

    def describe_stacks(self, StackName):
        assert StackName == ID
        if self.stack["StackStatus"] == "GONE":
            error = {"Code": "ValidationError", "Message": f"{ID} does not exist"}
            raise ClientError({"Error": error}, "DescribeStacks")
        return {"Stacks": [self.stack]}

    def delete_stack(self, StackName):
        self.deleted.append(StackName)


def delete(aws):
    return delete_stack.delete(planned(), drill(), ID, aws)


@pytest.mark.parametrize(
    ("status", "done", "deleted"),
    [
        ("CREATE_COMPLETE", False, [ID]),
        ("UPDATE_COMPLETE", False, [ID]),
        ("DELETE_IN_PROGRESS", False, []),
        ("DELETE_COMPLETE", True, []),
        ("GONE", True, []),
    ],
)
def test_it_is_deleted_once_and_waited_for(status, done, deleted):
    aws = CloudFormation(status)

    assert delete(aws)["done"] is done
    assert aws.deleted == deleted


@pytest.mark.parametrize(
    "changes",
    [
        {"tags": []},
        {"tags": [{"Key": "daytwo:drill", "Value": "another"}]},
        {"name": "feedback-prod"},
    ],
)
def test_a_stack_that_the_drill_did_not_make_is_left(changes):
    aws = CloudFormation("CREATE_COMPLETE", **changes)

    with pytest.raises(NotACopy):
        delete(aws)

    assert aws.deleted == []


def test_a_stopped_drill_deletes_nothing(state_table, dynamodb):
    stop = {**store.drill(drill()["id"]), "stop": "by alice"}
    dynamodb.put_item(TableName=state_table, Item=store.to_item(stop))
    request = {"component": planned(), "drill": drill(), "now": NOW, "stack_id": ID}

    with pytest.raises(DrillStopped):
        delete_stack.handler(request, None)
