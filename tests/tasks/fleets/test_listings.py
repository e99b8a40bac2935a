import hashlib
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tasks.errors import Throttled
from tasks.fleets import listings

ENTRIES = st.lists(
    st.fixed_dictionaries({"number": st.integers(), "name": st.text(max_size=20)}), max_size=20
)


@given(ENTRIES)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_an_array_is_read_back_entry_by_entry(s3, evidence_bucket, entries):
    assert listings.put_array(entries, "list.json", evidence_bucket, s3) == len(entries)
    written = s3.get_object(Bucket=evidence_bucket, Key="list.json")["Body"].read()
    assert json.loads(written) == entries
    assert list(listings.lines("list.json", evidence_bucket, s3)) == entries


def test_the_digest_is_that_of_the_object(s3, evidence_bucket):
    listing = listings.Listing()
    for number in range(1000):
        listing.line({"number": number, "padding": "x" * 2000})
    digest = listing.digest
    listing.put("list.jsonl", "application/x-ndjson", evidence_bucket, s3)
    written = s3.get_object(Bucket=evidence_bucket, Key="list.jsonl")["Body"].read()
    assert digest == hashlib.sha256(written).hexdigest()
    assert len(list(listings.lines("list.jsonl", evidence_bucket, s3))) == 1000


@pytest.mark.parametrize("operation", ["put_object", "get_object"])
def test_throttling_may_be_retried(operation, s3, evidence_bucket, refusing):
    listings.put_array([], "list.json", evidence_bucket, s3)
    client = refusing(s3, operation, "SlowDown")
    with pytest.raises(Throttled):
        listings.put_array([], "list.json", evidence_bucket, client)
        list(listings.lines("list.json", evidence_bucket, client))
