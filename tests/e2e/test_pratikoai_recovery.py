"""PratikoAI's recovery rows, drilled on a whole account with all roles as deployed."""

import json
from datetime import datetime

import pytest
from drilled_examples import DrilledExample
from people import ACCOUNT, here

from infra.local import control

# No objective is shorter than a quarter of an hour.
CLOCK = 20.0
DOCUMENTS = 12


@pytest.fixture(scope="module")
def pratikoai(tmp_path_factory):
    """The system with documents in production, each sent in through its function."""
    folder = tmp_path_factory.mktemp("pratikoai-recovery")
    running = control.running(CLOCK, folder / "account", systems=("pratikoai",))
    with running as account, here(account):
        made = DrilledExample(account, folder, "pratikoai")
        # What is younger than a minute at the recovery point is not compared.
        then = datetime.fromisoformat(made.beat("prod")).timestamp() - 600
        for number in range(DOCUMENTS):
            send(made, f"document {number}", then)
        s3 = account.client("s3")
        s3.put_object(Bucket=f"pratikoai-staging-files-{ACCOUNT}", Key="one", Body=b"one")
        yield made


def send(pratikoai, text, moment):
    """Send a document in as API Gateway does, which tells when it came by the account's clock."""
    event = {"httpMethod": "POST", "body": text}
    event["requestContext"] = {"requestTimeEpoch": int(moment * 1000)}
    told = pratikoai.account.client("lambda").invoke(
        FunctionName="pratikoai-prod-api:live", Payload=json.dumps(event)
    )
    assert json.loads(told["Payload"].read())["statusCode"] == 201


def test_documents_of_production_are_restored_with_their_files(pratikoai):
    evidence = pratikoai.drill("data-corruption", "--point", pratikoai.point("prod"))

    pratikoai.passed(evidence, documents="the documents are whole", files="object count")
    checks = {one["name"]: one for one in evidence["components"][0]["checks"]}
    assert checks["the documents are whole"]["detail"] == (
        f"0 of {DOCUMENTS} documents are not whole"
    )


def test_the_database_of_staging_is_restored_from_its_log(pratikoai):
    evidence = pratikoai.drill("infrastructure-failure")

    pratikoai.passed(evidence, database="settings as the source's", files="object count")


def test_the_database_of_staging_is_restored_from_its_weekly_backup(pratikoai):
    rows = {row["component"]: row for row in pratikoai.backed_up("staging")}

    evidence = pratikoai.drill(
        "infrastructure-failure", "--component", "database", "--point", rows["database"]["backup"]
    )

    pratikoai.passed(evidence, database="settings as the source's")


def test_the_servers_lose_a_zone_and_are_in_both_again(pratikoai):
    pratikoai.passed(pratikoai.drill("az-failure"), servers="the zone serves again")


def test_the_address_answers_with_the_standby_and_back(pratikoai):
    evidence = pratikoai.drill("region-outage")

    pratikoai.passed(evidence, address="DNS answers with the primary")
