"""What a step's first call keeps is what all later calls read."""

import pytest

from tasks.drills import notes
from tasks.errors import Throttled

KEY = "drills/monthly-1/db/before.json"


def test_the_first_document_stands(s3, evidence_bucket):
    first = notes.first(KEY, {"writer": "a"}, evidence_bucket, s3)
    second = notes.first(KEY, {"writer": "b"}, evidence_bucket, s3)

    assert first == second == {"writer": "a"}


def test_other_errors_are_not_taken_for_a_document_that_is_there(s3, evidence_bucket, refusing):
    with pytest.raises(Throttled):
        notes.first(KEY, {}, evidence_bucket, refusing(s3, "put_object", "SlowDown"))
