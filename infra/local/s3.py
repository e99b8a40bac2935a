"""S3 on the account's clock, with weather for what is copied, deleted and set."""

from typing import Any

from infra.local.account import Account
from infra.local.patching import replace
from infra.local.weather import Weather

CORRUPTED = "corrupted"
TRUNCATED = "truncated"
UNDELETABLE = "undeletable"
SETTING_LOST = "setting_lost"

KINDS = {
    CORRUPTED: "the copy of an object has another content; ids are its bucket or its key",
    TRUNCATED: "the copy of an object is accepted, and is not there; ids are its bucket or its key",
    UNDELETABLE: "the deletion of an object is refused; ids are its bucket or its key",
    SETTING_LOST: "a setting of a bucket is accepted, and is not there; ids are the bucket, types "
    "the setting: versioning, encryption, lifecycle, cors, tagging",
}
SETTINGS = {
    "versioning": "put_bucket_versioning",
    "encryption": "put_bucket_encryption",
    "lifecycle": "put_bucket_lifecycle_configuration",
    "cors": "put_bucket_cors",
    "tagging": "put_bucket_tagging",
}


def install(account: Account) -> None:
    """Let S3 keep the account's time, and have weather."""
    from moto.s3 import models
    from moto.s3.exceptions import AccessDeniedByLock
    from moto.s3.responses import S3Response

    weather = account.weather["s3"] = Weather({}, KINDS)

    def copied(
        self: Any, src_key: Any, dest_bucket_name: str, dest_key_name: str, *rest: Any, **more: Any
    ) -> None:
        plain_copy(self, src_key, dest_bucket_name, dest_key_name, *rest, **more)
        if weather.fault(CORRUPTED, id=(dest_bucket_name, dest_key_name)):
            _corrupt(self.get_object(dest_bucket_name, dest_key_name))

    def answered(self: Any) -> Any:
        answer, place = plain_answer(self), (self.bucket_name, self.parse_key_name())
        if weather.fault(TRUNCATED, id=place):
            plain_delete(self.backend, *place)
        return answer

    def deleted(
        self: Any,
        bucket_name: str,
        key_name: str,
        version_id: str | None = None,
        bypass: bool = False,
    ) -> Any:
        if weather.fault(UNDELETABLE, id=(bucket_name, key_name)):
            raise AccessDeniedByLock
        return plain_delete(self, bucket_name, key_name, version_id, bypass)

    # moto dates objects by the wall's clock, which is not the account's.
    replace(account, models, "utcnow", lambda: account.clock.now().replace(tzinfo=None))
    plain_copy = replace(account, models.S3Backend, "copy_object", copied)
    plain_answer = replace(account, S3Response, "copy_object", answered)
    plain_delete = replace(account, models.S3Backend, "delete_object", deleted)
    for setting, method in SETTINGS.items():
        _lose(account, weather, models.S3Backend, setting, method)


def _lose(account: Account, weather: Weather, backend: Any, setting: str, method: str) -> None:
    def put(self: Any, bucket_name: str, *rest: Any, **more: Any) -> Any:
        if weather.fault(SETTING_LOST, id=bucket_name, type=setting):
            return None
        return plain(self, bucket_name, *rest, **more)

    plain = replace(account, backend, method, put)


def _corrupt(key: Any) -> None:
    """Turn one bit over; a checksum that the source brought along does not fit any more."""
    content = bytearray(key.value or b"\0")
    content[len(content) // 2] ^= 1
    key.value = bytes(content)
    key._etag = None
    key.checksum_value = key.checksum_algorithm = None
