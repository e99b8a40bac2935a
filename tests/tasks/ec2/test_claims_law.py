"""Whatever operations claim and free, and however their calls interleave, none shares a claim."""

import contextlib
from itertools import combinations

from ec2_plans import execution, request
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.ec2 import claim_instances, release_claim
from tasks.errors import InstancesClaimed, Unavailable

FLEET = [f"i-{number:017x}" for number in range(5)]
OPERATIONS = ["a", "b", "c"]
STEPS = st.lists(
    st.tuples(st.sampled_from(["look", "claim", "free"]), st.sampled_from(OPERATIONS)),
    max_size=14,
)
WANTED = st.fixed_dictionaries(
    {name: st.lists(st.sampled_from(FLEET), min_size=1, unique=True) for name in OPERATIONS}
)


def plan(name):
    return {
        "operation": name,
        "action": "stop",
        "system": "",
        "environment": "",
        "plan_key": "",
        "batches_key": "",
        "matched": 5,
        "to_act": 5,
        "already": 0,
        "refused": 0,
        "batch_count": 1,
        "max_errors": 0,
    }


def emptied(table, dynamodb):
    for item in dynamodb.scan(TableName=table)["Items"]:
        key = {"pk": item["pk"], "sk": item["sk"]}
        dynamodb.delete_item(TableName=table, Key=key)


@given(STEPS, WANTED)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_no_instance_is_ever_held_by_two(state_table, dynamodb, monkeypatch, steps, wanted):
    emptied(state_table, dynamodb)
    look = claim_instances.held
    seen = {name: look(state_table, dynamodb) for name in OPERATIONS}
    for step, name in steps:
        if step == "look":
            seen[name] = look(state_table, dynamodb)
        elif step == "free":
            release_claim.release(name, [], "succeeded", state_table, dynamodb)
        else:
            # What an operation knows when it writes may be older than what is there.
            with monkeypatch.context() as patched:
                patched.setattr(claim_instances, "held", lambda *_, name=name: seen[name])
                claimed(name, wanted[name], state_table, dynamodb)
        _, claims = look(state_table, dynamodb)
        held = [set(one["instances"]) for one in claims.values()]
        assert not any(one & other for one, other in combinations(held, 2))


def claimed(name, ids, table, dynamodb):
    with contextlib.suppress(InstancesClaimed, Unavailable):
        claim_instances.claim(
            plan(name),
            request("stop"),
            execution(name),
            ids,
            now="2026-01-01T00:00:00Z",
            table=table,
            dynamodb=dynamodb,
        )
