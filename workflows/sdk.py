"""The `stepfunctions` SDK without its SageMaker half, and with the fields that it lacks.

The SDK's package imports SageMaker at its top. Its states need none of it, so two bare
package modules stand in for `stepfunctions` and `stepfunctions.steps`.
"""

import importlib.util
import sys
import types
from enum import Enum
from pathlib import Path
from typing import Any


def _stand_in_for_the_packages() -> None:
    if "stepfunctions" in sys.modules:
        return
    spec = importlib.util.find_spec("stepfunctions")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("the package stepfunctions is not installed; run `make test` or `make`")
    root = Path(next(iter(spec.submodule_search_locations)))
    for name, folder in (("stepfunctions", root), ("stepfunctions.steps", root / "steps")):
        module = types.ModuleType(name)
        module.__path__ = [str(folder)]
        sys.modules[name] = module


_stand_in_for_the_packages()

# isort: off
from stepfunctions.steps import states as _states  # noqa: E402
from stepfunctions.steps.choice_rule import ChoiceRule as Rule  # noqa: E402

# isort: on
Catch, Chain, Choice, Graph = _states.Catch, _states.Chain, _states.Choice, _states.Graph
Parallel, Pass, State = _states.Parallel, _states.Pass, _states.State
Succeed, Wait = _states.Succeed, _states.Wait

__all__ = [
    "Catch",
    "Chain",
    "Choice",
    "Fail",
    "Graph",
    "Map",
    "Parallel",
    "Pass",
    "Retry",
    "Rule",
    "State",
    "Succeed",
    "Task",
    "Wait",
]


class Field(Enum):
    """The fields of the states language that the SDK's own Field lacks."""

    ResultSelector = "result_selector"
    MaxDelaySeconds = "max_delay_seconds"
    JitterStrategy = "jitter_strategy"
    ErrorPath = "error_path"
    CausePath = "cause_path"
    Credentials = "credentials"
    ItemReader = "item_reader"
    ItemBatcher = "item_batcher"
    ResultWriter = "result_writer"
    Label = "label"
    ToleratedFailurePercentage = "tolerated_failure_percentage"
    MaxConcurrencyPath = "max_concurrency_path"


class Retry(_states.Retry):
    """A retrier with a longest delay and jitter."""

    def allowed_fields(self) -> list[Enum]:
        """Tell the fields that the states language allows."""
        return [*super().allowed_fields(), Field.MaxDelaySeconds, Field.JitterStrategy]


class Task(_states.Task):
    """A task state with a result selector and the credentials of another role."""

    def allowed_fields(self) -> list[Enum]:
        """Tell the fields that the states language allows."""
        return [*super().allowed_fields(), Field.ResultSelector, Field.Credentials]


class Fail(_states.Fail):
    """A fail state whose error and cause may come from the document."""

    def allowed_fields(self) -> list[Enum]:
        """Tell the fields that the states language allows."""
        return [*super().allowed_fields(), Field.ErrorPath, Field.CausePath]


class Map(_states.Map):
    """A map state in today's form: an item processor, an item selector and its distributed fields.

    `mode` is INLINE, or DISTRIBUTED for child executions of their own.
    """

    def __init__(self, state_id: str, mode: str = "INLINE", **kwargs: Any) -> None:
        super().__init__(state_id, **kwargs)
        self.mode = mode

    def allowed_fields(self) -> list[Enum]:
        """Tell the fields that the states language allows."""
        return [
            *super().allowed_fields(),
            Field.ResultSelector,
            Field.ItemReader,
            Field.ItemBatcher,
            Field.ResultWriter,
            Field.Label,
            Field.ToleratedFailurePercentage,
            Field.MaxConcurrencyPath,
        ]

    def to_dict(self) -> dict[str, Any]:
        """Write the state with ItemProcessor and ItemSelector for the SDK's older names."""
        result = super().to_dict()
        config = {"Mode": self.mode}
        if self.mode == "DISTRIBUTED":
            config["ExecutionType"] = "STANDARD"
        result["ItemProcessor"] = {"ProcessorConfig": config, **result.pop("Iterator")}
        if "Parameters" in result:
            result["ItemSelector"] = result.pop("Parameters")
        return result
