"""Intakes on a store other than Swift, which completes, lists and versions differently."""

from contextlib import suppress
import http.client
import os
from pathlib import Path
from typing import Any, cast

import boto3
from botocore.config import Config
import pytest

from tests import waiting
from tests.postgres import Postgres
from tests.swift import Swift

from .bucket_ground import Town, digest, doom, running
from .office import ANSWER, RECEIPT
from .stored import endpoint

__all__ = ["endpoint"]

LARGE = os.urandom(21_000_000)  # three parts


class Moto:
    """A moto server with the interface that Town needs."""

    def __init__(self, endpoint: str) -> None:
        """Use a running server."""
        self.endpoint = endpoint
        self.environment = {
            "AWS_ACCESS_KEY_ID": "intake",
            "AWS_SECRET_ACCESS_KEY": "the secret of the bucket",
        }
        self.asked: Any = boto3.client(
            "s3",
            endpoint_url=endpoint,
            aws_access_key_id="intake",
            aws_secret_access_key="the secret of the bucket",
            region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}),
        )

    def make_bucket(self, name: str, *, versions: str) -> None:
        """Create a bucket with or without versions."""
        self.asked.create_bucket(Bucket=name)
        if versions == "enabled":
            keep = {"Status": "Enabled"}
            self.asked.put_bucket_versioning(Bucket=name, VersioningConfiguration=keep)

    def objects(self, bucket: str) -> dict[str, int]:
        """Return the objects with their sizes."""
        found = self.asked.list_objects_v2(Bucket=bucket).get("Contents", [])
        return {one["Key"]: one["Size"] for one in found}

    def read(self, bucket: str, name: str) -> bytes:
        """Read an object."""
        return bytes(self.asked.get_object(Bucket=bucket, Key=name)["Body"].read())

    def left(self, bucket: str) -> list[str]:
        """Return everything else in the store: versions, delete markers, and multipart uploads."""
        versions = self.asked.list_object_versions(Bucket=bucket)
        uploads = self.asked.list_multipart_uploads(Bucket=bucket)
        return [
            str(one["Key"])
            for one in (
                *versions.get("Versions", ()),
                *versions.get("DeleteMarkers", ()),
                *uploads.get("Uploads", ()),
            )
        ]


@pytest.mark.parametrize("versions", ["enabled", "never"])
def test_a_package_arrives_and_goes_on_another_store(
    endpoint: str, postgres: Postgres, tmp_path: Path, versions: str
) -> None:
    """The intake is killed when the object is complete, and another one gets the withdrawal."""
    store = Moto(endpoint)
    town = Town(tmp_path / "town", cast("Swift", store), postgres, versions=versions)
    armed = doom(town.intakes[0], tmp_path)
    with running(*town.intakes):
        assert town.at(0).create(len(LARGE)) == 201
        assert town.at(0).patch(LARGE[:9_000_000]) == 204
        assert town.at(1).patch(LARGE[9_000_000:9_500_000], 9_000_000) == 204
        (armed / "00 CompleteMultipartUploadCommand+").touch()
        with suppress(OSError, http.client.HTTPException):
            town.at(0).patch(LARGE[9_500_000:], 9_500_000)
        assert list(armed.iterdir()) == []
        town.finish(1, LARGE)
        town.intakes[1].kill()  # a start finishes interrupted work at once
        town.intakes[1].start()
        said = town.office.opened(town.receipt(1), RECEIPT)["receipt"]
        assert said["sha256"] == digest(LARGE)
        assert town.content() == LARGE
        waiting.block_until(
            lambda: town.ask("select state, upload from shares") == ["finished|"]
        )
        assert list(town.objects().values()) == [len(LARGE)]
        assert set(store.left(town.bucket)) == set(town.objects())
        status, answer = town.at(1).withdraw(town.office.withdrawal(LARGE))
        assert status == 200
        assert town.office.opened(answer, ANSWER)["answer"]["result"] == "deleted"
    assert town.objects() == {}
    assert store.left(town.bucket) == []
