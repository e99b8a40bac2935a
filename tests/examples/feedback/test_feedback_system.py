"""The feedback system's manifest, template and releases fit together, and pass daytwo's gates."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.gates import (
    check_coverage,
    check_dependencies,
    check_secrets,
    check_static_analysis,
    check_tests,
)
from tests.support.reports import Bucket
from workflows import systems
from workflows.packaging import read_release

EXAMPLE = Path(__file__).parents[3] / "examples" / "feedback"
VERSIONS = ("1.0.0", "1.1.0", "1.2.0")
SYSTEM = json.loads((EXAMPLE / "system.json").read_text())
RESOURCES = json.loads((EXAMPLE / "template.json").read_text())["Resources"]
LAMBDAS = [entry["name"] for entry in SYSTEM["components"] if entry["type"] == "lambda"]
GATES = {
    "tests": (check_tests, ()),
    "coverage": (check_coverage, (SYSTEM["gates"]["coverage_percent"],)),
    "static_analysis": (check_static_analysis, ()),
    "secrets": (check_secrets, ()),
    "dependencies": (check_dependencies, (SYSTEM["gates"]["dependency_severity"],)),
}


@pytest.fixture(params=VERSIONS)
def release(request):
    return read_release(EXAMPLE / "releases" / request.param)


@pytest.fixture
def staged(tmp_path):
    """Lay a release's function sources into a folder, as its CI does."""

    def stage(version):
        folder = EXAMPLE / "releases" / version
        source = json.loads((folder / "release.json").read_text())
        for files in source["functions"].values():
            for name in files.values():
                (tmp_path / Path(name).name).write_bytes((folder / name).read_bytes())
        return tmp_path

    return stage


def of_type(kind):
    return [entry["Properties"] for entry in RESOURCES.values() if entry["Type"] == kind]


def named(kind, key, environment="dev"):
    """Give the names that the template makes for an environment."""
    return {
        properties[key]["Fn::Sub"].replace("${Environment}", environment)
        for properties in of_type(kind)
    }


def test_daytwo_takes_the_manifest():
    manifest = systems.validate(SYSTEM)
    assert [entry["name"] for entry in manifest["environments"]] == ["dev", "staging", "prod"]
    assert manifest["environments"][2]["approval"]["roles"] == ["release-manager"]


@pytest.mark.parametrize("environment", SYSTEM["environments"], ids=lambda entry: entry["name"])
def test_the_template_makes_what_the_manifest_names(environment):
    name = environment["name"]
    functions = {
        entry["function"].format(environment=name)
        for entry in SYSTEM["components"]
        if entry["type"] == "lambda"
    }
    assert functions == named("AWS::Lambda::Function", "FunctionName", name)
    alarms = {entry["name"] for entry in environment["alarms"]}
    assert alarms == named("AWS::CloudWatch::Alarm", "AlarmName", name)
    assert environment["parameters"]["Environment"] == name


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("AWS::Lambda::Function", "FunctionName"),
        ("AWS::IAM::Role", "RoleName"),
        ("AWS::DynamoDB::Table", "TableName"),
        ("AWS::S3::Bucket", "BucketName"),
        ("AWS::SNS::Topic", "TopicName"),
        ("AWS::CloudWatch::Alarm", "AlarmName"),
    ],
)
def test_every_name_begins_with_system_and_environment(kind, key):
    assert named(kind, key)
    assert all(name.startswith("feedback-dev-") for name in named(kind, key))


def test_each_function_has_a_role_of_its_own_that_reaches_only_what_it_needs():
    roles = [properties["Role"]["Fn::GetAtt"][0] for properties in of_type("AWS::Lambda::Function")]
    assert len(set(roles)) == len(roles) == 5
    for role in roles:
        (policy,) = RESOURCES[role]["Properties"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]:
            assert "*" not in str(statement["Action"])
            # ListStreams knows no resource (Service Authorization Reference, "DynamoDB").
            assert statement["Resource"] != "*" or statement["Action"] == "dynamodb:ListStreams"


def test_each_alarm_watches_the_errors_of_the_alias():
    for properties in of_type("AWS::CloudWatch::Alarm"):
        function = properties["Dimensions"][0]["Value"]["Ref"]
        assert properties["Dimensions"][1] == {
            "Name": "Resource",
            "Value": {"Fn::Sub": f"${{{function}}}:live"},
        }
        assert (properties["Period"], properties["Threshold"]) == (300, 5)
        assert properties["TreatMissingData"] == "notBreaching"


def test_what_holds_data_outlives_the_stack():
    for entry in RESOURCES.values():
        if entry["Type"] in ("AWS::DynamoDB::Table", "AWS::S3::Bucket"):
            assert entry["DeletionPolicy"] == "RetainExceptOnCreate"
            assert entry["UpdateReplacePolicy"] == "Retain"


def test_a_release_brings_code_for_each_function(release):
    assert [entry["component"] for entry in release.manifest["functions"]] == LAMBDAS


def test_a_page_asks_for_the_files_of_its_own_release(release):
    page = release.objects["site/index.html"].decode()
    assert f"/releases/{release.version}/app.js" in page
    assert page.count("/releases/") == page.count(f"/releases/{release.version}/") == 2


def test_a_release_brings_only_what_it_changes():
    before, good, bad = (
        {entry["component"]: entry["sha256"] for entry in manifest["functions"]}
        for manifest in (read_release(EXAMPLE / "releases" / v).manifest for v in VERSIONS)
    )
    changed = {"create-feedback", "health"}
    assert {name for name in LAMBDAS if before[name] != good[name]} == {*changed, "list-feedback"}
    assert {name for name in LAMBDAS if good[name] != bad[name]} == changed


@pytest.mark.parametrize("gate", GATES)
def test_every_release_passes_every_gate(release, gate):
    module, thresholds = GATES[gate]
    bucket = Bucket()
    references = [
        bucket.put(Path(entry["path"]).name, release.objects[entry["path"]])
        for entry in release.manifest["evidence"][gate]
    ]
    verdict = module.judge(references, *thresholds, bucket="artifacts", s3=bucket)
    assert verdict["passed"], verdict["findings"]


def test_the_evidence_is_that_of_this_very_code(release):
    report = release.objects["evidence/coverage.xml"].decode()
    sources = {
        Path(name).name
        for files in json.loads(
            (EXAMPLE / "releases" / release.version / "release.json").read_text()
        )["functions"].values()
        for name in files.values()
    }
    for name in sources - {"release.txt"}:
        assert f'filename="{name}"' in report


def test_the_evidence_tells_nothing_of_the_machine_that_made_it(release):
    for path, content in release.objects.items():
        if path.startswith("evidence/"):
            text = content.decode()
            assert not any(sign in text for sign in ("file://", "/tmp/", "/home/", "hostname="))


def test_the_newest_release_passes_its_own_tests(staged):
    environment = os.environ | {
        "FEEDBACK_FUNCTIONS": str(staged("1.2.0")),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-m", "pytest", "--color=no"]
    done = subprocess.run(command, cwd=EXAMPLE, env=environment, capture_output=True, text=True)
    report = read_release(EXAMPLE / "releases" / "1.2.0").objects["evidence/junit.xml"]
    assert done.returncode == 0, done.stdout
    assert f"{report.decode().count('<testcase ')} passed" in done.stdout


def analysed(folder, messages):
    """Let a release's sentiment module analyze messages; give what it raised for each, or not."""
    program = (
        "import json, sys\nfrom sentiment import analyze\n"
        "def fate(message):\n"
        "    try:\n        return analyze(message)['sentiment']['S']\n"
        "    except Exception as error:\n        return type(error).__name__\n"
        "print(json.dumps([fate(message) for message in json.load(sys.stdin)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(messages),
        env=os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("version", "plain"), [("1.1.0", {"neutral"}), ("1.2.0", {"ZeroDivisionError"})]
)
def test_the_bad_release_fails_on_the_plain_messages_of_the_traffic_alone(
    staged, traffic, version, plain
):
    folder = staged(version)
    assert set(analysed(folder, traffic.PLAIN)) == plain
    assert set(analysed(folder, traffic.TELLING)) <= {"positive", "negative", "neutral"}
