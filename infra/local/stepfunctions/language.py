"""Reading definitions and data: moto's parser, with what it forgets and what it does twice."""

from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import jsonpath_ng.ext
from moto.stepfunctions.parser.asl.component.common.path import result_path
from moto.stepfunctions.parser.asl.component.common.string import string_expression
from moto.stepfunctions.parser.asl.component.state.exec import execute_state
from moto.stepfunctions.parser.asl.component.state.exec.state_map import state_map
from moto.stepfunctions.parser.asl.component.state.exec.state_parallel import state_parallel
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service,
)
from moto.stepfunctions.parser.asl.eval import states
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.parse.preprocessor import Preprocessor
from moto.stepfunctions.parser.asl.utils import json_path

from infra.local.account import Account
from infra.local.patching import replace
from infra.local.stepfunctions.batcher import parse_with

_plain_parse = AmazonStateLanguageParser.parse
_read_path = lru_cache(maxsize=4096)(jsonpath_ng.ext.parse)


@lru_cache(maxsize=128)
def _read_definition(definition: str) -> Any:
    return parse_with(_plain_parse, definition)


def copy_json(value: Any) -> Any:
    """Copy a JSON document; what is neither object nor array is shared, as it never changes."""
    if isinstance(value, dict):
        return {key: copy_json(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [copy_json(entry) for entry in value]
    return value


def _own_scopes(preprocessor: Any) -> None:
    preprocessor._query_language_per_scope = []


def install(account: Account) -> None:
    """Keep each parse to itself, read each definition and path once, and copy data quickly."""
    # moto keeps the scopes in the class: one refused definition spoils all that follow.
    replace(account, Preprocessor, "__init__", _own_scopes)
    # moto parses a definition at each start; what it makes of one never changes. It refuses
    # percentages without a decimal point, and item batchers.
    replace(account, AmazonStateLanguageParser, "parse", staticmethod(_read_definition))
    # moto builds a grammar for each path that it reads: most of an execution's time.
    replace(account, json_path, "parse", _read_path)
    # moto copies the whole document several times per state with the slow general copy.
    quick = SimpleNamespace(deepcopy=copy_json)
    running = (execute_state, state_map, state_parallel, state_task_service)
    for module in (states, string_expression, result_path, *running):
        replace(account, module, "copy", quick)
