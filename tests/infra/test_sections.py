"""Sections of the template for modules made up here."""

import dataclasses

import pytest

from infra import settings
from infra.discovery import DefinitionError, Task, Workflow
from infra.template import render
from infra.template.functions import outputs
from infra.template.permissions import Scope, TooBroad, statements
from workflows.triggers import Event, Schedule

ALARM = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${System}-*"


def task(name="parts.count_parts", permissions=None, **settings):
    family, verb = name.split(".")
    given = {"timeout": 30, "memory": 256, "url_auth": "", **settings}
    return Task(family, verb, "Count parts.", permissions or {}, **given)


def workflow(name="stock_check", resource="${PartsCountParts.Arn}", **settings):
    state = {"Type": "Task", "Resource": resource, "End": True}
    definition = {"StartAt": "Count", "States": {"Count": state}}
    given = {"permissions": {}, "events": [], "schedules": [], **settings}
    return Workflow(name, "Count every night.", definition, **given)


@pytest.fixture
def config():
    return {**settings.load("dev"), "systems": ["one", "two"]}


def resources(config, tasks, workflows=()):
    return render(tasks, list(workflows), config)["Resources"]


def granted(resource):
    return resource["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]


def test_actions_on_the_same_resources_share_a_statement():
    scope = Scope(["one", "two"], [])
    table = "${StateTable.Arn}"
    written = statements(
        {
            "dynamodb:PutItem": table,
            "cloudwatch:DescribeAlarms": ALARM,
            "dynamodb:GetItem": [table],
        },
        scope,
        "a task",
    )
    found = [(item["Action"], [arn.to_dict() for arn in item["Resource"]]) for item in written]
    assert found == [
        (["dynamodb:GetItem", "dynamodb:PutItem"], [{"Fn::Sub": "${StateTable.Arn}"}]),
        (
            ["cloudwatch:DescribeAlarms"],
            [{"Fn::Sub": ALARM.replace("${System}", name)} for name in ("one", "two")],
        ),
    ]


def test_an_action_under_a_condition_has_a_statement_of_its_own(config):
    borne = {"Null": {"aws:ResourceTag/daytwo:drill": "false"}}
    volumes = "arn:${AWS::Partition}:ec2:*:${AWS::AccountId}:volume/*"
    actions = ["ec2:CreateTags", "ec2:DeleteVolume", "ec2:DetachVolume"]
    made = resources(
        config,
        [
            task(
                permissions=dict.fromkeys(actions, volumes),
                conditions=dict.fromkeys(actions[1:], borne),
            )
        ],
    )
    found = [
        (item["Action"], item.get("Condition"))
        for item in granted(made["PartsCountPartsRole"])
        if item["Action"][0] in actions
    ]
    assert sorted(found, key=str) == [
        (["ec2:CreateTags"], None),
        (["ec2:DeleteVolume", "ec2:DetachVolume"], borne),
    ]


@pytest.mark.parametrize(
    "permissions",
    [{"s3:*": "arn:aws:s3:::a"}, {"s3:GetObject": "*"}, {"s3:GetObject": ["*", "arn:aws:s3:::a"]}],
)
def test_a_permission_that_is_too_broad_is_refused_with_its_owner(permissions):
    with pytest.raises(TooBroad, match=r"tasks\.a\.b: PERMISSIONS allow s3:"):
        statements(permissions, Scope(["one"], []), "tasks.a.b")


def test_an_action_without_resource_types_may_stand_alone():
    assert statements({"states:SendTaskSuccess": "*"}, Scope(["one"], []), "a task")


def test_a_task_becomes_a_function_with_its_own_role_and_its_family_s_log_group(config):
    made = resources(config, [task(timeout=60, memory=512)])
    properties = made["PartsCountParts"]["Properties"]
    assert properties["FunctionName"] == "daytwo-parts-count-parts"
    assert properties["Handler"] == "tasks.parts.count_parts.handler"
    assert (properties["Timeout"], properties["MemorySize"]) == (60, 512)
    assert properties["LoggingConfig"]["LogFormat"] == "JSON"
    assert properties["Layers"] == [{"Ref": "DependencyLayer"}]
    assert properties["LoggingConfig"]["LogGroup"] == {"Ref": "PartsFunctionsLogGroup"}
    assert made["PartsFunctionsLogGroup"]["Properties"]["RetentionInDays"] == 7
    assert "PartsCountPartsRole" in made


@pytest.mark.parametrize(("tracing", "mode"), [(True, "Active"), (False, "PassThrough")])
def test_rights_to_send_traces_are_there_only_with_tracing(config, tracing, mode):
    made = resources({**config, "tracing": tracing}, [task()], [workflow()])
    assert made["PartsCountParts"]["Properties"]["TracingConfig"]["Mode"] == mode
    for role in ("PartsCountPartsRole", "StockCheckStateMachineRole"):
        actions = {action for statement in granted(made[role]) for action in statement["Action"]}
        assert ("xray:PutTraceSegments" in actions) is tracing


def test_a_task_that_names_a_machine_gets_its_arn_by_name(config):
    start = {"states:StartExecution": "${StockCheckStateMachine}"}
    made = resources(config, [task(permissions=start)], [workflow()])
    variables = made["PartsCountParts"]["Properties"]["Environment"]["Variables"]
    arn = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:"
    assert variables == {"STOCK_CHECK_STATE_MACHINE": {"Fn::Sub": f"{arn}daytwo-stock-check"}}


@pytest.mark.parametrize(("mode", "may"), [("DISTRIBUTED", True), ("INLINE", False)])
def test_a_machine_may_start_the_children_of_its_own_distributed_maps(config, mode, may):
    inner = workflow().definition
    processor = {"ProcessorConfig": {"Mode": mode}, **inner}
    each = {"Type": "Map", "ItemProcessor": processor, "End": True}
    mapping = dataclasses.replace(
        workflow(), definition={"StartAt": "Each", "States": {"Each": each}}
    )
    made = resources(config, [task()], [mapping])
    arn = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:"
    own = {"Fn::Sub": f"{arn}stateMachine:daytwo-stock-check"}
    children = {"Fn::Sub": f"{arn}execution:daytwo-stock-check/*:*"}
    allowed = [
        (tuple(statement["Action"]), statement["Resource"])
        for statement in granted(made["StockCheckStateMachineRole"])
    ]
    wanted = [
        (("states:StartExecution",), [own]),
        (("states:DescribeExecution", "states:StopExecution"), [children]),
    ]
    assert [each in allowed for each in wanted] == [may, may]


def test_events_and_schedules_become_rules_and_schedules(config):
    event = Event("PartSold", {"detail": {"arn": ["${StateTable.Arn}"]}}, {"id": "$.id"}, "<id>")
    schedule = Schedule("nightly", "cron(0 3 * * ? *)", {"system": "one"}, "Europe/Berlin")
    made = resources(config, [task()], [workflow(events=[event], schedules=[schedule])])
    rule = made["StockCheckOnPartSold"]["Properties"]
    assert rule["Name"] == "daytwo-stock-check-part-sold"
    assert rule["EventPattern"]["detail"]["arn"] == [{"Fn::Sub": "${StateTable.Arn}"}]
    assert rule["Targets"][0]["InputTransformer"] == {
        "InputPathsMap": {"id": "$.id"},
        "InputTemplate": "<id>",
    }
    timer = made["StockCheckAtNightly"]["Properties"]
    assert timer["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert timer["Target"]["Input"] == '{"system": "one"}'
    trust = made["StockCheckStateMachineTriggerRole"]["Properties"]["AssumeRolePolicyDocument"]
    assert trust["Statement"][0]["Principal"]["Service"] == [
        "events.amazonaws.com",
        "scheduler.amazonaws.com",
    ]


def test_a_workflow_without_triggers_needs_no_trigger_role(config):
    made = resources(config, [task()], [workflow()])
    assert "StockCheckStateMachineTriggerRole" not in made


def test_a_misspelt_task_is_refused_by_name(config):
    with pytest.raises(DefinitionError, match=r"workflows/stock_check\.py names PartsCuontParts"):
        resources(config, [task()], [workflow(resource="${PartsCuontParts.Arn}")])


def test_two_urls_in_a_family_are_refused():
    both = [task(f"parts.{verb}", url_auth="AWS_IAM") for verb in ("one", "two")]
    with pytest.raises(DefinitionError, match="would share the output PartsUrl"):
        outputs(both)


def test_subscribers_come_from_the_configuration(config):
    config["notifications"] = [{"protocol": "email", "endpoint": "ops@example.com"}]
    made = resources(config, [task()])
    assert made["NotificationTopicSubscription1"]["Properties"] == {
        "TopicArn": {"Ref": "NotificationTopic"},
        "Protocol": "email",
        "Endpoint": "ops@example.com",
    }


def test_schedules_of_manifests_may_start_what_says_so_and_nothing_else(config):
    planned = workflow("nightly_plan", by_manifest=True)
    made = resources(config, [task()], [workflow(), planned])

    started = [
        entry["Resource"]
        for entry in granted(made["SystemSchedulesRole"])
        if entry["Action"] == ["states:StartExecution"]
    ]
    assert started == [[{"Fn::Sub": "${NightlyPlanStateMachine}"}]]
    assert made["SystemScheduleGroup"]["Properties"]["Name"] == "daytwo-systems"


def test_old_backups_and_nobody_measuring_them_turn_one_alarm_red(config):
    made = resources(config, [task()], [workflow("backup")])

    alarm = made["BackupsTooOldAlarm"]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"]) == ("daytwo", "BackupsTooOld")
    assert "Dimensions" not in alarm
    assert alarm["TreatMissingData"] == "breaching"
    assert "BackupsTooOldAlarm" not in resources(config, [task()], [workflow()])
