import importlib.util
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "feedback"


@pytest.fixture(scope="session")
def traffic():
    """The traffic module of the feedback system."""
    spec = importlib.util.spec_from_file_location("feedback_traffic", EXAMPLE / "traffic.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
