"""The errors that are the contract between tasks and workflows."""

import inspect

import pytest

from tasks import errors

CLASSES = [
    value
    for value in vars(errors).values()
    if inspect.isclass(value) and issubclass(value, errors.TaskError)
]


@pytest.mark.parametrize("error", CLASSES, ids=[error.__name__ for error in CLASSES])
def test_each_error_says_when_it_is_raised(error):
    assert error is errors.TaskError or error.__doc__.startswith("Raised when ")
