import pytest
from sentiment import analyze


@pytest.mark.parametrize(
    ("message", "score"),
    [("good", "1.0"), ("awful", "-1.0"), ("good but slow", "0.0"), ("good, great, bad", "0.33")],
)
def test_the_score_goes_from_minus_one_to_one(message, score):
    assert analyze(message)["sentimentScore"] == {"N": score}
