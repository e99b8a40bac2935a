"""The configuration of each environment."""

import json

import pytest

from infra import settings


@pytest.mark.parametrize(("name", "days"), [("dev", 7), ("staging", 14), ("prod", 30)])
def test_each_environment_has_a_valid_configuration(name, days):
    assert settings.load(name)["log_retention_days"] == days


def test_an_unknown_environment_is_answered_with_the_known_ones():
    with pytest.raises(settings.InvalidConfig, match="choose one of dev, prod, staging"):
        settings.load("production")


def test_a_wrong_value_is_answered_with_its_field(tmp_path, monkeypatch):
    config = {**settings.load("dev"), "removal": "maybe", "systems": []}
    (tmp_path / "bad.json").write_text(json.dumps(config))
    monkeypatch.setattr(settings, "CONFIG", tmp_path)
    with pytest.raises(settings.InvalidConfig) as caught:
        settings.load("bad")
    assert "infra/config/bad.json" in str(caught.value)
    assert "removal: 'maybe' is not one of" in str(caught.value)
    assert "systems: [] should be non-empty" in str(caught.value)


def test_a_file_that_is_no_json_is_named(tmp_path, monkeypatch):
    (tmp_path / "bad.json").write_text("{")
    monkeypatch.setattr(settings, "CONFIG", tmp_path)
    with pytest.raises(settings.InvalidConfig, match=r"infra/config/bad\.json"):
        settings.load("bad")
