"""Read objects of an S3 bucket as streams, and delete them with all versions."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
import io
import time
from typing import Any, BinaryIO, Literal, cast, override

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from urllib3.exceptions import HTTPError

from ..errors import AgencyError
from .inbox import GoneError

_BUFFER = 1 << 20
_TRIES = 4  # in a row without any data
_CONNECTING = 10  # seconds
_READING = 30  # seconds
_PAUSE = 0.5  # seconds; doubles with each retry
# HTTP statuses of stores that do not support versioning.
_NO_VERSIONS = frozenset({400, 405, 501})
_GONE = frozenset({"NoSuchKey", "404", "NotFound"})
_REFUSED = frozenset(
    {"AccessDenied", "403", "InvalidAccessKeyId", "SignatureDoesNotMatch", "Forbidden"}
)


class Bucket:
    """A bucket, with credentials from the environment or the AWS configuration files."""

    def __init__(self, name: str, *, endpoint: str | None) -> None:
        """Configure the client without sending a request."""
        self.name = name
        session = boto3.session.Session()
        with self._asking():
            self._client: Any = session.client(
                "s3",
                endpoint_url=endpoint,
                region_name=session.region_name or "us-east-1",
                config=Config(
                    connect_timeout=_CONNECTING,
                    read_timeout=_READING,
                    retries={"mode": "standard", "max_attempts": _TRIES},
                    # Not every store supports these checksums, and we compare SHA-256
                    # digests ourselves.
                    request_checksum_calculation="when_required",
                    response_checksum_validation="when_required",
                    s3={"addressing_style": "auto" if endpoint is None else "path"},
                ),
            )

    @property
    def place(self) -> str:
        """The URL of the bucket."""
        return f"s3://{self.name}/"

    def object(self, key: str) -> "Object":
        """Return the object with this key."""
        return Object(bucket=self, key=key)

    def head(self, key: str) -> tuple[int, str]:
        """Return the size and the ETag of an object."""
        with self._asking():
            told = self._client.head_object(Bucket=self.name, Key=key)
        return int(told["ContentLength"]), str(told["ETag"])

    @contextmanager
    def body(self, key: str, tag: str, begin: int) -> Iterator[Any]:
        """Open an object from an offset, if its ETag is still the same."""
        with self._asking():
            answer = self._client.get_object(
                Bucket=self.name, Key=key, IfMatch=tag, Range=f"bytes={begin}-"
            )
        try:
            yield answer["Body"]
        finally:
            answer["Body"].close()

    def delete(self, key: str) -> None:
        """Delete all versions of an object; raise if one is left."""
        with self._asking():
            for version in self._versions(key):
                self._client.delete_object(Bucket=self.name, Key=key, VersionId=version)
            if self._is_there(key):
                self._client.delete_object(Bucket=self.name, Key=key)
            if self._is_there(key) or self._versions(key):
                raise AgencyError(f"s3://{self.name}/{key} is still in the bucket")

    def _is_there(self, key: str) -> bool:
        try:
            self._client.head_object(Bucket=self.name, Key=key)
        except ClientError as err:
            if _code(err) in _GONE:
                return False
            raise
        return True

    def _versions(self, key: str) -> list[str]:
        """Return the IDs of all versions and delete markers of an object."""
        pages = self._client.get_paginator("list_object_versions")
        try:
            return [
                str(one["VersionId"])
                for page in pages.paginate(Bucket=self.name, Prefix=key)
                for kind in ("Versions", "DeleteMarkers")
                for one in page.get(kind, ())
                if one["Key"] == key
            ]
        except ClientError as err:
            if _status(err) in _NO_VERSIONS:
                return []
            raise

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Translate errors of the store or the connection to `AgencyError`."""
        try:
            yield
        except ClientError as err:
            code = _code(err)
            if code in _GONE:
                raise GoneError(f"it is not in the bucket {self.name}") from err
            if code in _REFUSED:
                raise AgencyError(
                    f"the bucket {self.name} does not accept your credentials ({code})"
                ) from err
            raise AgencyError(f"the bucket {self.name} answered {code}") from err
        except NoCredentialsError as err:
            raise AgencyError(
                "there are no credentials for the bucket. Set AWS_ACCESS_KEY_ID and"
                " AWS_SECRET_ACCESS_KEY, or AWS_SHARED_CREDENTIALS_FILE"
            ) from err
        except (BotoCoreError, ValueError) as err:
            # Some of these errors quote request headers, which may contain secrets.
            raise AgencyError(
                f"the bucket {self.name} cannot be reached ({type(err).__name__})"
            ) from err


@dataclass(frozen=True, kw_only=True)
class Object:
    """A package in a bucket."""

    bucket: Bucket
    key: str

    @property
    def name(self) -> str:
        """The last part of the key."""
        return self.key.rpartition("/")[2]

    @override
    def __str__(self) -> str:
        return f"s3://{self.bucket.name}/{self.key}"

    def size(self) -> int:
        """Return the size of the object."""
        return self.bucket.head(self.key)[0]

    def open(self, mode: Literal["rb"], /) -> AbstractContextManager[BinaryIO]:
        """Open the object as a stream that resumes after a lost connection."""
        reader = io.BufferedReader(_Reading(self), _BUFFER)
        return cast("AbstractContextManager[BinaryIO]", reader)


class _Reading(io.RawIOBase):
    """A sequential reader of an object; seeking starts a new request."""

    def __init__(self, one: Object) -> None:
        self._one = one
        self._open: AbstractContextManager[Any] | None = None
        self._body: Any = None
        self._at = 0
        self._size, self._tag = one.bucket.head(one.key)

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return True

    @override
    def tell(self) -> int:
        return self._at

    @override
    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset != self._at:
            self._leave()
            self._at = base + offset
        return self._at

    @override
    def readinto(self, buffer: Any, /) -> int:
        if self._at >= self._size:
            return 0
        for number in range(_TRIES):
            if number:
                time.sleep(_PAUSE * 2 ** (number - 1))
            try:
                data = self._read(len(buffer))
            except (BotoCoreError, HTTPError, OSError):  # the connection was lost
                data = b""
            if data:
                buffer[: len(data)] = data
                self._at += len(data)
                return len(data)
            self._leave()
        raise AgencyError(
            f"the bucket {self._one.bucket.name} stopped sending the package after"
            f" {self._at} of {self._size} bytes"
        )

    def _read(self, size: int) -> bytes:
        if self._open is None:
            bucket = self._one.bucket
            self._open = bucket.body(self._one.key, self._tag, self._at)
            self._body = self._open.__enter__()
        return bytes(self._body.read(min(size, self._size - self._at)))

    def _leave(self) -> None:
        opened, self._open, self._body = self._open, None, None
        if opened is not None:
            opened.__exit__(None, None, None)

    @override
    def close(self) -> None:
        if not self.closed:
            self._leave()
        super().close()


def _status(err: Any) -> object:
    return err.response.get("ResponseMetadata", {}).get("HTTPStatusCode")


def _code(err: Any) -> str:
    return str(err.response.get("Error", {}).get("Code", "something unknown"))
