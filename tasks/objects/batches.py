"""The objects to restore, in files of so many keys each, and how far the listing is."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from tasks.drills.folders import Folder
from tasks.objects.listing import Entry
from tasks.runtime import iso

LISTING = "listing.json"
BATCHES = "batches.json"


def name(number: int) -> str:
    """Name a batch, such as 00001."""
    return f"{number:05d}"


@dataclass
class Listing:
    """How far the listing of a bucket's versions is, and what it has found.

    Each batch is a range of keys, after one key and through another, so that whoever has the
    batch can see what else is in that range of the copy; the last one is open to the end.
    """

    key_marker: str = ""
    version_marker: str = ""
    decided: str = ""
    after: str = ""
    batches: int = 0
    objects: int = 0
    bytes: int = 0
    deleted: int = 0
    newest_record: str = ""
    done: bool = False
    pending: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Folder) -> "Listing":
        """Read how far an earlier call came; a new one where there was none."""
        return cls(**(folder.read(LISTING) or {}))

    def save(self, folder: Folder) -> None:
        """Keep how far it is."""
        folder.write(LISTING, asdict(self))

    def take(self, entry: Entry) -> None:
        """Count what stood under a key, and keep the version that is to be restored."""
        self.decided = entry.key
        self.newest_record = max(self.newest_record, iso(entry.modified))
        if entry.deleted:
            self.deleted += 1
            return
        self.objects += 1
        self.bytes += entry.size
        self.pending.append(
            {
                "key": entry.key,
                "version_id": entry.version_id,
                "size": entry.size,
                "etag": entry.etag,
            }
        )

    def write_full(self, folder: Folder, keys_a_batch: int) -> None:
        """Write the batches that are full; one more key is known to come after each."""
        while len(self.pending) > keys_a_batch:
            self._write(folder, self.pending[:keys_a_batch], self.pending[keys_a_batch - 1]["key"])
            self.pending = self.pending[keys_a_batch:]

    def finish(self, folder: Folder) -> None:
        """Write the last batch, which may hold no object, and the list of all batches."""
        self._write(folder, self.pending, "")
        self.pending, self.done = [], True
        folder.write(BATCHES, [{"batch": name(number + 1)} for number in range(self.batches)])

    def _write(self, folder: Folder, objects: list[dict[str, Any]], through: str) -> None:
        self.batches += 1
        document: Mapping[str, Any] = {"after": self.after, "through": through, "objects": objects}
        folder.write(f"batches/{name(self.batches)}.json", document)
        self.after = through
