"""Request the withdrawal of delivered shares, and store the agency's answers."""

import asyncio
from dataclasses import replace
import hashlib
from typing import Final, override

import aiohttp
from yarl import URL

from ...outside.door import Outside
from ...outside.errors import OutsideError
from ...time_limit import time_limit
from ..documents.answers import LONGEST_ANSWER
from ..documents.withdrawals import make_request, read_answer
from ..errors import DeliveryError, SharingError
from ..model import Share, ShareState, Withdrawal
from ..signing.jws import thumbprint
from ..signing.keys import HomeKeys
from .follow_ups import FollowUp, Patience
from .jobs import Ended, JobRegistry
from .record import TO_ANSWER, Record

KEEP_ASKING: Final = 30 * 86400.0
_TIMEOUT: Final = 60.0  # seconds


async def request_withdrawal(
    registry: JobRegistry, keys: HomeKeys, ended: Ended, user_id: str
) -> Share:
    """Store the withdrawal of a delivered share; does nothing if repeated.

    Raises `SharingError`: `too_late` if the share was not delivered,
    `no_withdrawals`, `cannot_withdraw`.
    """
    async with ended.lock:
        record = ended.record
        if record.state is not ShareState.DELIVERED:
            raise SharingError("too_late")
        if record.withdrawal not in (None, Withdrawal.UNANSWERED):
            return record.share()
        access = registry.home.agency(record.agency_id)
        if access is not None and access.published.withdrawals_uri is None:
            raise SharingError("no_withdrawals")
        now = registry.clock.now()
        token = await asyncio.to_thread(_sign, keys, record, now)
        ended.record = await registry.save(
            replace(
                record,
                withdrawal=Withdrawal.REQUESTED,
                withdrawal_request=token,
                withdrawal_answer=None,
                withdrawal_text="",
                withdrawn_at=now,
            ),
            "withdrawal_requested",
            {
                "user_id": user_id,
                "agency": record.issuer,
                "sha256": record.package_sha256,
                "request_sha256": hashlib.sha256(token.encode()).hexdigest(),
            },
        )
    await registry.lines.try_flush()
    registry.tell_ended(ended)
    return ended.record.share()


def _sign(keys: HomeKeys, record: Record, now: float) -> str:
    """Sign with the key of the package; raises if it is not available."""
    key = keys.known(record.agency_id)
    if (
        key is None
        or record.issuer is None
        or record.package_sha256 is None
        or thumbprint(key.public_key()) != record.home
    ):
        raise SharingError("cannot_withdraw")
    return make_request(
        key,
        issuer=record.issuer,
        share_id=record.share_id,
        sha256=record.package_sha256,
        now=now,
    )


class Withdrawing(FollowUp):
    """Post the same request until the agency has decided."""

    name = "withdrawal"
    patience = Patience(first=60.0, longest=86400.0, give_up=KEEP_ASKING)

    @override
    def _wants(self, record: Record) -> bool:
        return record.withdrawal in TO_ANSWER

    @override
    def _begun(self, record: Record) -> float:
        return record.withdrawn_at or 0.0

    @override
    async def _ask(self, ended: Ended) -> bool:
        record = ended.record
        access = self._access()
        url, request = access.published.withdrawals_uri, record.withdrawal_request
        if url is None or request is None:
            return False
        token = await _post(self.outside, url=url, local=access.local, request=request)
        if token is None:
            await self._answered(ended, None, Withdrawal.PENDING, "")
            return False
        answer = await self._read(
            ended,
            "The answer about withdrawn share %s: %s",
            lambda document: read_answer(
                token,
                request,
                document=document,
                home=record.home or "",
                share_id=record.share_id,
                now=self.registry.clock.now(),
            ),
        )
        if answer is None:
            return False
        await self._answered(ended, token, answer.result, answer.text)
        return answer.result is not Withdrawal.PENDING

    async def _answered(
        self, ended: Ended, token: str | None, result: Withdrawal, text: str
    ) -> None:
        """Store the agency's answer, unless that is stored; no token if unsigned."""
        record = ended.record
        if (
            record.withdrawal is result
            and record.withdrawal_text == text
            and (record.withdrawal_answer is None) == (token is None)
        ):
            return
        await self._change(
            ended,
            "withdrawal_answered",
            {
                "agency": record.issuer,
                "result": result.value,
                "answer_sha256": (
                    hashlib.sha256(token.encode()).hexdigest() if token else None
                ),
            },
            withdrawal=result,
            withdrawal_answer=token,
            withdrawal_text=text,
        )

    @override
    async def _give_up(self, ended: Ended) -> None:
        await self._change(
            ended,
            "withdrawal_unanswered",
            {"agency": ended.record.issuer},
            withdrawal=Withdrawal.UNANSWERED,
        )


async def _post(outside: Outside, *, url: str, local: bool, request: str) -> str | None:
    """Post the request and return the answer, or None if it was only accepted (202).

    Raises `DeliveryError`.
    """
    try:
        session = outside.session(url, local=local)
        async with (
            time_limit(_TIMEOUT),
            session.post(
                URL(url),
                data=request.encode(),
                headers={"Content-Type": "application/jose"},
                allow_redirects=False,
            ) as response,
        ):
            if response.status == 202:
                return None
            if response.status != 200:
                raise DeliveryError("agency_refused", permanent=False)
            return await _body(response)
    except OutsideError, aiohttp.ClientError, TimeoutError, ValueError:
        # Not chained, because these errors contain the address.
        raise DeliveryError("agency_unavailable", permanent=False) from None


async def _body(response: aiohttp.ClientResponse) -> str:
    """Read the response up to the size limit; raises `ValueError` if it is invalid."""
    body = bytearray()
    async for block in response.content.iter_chunked(LONGEST_ANSWER):
        body += block
        if len(body) > LONGEST_ANSWER:
            response.close()  # skip the rest
            raise ValueError("too large")
    return body.decode("ascii").strip()
