"""The data in a database: every statement that changed them, with its moment.

That is what a database's own log is, so a restore as of a moment is the same here as on AWS:
what was written until then, written again. SQLite runs the statements.
"""

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

Parameters = dict[str, Any]
# Statements that shape tables; those after them could not be run without.
TABLES = ("create", "alter", "drop")


@dataclass(frozen=True)
class Statement:
    """A statement that changed something."""

    at: datetime
    sql: str
    parameters: Parameters


@dataclass(frozen=True)
class Rows:
    """What a statement gave: names of its columns, its rows, how many rows it changed."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    changed: int


@dataclass
class Contents:
    """The data of one database, as they are now."""

    log: list[Statement] = field(default_factory=list)
    _database: sqlite3.Connection | None = None

    def run(self, sql: str, parameters: Parameters, now: datetime) -> Rows:
        """Run a statement, and keep it where it changes something; raises sqlite3.Error."""
        database = self._open()
        before, shape = database.total_changes, _shape(database)
        with database:
            cursor = database.execute(sql, parameters)
            columns = [each[0] for each in cursor.description or ()]
            rows = cursor.fetchall()
        changed = database.total_changes - before
        if changed or _shape(database) != shape:
            self.log.append(Statement(now, sql, parameters))
        return Rows(columns, rows, changed)

    def as_of(self, moment: datetime) -> "Contents":
        """Give a copy of the data as they were at a moment."""
        return Contents([each for each in self.log if each.at <= moment])

    def without_one(self) -> "Contents":
        """Give a copy of the data without one write from the middle of the log."""
        writes = [each for each in self.log if not each.sql.lstrip().lower().startswith(TABLES)]
        lost = writes[len(writes) // 2] if writes else None
        return Contents([each for each in self.log if each is not lost])

    def _open(self) -> sqlite3.Connection:
        if self._database is None:
            self._database = sqlite3.connect(":memory:", check_same_thread=False)
            with self._database as database:
                for each in self.log:
                    database.execute(each.sql, each.parameters)
        return self._database


def of(thing: Any) -> Contents:
    """Give the data of an instance or a cluster; one in a cluster has the cluster's."""
    own = "_contents" in vars(thing)
    holder = thing if own else vars(thing).get("cluster") or thing
    contents: Contents = vars(holder).setdefault("_contents", Contents())
    return contents


def give(thing: Any, contents: Contents) -> None:
    """Give an instance, a cluster or a snapshot its data."""
    vars(thing)["_contents"] = contents


def _shape(database: sqlite3.Connection) -> int:
    """Tell a number that is another after each change of tables."""
    (version,) = database.execute("PRAGMA schema_version").fetchone()
    return int(version)
