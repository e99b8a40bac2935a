import functools
import json
from types import SimpleNamespace

import manifests
import pytest

from tasks import errors, store
from tasks import manifests as registered
from tasks.promotion import make_plan, verify_artifacts
from workflows import packaging, releases, systems

CONTEXT = SimpleNamespace(
    invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:daytwo-promotion-make-plan"
)
KEY = "releases/shop/1.1.0/release.json"


@pytest.fixture
def put(dynamodb, state_table):
    def write(key, **values):
        dynamodb.put_item(TableName=state_table, Item=store.to_item({**key, **values}))

    return write


@pytest.fixture
def publish(put, s3, artifacts_bucket):
    """Publish shop 1.1.0, or another manifest under its name; gives its digest."""

    def write(content=None):
        content, digest = manifests.encoded(content or manifests.release())
        s3.put_object(Bucket=artifacts_bucket, Key=KEY, Body=content)
        put(store.release("shop", "1.1.0"), digest=digest, published_at="2026-01-01T00:00:00Z")
        return digest

    return write


@pytest.fixture
def digest(put, publish):
    """Register shop and publish its release 1.1.0; gives the release's digest."""
    put(store.system("shop"), manifest=json.dumps(manifests.system()))
    return publish()


def ask(environment="dev", release="1.1.0", system="shop"):
    request = {
        "system": system,
        "release": release,
        "environment": environment,
        "requested_by": "alice",
        "reason": "",
    }
    return make_plan.handler({"request": request}, CONTEXT)


def refused(error, **request):
    with pytest.raises(error) as raised:
        ask(**request)
    return str(raised.value)


def test_the_first_environment_needs_no_verification(digest):
    plan = ask("dev")
    assert plan["digest"] == digest
    assert plan["previous"] == {"release": "", "digest": ""}
    assert plan["already_live"] is False
    assert plan["site"]["bucket"] == "shop-dev-site-123456789012"


def test_a_later_environment_needs_the_one_before(digest, put):
    said = refused(errors.EnvironmentSkipped, environment="staging")
    assert "is not verified in dev" in said
    assert "daytwo promote shop 1.1.0 --to dev" in said
    put(store.verified("shop", "dev", "1.1.0"), digest=digest)
    assert ask("staging")["environment"] == "staging"


def test_verification_does_not_reach_over_an_environment(digest, put):
    put(store.verified("shop", "dev", "1.1.0"), digest=digest)
    assert "--to staging" in refused(errors.EnvironmentSkipped, environment="prod")


def test_verification_of_other_content_under_the_same_version_does_not_count(digest, put):
    put(store.verified("shop", "dev", "1.1.0"), digest="e" * 64)
    said = refused(errors.EnvironmentSkipped, environment="staging")
    assert "verified with other content in dev" in said


def test_what_is_live_is_remembered_as_the_one_before(digest, put):
    put(store.live("shop", "dev"), release="1.0.0", digest="c" * 64)
    assert ask()["previous"] == {"release": "1.0.0", "digest": "c" * 64}


def test_promoting_what_is_live_is_answered_as_such(digest, put):
    put(store.live("shop", "prod"), release="1.1.0", digest=digest)
    assert ask("prod")["already_live"] is True


def test_a_quarantined_release_is_refused_with_since_and_why(digest, put):
    put(
        store.quarantine("shop", digest),
        release="1.1.0",
        environment="prod",
        cause="the alarm shop-prod-errors is red",
        since="2026-01-01T00:00:00Z",
    )
    said = refused(errors.ReleaseQuarantined)
    for part in ("since 2026-01-01T00:00:00Z", "in prod", "shop-prod-errors", "new version"):
        assert part in said


def test_an_unknown_system_is_told_with_what_to_do(digest):
    assert "daytwo systems put" in refused(errors.UnknownSystem, system="nothing")


def test_an_unknown_environment_is_told_with_those_that_are(digest):
    assert "dev, staging, prod" in refused(errors.UnknownEnvironment, environment="qa")


def test_an_unknown_release_is_told_with_what_to_do(digest):
    assert "daytwo releases list shop" in refused(errors.UnknownRelease, release="9.9.9")


def test_a_release_whose_publication_was_cut_off_is_told(digest, put):
    put(store.release("shop", "1.1.0"), digest=digest)
    assert "begun and not finished" in refused(errors.UnknownRelease)


def test_a_manifest_that_was_changed_after_publishing_is_refused(digest, s3, artifacts_bucket):
    content, _ = manifests.encoded(manifests.release(parameters={"FunctionMemory": "10240"}))
    s3.put_object(Bucket=artifacts_bucket, Key=KEY, Body=content)
    said = refused(errors.ArtifactChanged)
    assert KEY in said
    assert digest[:12] in said


def test_a_manifest_that_is_gone_is_named(digest, s3, artifacts_bucket):
    s3.delete_object(Bucket=artifacts_bucket, Key=KEY)
    assert KEY in refused(errors.ArtifactMissing)


def test_a_manifest_of_another_release_is_refused(digest, publish):
    publish(manifests.release("1.2.0"))
    assert "describes shop 1.2.0" in refused(errors.InvalidManifest)


def test_a_manifest_that_does_not_fit_its_schema_is_refused_with_the_fields(digest, publish):
    wrong = manifests.release() | {"template": "template.json", "surprise": 1}
    publish(wrong)
    said = refused(errors.InvalidManifest)
    assert "template" in said
    assert "surprise" in said


def test_a_registered_manifest_that_is_no_json_is_told(digest, put):
    put(store.system("shop"), manifest="{")
    assert "manifest of system shop is no JSON" in refused(errors.InvalidManifest)


def test_a_site_of_too_many_files_is_refused_before_it_fills_the_execution(digest, publish):
    release = manifests.release()
    release["site"]["files"] += [
        manifests.file(f"site/{number}.js", bytes=1, content_type="text/javascript")
        for number in range(1000)
    ]
    publish(release)
    assert "1002 files" in refused(errors.InvalidManifest)


@pytest.fixture
def feedback(request, put, s3, dynamodb, state_table, artifacts_bucket):
    """Register the sample system and publish its release 1.1.0 as the command line does."""
    example = request.config.rootpath / "examples/feedback"
    manifest = systems.validate(json.loads((example / "system.json").read_text("utf-8")))
    put(store.system("feedback"), manifest=json.dumps(manifest))
    release = packaging.read_release(example / "releases/1.1.0")
    releases.Releases(s3, dynamodb, artifacts_bucket, state_table).publish(release, "alice")
    return release


def test_the_sample_system_is_planned_and_its_artifacts_verified(feedback):
    plan = ask("dev", system="feedback")
    assert len(plan["functions"]) == 5
    assert plan["site"]["present"]
    assert plan["next_environment"] == "staging"
    rooms = {room: plan[room] for room in ("evidence", "functions", "site", "stack")}
    verified = verify_artifacts.handler(rooms, None)["verified"]
    assert verified == len(feedback.objects)


@pytest.mark.parametrize("nth", range(1, 5))
def test_throttling_of_each_read_may_be_retried(
    nth, digest, dynamodb, s3, state_table, artifacts_bucket, refusing
):
    client = refusing(dynamodb, "get_item", "ThrottlingException", nth=nth)
    reader = functools.partial(registered.record, table=state_table, dynamodb=client)
    request = {"system": "shop", "release": "1.1.0", "environment": "dev"}
    with pytest.raises(errors.Throttled):
        make_plan.plan(request, "123456789012", reader, artifacts_bucket, s3)
