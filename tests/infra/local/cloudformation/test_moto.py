"""moto by itself still falls short; where one of these fails, a change to it can go."""

import inspect
import json

import pytest
from botocore.exceptions import ClientError

from infra.local.cloudformation.engine import TYPES
from tests.infra.local.cloudformation import (
    conftest,
    test_change_sets,
    test_function_types,
    test_keeping,
    test_stacks,
)
from tests.infra.local.cloudformation import test_other_types as other
from tests.support.embedded import reset_moto, running
from tests.support.moto_source import still_says

# What is kept to by moto, or mended in another part of the account.
FINE_IN_MOTO = {
    "test_a_change_set_without_changes_fails_in_the_words_of_aws",
    "test_a_dashboard",
    "test_a_mapping_reads_a_stream_of_a_table",
    "test_a_new_output_is_a_change",
    "test_a_part_of_what_is_not_known_yet_can_be_selected",
    "test_a_resource_is_made_after_what_it_names_in_a_substitution",
    "test_a_stack_made_without_a_change_set_behaves_alike",
    "test_a_stack_that_does_not_exist_cannot_be_updated",
    "test_a_yaml_template_with_short_functions_is_read",
    "test_a_state_machine_that_executes",
    "test_a_type_that_only_moto_knows",
    "test_a_function_takes_its_settings_and_keeps_newer_code",
}
NEEDED = {"stacks", "base"}
UNKNOWN_TO_MOTO = {
    "AWS::AutoScaling::ScalingPolicy",
    "AWS::CloudTrail::Trail",
    "AWS::CloudWatch::Alarm",
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Url",
    "AWS::RDS::DBCluster",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "AWS::Scheduler::Schedule",
    "AWS::Scheduler::ScheduleGroup",
    "AWS::SecretsManager::Secret",
}


def cases(*modules):
    """List the tests of modules that need nothing but stacks."""
    return [
        (name, test)
        for module in modules
        for name, test in inspect.getmembers(module, inspect.isfunction)
        if name.startswith("test_")
        and set(inspect.signature(test).parameters) <= {"stacks", "base"}
    ]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    with running(tmp_path_factory.mktemp("plain")) as account:
        yield account


@pytest.mark.parametrize(
    "test",
    [
        pytest.param(test, id=name)
        for name, test in cases(
            other, test_function_types, test_keeping, test_change_sets, test_stacks
        )
        if name not in FINE_IN_MOTO
    ],
)
@pytest.mark.filterwarnings("ignore:Tried to parse", "ignore:.*does not match an error shape")
def test_moto_alone_does_not_pass(plain, test):
    reset_moto()
    stacks = conftest.Stacks(plain)
    given = {"stacks": stacks}
    if "base" in inspect.signature(test).parameters:
        given["base"] = {"Role": stacks.role, "Worker": stacks.function()}
    with pytest.raises((Exception, pytest.fail.Exception)):
        test(**given)


def test_moto_has_no_model_of_these_types():
    from moto.cloudformation.parsing import get_model_map

    assert set(TYPES) >= UNKNOWN_TO_MOTO
    assert not UNKNOWN_TO_MOTO & set(get_model_map())


def test_moto_reads_json_as_yaml():
    from moto.cloudformation.models import ChangeSet, Stack

    assert still_says(Stack.parse_template, "return yaml.load(template")
    assert still_says(ChangeSet._parse_template, "yaml.load(self.template")


def test_moto_refuses_everything_for_a_policy_that_asks_for_tls(plain):
    reset_moto()
    s3 = plain.client("s3")
    s3.create_bucket(Bucket="its-bucket")
    s3.put_bucket_policy(Bucket="its-bucket", Policy=json.dumps(other.ONLY_OVER_TLS))
    with pytest.raises(ClientError, match="403"):
        s3.put_object(Bucket="its-bucket", Key="a", Body=b"a")


def test_moto_tells_a_moment_in_2010():
    from moto.cloudformation.responses import StackResourceDTO

    assert still_says(StackResourceDTO, "2010-07-27")
