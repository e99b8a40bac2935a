"""Weather of any part: what it has can be set and added, and nothing else."""

import pytest

from infra.local.weather import BadWeather, Fault, Weather


@pytest.fixture
def weather():
    return Weather({"drain": 0.0, "throttling": False}, {"stuck": "it never drains"})


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"rain": 1}, "there is no setting 'rain'; there are drain, throttling"),
        ({"drain": True}, "drain is True; it must be a number"),
        ({"drain": -1}, "drain is -1; it must be 0 or more"),
        ({"throttling": 1}, "throttling is 1; it must be true or false"),
        ({"drain": 5, "rain": 1}, "no setting 'rain'"),
    ],
)
def test_a_wrong_setting_is_named_and_none_is_changed(weather, settings, words):
    with pytest.raises(BadWeather, match=words):
        weather.set(**settings)
    assert weather.settings == {"drain": 0.0, "throttling": False}


@pytest.mark.parametrize(
    ("kind", "conditions", "words"),
    [
        ("flood", {}, "there is no fault 'flood'; there are stuck"),
        ("stuck", {"id": "x"}, "a fault has no id"),
        ("stuck", {"kind": "flood"}, "a fault has no kind"),
        ("stuck", {"ids": [1]}, "ids is .1.; it must be one string or several"),
        ("stuck", {"zones": None}, "zones is None; it must be one string or several"),
        ("stuck", {"spares": "2"}, "spares is '2'; it must be a number from 0"),
        ("stuck", {"times": -1}, "times is -1; it must be a number from 0"),
        ("stuck", {"code": 503}, "code is 503; it must be a string"),
    ],
)
def test_a_wrong_fault_is_named(weather, kind, conditions, words):
    with pytest.raises(BadWeather, match=words):
        weather.add(kind, **conditions)
    assert weather.faults == []


def test_a_fault_spares_the_first_and_befalls_as_often_as_it_says():
    fault = Fault("stuck", ids=("a",), spares=1, times=2)
    befallen = [fault.befalls(id=each) for each in "aabaaa"]
    assert befallen == [False, True, False, True, False, False]


def test_calm_puts_back_the_settings_of_the_beginning(weather):
    weather.set(drain=30, throttling=True)
    weather.add("stuck", zones=["a", "b"], times=1)
    assert weather.show()["faults"][0]["zones"] == ("a", "b")
    weather.calm()
    assert weather.show() == {"settings": {"drain": 0.0, "throttling": False}, "faults": []}
