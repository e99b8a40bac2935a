"""An embedded account with nothing in it but daytwo's own tables and buckets."""

import pytest
import rights


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    with rights.embedded_account(tmp_path_factory.mktemp("account")) as admin:
        yield admin


@pytest.fixture(scope="module")
def run(account):
    return rights.runner(account)


@pytest.fixture(scope="module")
def house(account):
    rights.build_house(account)
    return account
