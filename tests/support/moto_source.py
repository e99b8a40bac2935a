"""Looks into moto: is that for which the embedded account changes it still there?"""

import inspect
import re
from typing import Any


def still_says(thing: Any, text: str) -> bool:
    """Tell whether moto's source of a thing has a text, however it is wrapped in lines."""
    return re.sub(r"\s+", "", text) in re.sub(r"\s+", "", inspect.getsource(thing))
