import pytest


@pytest.mark.parametrize("category", ["bug", "idea", "other", "praise"])
def test_feedback_keeps_its_category(create, listed, feedback, category):
    assert create(feedback | {"category": category})[0] == 201
    assert listed()[1]["items"][0]["category"] == category


def test_feedback_without_a_category_is_other(create, listed, feedback):
    create(feedback)
    assert listed()[1]["items"][0]["category"] == "other"


@pytest.mark.parametrize("category", ["", "Bug", None, 7, ["bug"]])
def test_an_unknown_category_is_named(create, feedback, category):
    status, answer = create(feedback | {"category": category})
    assert status == 400
    assert answer["problems"] == ["category: one of bug, idea, other, praise is needed"]
