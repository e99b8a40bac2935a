"""Which modules are deployed, and under which names."""

import sys

import pytest

from infra import discovery
from infra.discovery import DefinitionError, kebab, logical_ids, pascal


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A folder with tasks of a made-up family, importable as part of `tasks`."""
    import tasks

    monkeypatch.setattr(tasks, "__path__", [*tasks.__path__, str(tmp_path / "tasks")])

    def write(name, source):
        path = tmp_path / "tasks" / "madeup" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
        return tmp_path

    yield write
    for name in [name for name in sys.modules if name.startswith("tasks.madeup")]:
        del sys.modules[name]


def test_a_module_with_a_handler_is_a_task(house):
    house("helper", "LIMIT = 3\n")
    root = house(
        "count_parts",
        '"""Count the\nparts.\n\nMore of it."""\n'
        'PERMISSIONS = {"s3:GetObject": "${ArtifactsBucket.Arn}/*"}\nTIMEOUT = 60\n'
        "def handler(event, context): ...\n",
    )
    found = discovery.tasks(root)
    assert [task.name for task in found] == ["madeup.count_parts"]
    assert found[0].description == "Count the parts."
    assert (found[0].timeout, found[0].memory) == (60, 256)
    assert found[0].function == "daytwo-madeup-count-parts"
    assert found[0].logical_id == "MadeupCountParts"


def test_a_name_that_lambda_would_refuse_is_refused_here(house):
    root = house("count_" + "very_" * 12 + "many_parts", "def handler(event, context): ...\n")
    with pytest.raises(DefinitionError, match="Lambda takes 64: shorten"):
        discovery.tasks(root)


def test_conditions_on_what_is_not_permitted_are_refused(house):
    narrowed = '{"s3:GetObjects": {"Bool": {"aws:SecureTransport": "true"}}}'
    root = house(
        "count_parts",
        'PERMISSIONS = {"s3:GetObject": "${ArtifactsBucket.Arn}/*"}\n'
        f"CONDITIONS = {narrowed}\ndef handler(event, context): ...\n",
    )
    with pytest.raises(DefinitionError, match="CONDITIONS narrow s3:GetObjects"):
        discovery.tasks(root)


def test_a_url_for_everybody_is_refused(house):
    root = house("open", 'FUNCTION_URL = "NONE"\ndef handler(event, context): ...\n')
    with pytest.raises(DefinitionError, match="only 'AWS_IAM' is deployed"):
        discovery.tasks(root)


def test_the_workflows_are_found_with_their_triggers():
    found = {workflow.name: workflow for workflow in discovery.workflows()}
    assert {"promotion", "janitor"} <= set(found)
    assert found["promotion"].machine == "daytwo-promotion"
    assert found["promotion"].logical_id == "PromotionStateMachine"
    assert found["janitor"].events


def test_names_change_their_spelling():
    assert pascal("nightly_check") == pascal("NightlyCheck") == "NightlyCheck"
    assert kebab("nightly_check") == kebab("NightlyCheck") == "nightly-check"


def test_logical_ids_are_found_but_pseudo_parameters_and_systems_are_not():
    texts = ["${StateTable.Arn}/x", "arn:${AWS::Partition}:s3:::${Bucket}", "${System}-*"]
    assert logical_ids(texts) == {"StateTable", "Bucket"}
