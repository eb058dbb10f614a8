"""Find the inbox of a command: a folder, or a bucket with its records."""

import argparse
import os
from pathlib import Path
import re
from typing import TYPE_CHECKING

from ..errors import AgencyError
from .inbox import S3, Inbox
from .inbox_folder import FolderInbox

if TYPE_CHECKING:
    from .inbox_bucket import BucketInbox

# The prefix after the bucket is not needed: the records contain the full object names.
_BUCKET = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/[!-~]+)?", re.ASCII)


def inbox_option(
    command: argparse.ArgumentParser, says: str, *, required: bool = False
) -> None:
    """Add the options that name an inbox."""
    command.add_argument("--inbox", required=required, help=f"{says} (or s3://BUCKET)")
    bucket_options(command)


def bucket_options(command: argparse.ArgumentParser) -> None:
    """Add the options of an inbox in a bucket."""
    command.add_argument(
        "--records",
        default=os.environ.get("DOORWATCH_RECORDS") or None,
        metavar="URL",
        help="for s3://: the records of its intakes, postgresql://..., or a file with"
        " that (default: $DOORWATCH_RECORDS)",
    )
    command.add_argument(
        "--s3-endpoint",
        metavar="URL",
        help="for s3://: where the object store is (default: $AWS_ENDPOINT_URL_S3)",
    )


def inbox_of(options: argparse.Namespace) -> Inbox | None:
    """Return the inbox that the options name, or None if they name none."""
    if options.inbox is None:
        return None
    if is_bucket(options.inbox):
        return bucket_inbox(options.inbox, options)
    return FolderInbox(Path(options.inbox))


def the_inbox(options: argparse.Namespace) -> Inbox:
    """Return the inbox of a command that requires one."""
    inbox = inbox_of(options)
    assert inbox is not None  # the option is required
    return inbox


def is_bucket(name: str) -> bool:
    """Return whether the name is the URL of a bucket."""
    return name.startswith(S3)


def bucket_inbox(name: str, options: argparse.Namespace) -> "BucketInbox":
    """Return the inbox in a bucket."""
    match = _BUCKET.fullmatch(name.rstrip("/"))
    if match is None:
        raise AgencyError(f"{name} is not a bucket such as s3://inbox")
    if options.records is None:
        raise AgencyError(
            "name the records of the intakes with --records postgresql://..., or with"
            " DOORWATCH_RECORDS"
        )
    try:
        from .bucket import Bucket  # noqa: PLC0415 - not installed on every desk
        from .inbox_bucket import BucketInbox  # noqa: PLC0415 - not installed on every desk
        from .records import Records  # noqa: PLC0415 - not installed on every desk
    except ImportError as err:
        raise AgencyError(
            "an inbox in a bucket needs more programs. On Debian: sudo apt install"
            " python3-boto3 python3-psycopg"
        ) from err
    bucket = Bucket(match[1], endpoint=options.s3_endpoint)
    return BucketInbox(bucket, Records(options.records))


def share_in_bucket(
    name: str, options: argparse.Namespace
) -> tuple["BucketInbox", str]:
    """Return the inbox and the share that s3://BUCKET/SHARE names."""
    inbox, _, share_id = name.rpartition("/")
    if inbox in ("s3:/", "s3:"):
        raise AgencyError(f"{name} names no share. Add its number")
    return bucket_inbox(inbox, options), share_id
