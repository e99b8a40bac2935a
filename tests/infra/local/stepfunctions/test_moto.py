"""What moto's interpreter still lacks: a test that fails here names a change to take back."""

import json

import pytest
from moto.stepfunctions import models, responses
from moto.stepfunctions.parser import models as parser_models
from moto.stepfunctions.parser.api import InvalidDefinition
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import (
    CustomErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.error_equals_decl import (
    ErrorEqualsDecl,
)
from moto.stepfunctions.parser.asl.component.common.retry.retrier_decl import RetrierDecl
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.component.program.program import Program
from moto.stepfunctions.parser.asl.component.state.exec.execute_state import ExecutionState
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.distributed_iteration_component import (  # noqa: E501
    DistributedIterationComponent,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.inline_iteration_component import (  # noqa: E501
    InlineIterationComponent,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor.distributed_item_processor_worker import (  # noqa: E501
    DistributedItemProcessorWorker,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.iteration_worker import (  # noqa: E501
    IterationWorker,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.result_writer.resource_eval.resource_eval_s3 import (  # noqa: E501
    ResourceEvalS3,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk,
    state_task_service_callback,
    state_task_service_sfn,
    state_task_service_sqs,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import (  # noqa: E501
    StateTaskService,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.state_task_lambda import (
    StateTaskLambda,
)
from moto.stepfunctions.parser.asl.component.state.state import CommonStateField
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.timestamp import Timestamp
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import (
    WaitFunction,
)
from moto.stepfunctions.parser.asl.eval import states
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.eval.event.logging import CloudWatchLoggingSession
from moto.stepfunctions.parser.asl.parse.asl_parser import (
    AmazonStateLanguageParser,
    ASLParserException,
)
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor
from moto.stepfunctions.parser.asl.utils import boto_client, json_path
from moto.stepfunctions.parser.backend.execution_worker import ExecutionWorker
from moto_source import still_says

Callback = state_task_service_callback.StateTaskServiceCallback
Parser = parser_models.StepFunctionsParserBackend
Response = responses.StepFunctionResponse
Machine = models.StateMachine

LACKS = {
    "scopes are kept in the class": (Preprocessor, "_query_language_per_scope: list[Quer"),
    "a definition is parsed at each start": (ExecutionWorker, "AmazonStateLanguageParser.parse("),
    "a path is parsed at each use": (json_path.extract_json, "input_expr = parse(path)"),
    "data is copied slowly": (states.States.reset, "copy.deepcopy(input_value)"),
    "a wait is in real time": (WaitFunction._wait_interval, "program_state_event.wait(wait_sec"),
    "the time is local": (Timestamp._get_wait_seconds, "timestamp - datetime.datetime.now()"),
    "a state is entered at the wall's time": (
        CommonStateField._eval_body,
        "EnteredTime=datetime.datetime.now(",
    ),
    "a Map's children are parts of their parent": (
        DistributedIterationComponent._map_run,
        "self._launch_worker(env=env",
    ),
    "a Map tolerates every failure": (
        DistributedItemProcessorWorker._eval_job,
        "execution_counter.failed.count()\n                self._map_run_record.item_counter",
    ),
    "a result manifest names no files": (
        ResourceEvalS3._handle_put_object,
        '"ResultFiles": {"FAILED": [], "PENDING": [], "SUCCEEDED": []}',
    ),
    "a retry sleeps": (RetrierDecl._eval_body, "time.sleep(interval_seconds)"),
    "an end is told for a moment": (Environment.set_stop, "program_state_event.clear()"),
    "a timeout joins a thread": (Program.eval, "worker_thread.join(timeout=timeout)"),
    "a task is waited for": (ExecutionState._evaluate_with_timeout, "terminated_event.wait("),
    "a callback is in real time": (Callback._wait_for_task_token_timeout, "timeout=timeout_sec"),
    "a token serves all attempts": (Callback._eval_body, "context_object.update_task_token()"),
    "a worker calls itself": (IterationWorker._eval_pool, "self._eval_pool(job=next_job"),
    "each item has a thread": (InlineIterationComponent._eval_body, "len(input_items) if max_conc"),
    "a child is polled": (Callback._eval_sync, "time.sleep(_DELAY_SECONDS_SYNC_CONDITION_CHECK)"),
    "a client is made for each call": (boto_client.boto_client_for, "return boto3.client("),
    "a machine acts as nobody": (boto_client.boto_client_for, 'aws_access_key_id="ak"'),
    "parameters are not normalised": (StateTaskService._normalise_parameters, "-> None: pass"),
    "answers are not normalised": (StateTaskService._normalise_response, "-> None: pass"),
    "times stay times": (StateTaskService._from_boto_response_value, "return response_value"),
    "failures are logged as errors": (EvalComponent._log_failure_event_exception, "LOG.error("),
    "States.* errors are not handed on": (CustomErrorName, "raise ValueError("),
    "States.ALL catches everything": (ErrorEqualsDecl._eval_body, "in self.error_names: res = T"),
    "an untyped error is Exception": (StateTaskLambda._from_error, 'error = "Exception"'),
    "services are spelled as in the ARN": (state_task_service_aws_sdk, '{"dynamodb": "DynamoDb"'),
    "codes get a second Exception": (state_task_service_sfn, '"StepFunctions.{error_code}Exce'),
    "queues have one error": (state_task_service_sqs, "CustomErrorName(_ERROR_NAME_CLIENT)"),
    "a log needs another time": (CloudWatchLoggingSession, '["event_timestamp"].timestamp()'),
    "no name is None": (Parser.start_execution, "exec_name = name"),
    "a machine is copied with its past": (Parser.start_execution, "copy.deepcopy("),
    "late answers are invalid": (Parser.send_task_success, "ExecutionStatus.RUNNING"),
    "late heartbeats are invalid": (Parser.send_task_heartbeat, "ExecutionStatus.RUNNING"),
    "late failures do not exist": (Parser.send_task_failure, "raise TaskDoesNotExist()"),
    "a cause is lost": (Response.send_task_failure, "send_task_failure(task_token, error=error)"),
    "an abort has no error": (Response.stop_execution, "backend.stop_execution(arn)"),
    "a history has one page": (Response.get_execution_history, "ActionResult(execution_history)"),
    "some ends are not told": (Response.describe_execution, "ExecutionStatus.FAILED, ]"),
    "some ends are not listed": (Response.list_executions, "ExecutionStatus.ABORTED, ]"),
    "an existing machine is answered": (
        models.StepFunctionBackend.create_state_machine,
        "try: ret",
    ),
    "templates use another backend": (Machine, "sf_backend = stepfunctions_backends["),
    "templates say a string": (Machine.create_from_cloudformation_json, '"DefinitionString", ""'),
    "updates read a string": (Machine.update_from_cloudformation_json, '"DefinitionString")'),
    "no attribute is the ARN": (Machine.has_cfn_attr, '"Name", "DefinitionString", "RoleArn"'),
    "a name has no property": (Machine.cloudformation_name_type, 'return "StateMachine"'),
}


@pytest.mark.parametrize("lack", LACKS)
def test_moto_still_lacks_it(lack):
    thing, text = LACKS[lack]
    assert still_says(thing, text)


def test_moto_still_gives_every_nameless_execution_one_arn():
    definition = '{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}'
    backend = Parser("us-east-1", "123456789012")
    role = "arn:aws:iam::123456789012:role/r"
    machine = backend.create_state_machine("m", definition, role)
    assert backend.start_execution(machine.arn).execution_arn.endswith(":m:None")


def test_moto_still_sends_its_refusals_without_a_code():
    assert InvalidDefinition.TYPE is None


def test_moto_still_reads_the_same_definition_anew():
    definition = '{"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}}'
    first, second = (AmazonStateLanguageParser.parse(definition)[0] for _ in range(2))
    assert first is not second


@pytest.mark.parametrize("field", [{"ToleratedFailurePercentage": 5}, {"ItemBatcher": {}}])
def test_moto_still_refuses_fields_of_a_distributed_map(field):
    processor = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
    state = {"Type": "Map", "ItemProcessor": processor, "End": True, **field}
    with pytest.raises(ASLParserException):
        AmazonStateLanguageParser.parse(json.dumps({"StartAt": "M", "States": {"M": state}}))
