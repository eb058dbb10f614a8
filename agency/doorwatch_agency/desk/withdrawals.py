"""Withdrawals that wait for an officer, and the officer's answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import hashlib

from cryptography.hazmat.primitives.asymmetric import ec

from ..errors import AgencyError
from ..package.findings import Finding
from ..printing import is_plain
from ..publishing.signer import Signer
from ..signing import jws
from ..times import now_text
from .homes import Received
from .inbox import Asked, Inbox
from .record import Desk
from .retention import Kept, kept_at

RESULTS = ("deleted", "refused")
_TITLE = "Withdrawal"
_LONGEST_TEXT = 2000


@dataclass(frozen=True, kw_only=True)
class Withdrawal:
    """A home's request for deletion, and the answer so far."""

    share_id: str
    home: str
    requested_at: str
    came_at: str
    request_sha256: str
    result: str
    text: str
    answer: str | None  # the signed answer that the home gets
    deleting: bool = False  # the intake is deleting it and answers next

    @property
    def is_deleted(self) -> bool:
        """Whether the home is told that it was deleted."""
        return self.deleting or self.result == "deleted"


def list_withdrawals(
    inbox: Inbox,
    shares: Mapping[str, Received],
    odd: list[str],
    *,
    everything: bool = False,
) -> list[Withdrawal]:
    """Return the waiting withdrawals, oldest first; with `everything`, also the others.

    Problems of invalid ones are added to `odd`.
    """
    found = []
    for asked in inbox.withdrawals(odd, waiting=not everything):
        try:
            one = _read(asked, shares.get(asked.share_id))
            if everything or one.result == "pending":
                found.append(one)
        except AgencyError as err:
            odd.append(f"{asked.share_id}: {err}")
    return sorted(found, key=lambda one: (one.came_at, one.share_id))


def find_withdrawal(
    inbox: Inbox, share_id: str, shares: Mapping[str, Received]
) -> Withdrawal:
    """Return the withdrawal of one share; raise if another home signed it."""
    asked = withdrawal_of(inbox, share_id, shares)
    if asked is None:
        raise AgencyError(f"no one asked to withdraw the share {share_id}")
    return asked


def withdrawal_of(
    inbox: Inbox, share_id: str, shares: Mapping[str, Received]
) -> Withdrawal | None:
    """Return the withdrawal of one share, or None."""
    asked = inbox.withdrawal(share_id)
    return None if asked is None else _read(asked, shares.get(share_id))


def check_withdrawal(
    inbox: Inbox | None, kept: Kept, shares: Mapping[str, Received]
) -> Finding | None:
    """Check for a withdrawal in the record and the inbox, or None.

    The check fails if the home was told that the share is deleted.
    """
    share_id, asked = kept.share, None
    told = kept.answered == "deleted"
    if inbox is not None and not told:
        try:
            asked = withdrawal_of(inbox, share_id, shares)
        except AgencyError as err:
            return _finding(f"The intake holds a withdrawal that is not valid: {err}.")
    if told or (asked is not None and asked.is_deleted):
        return Finding(
            title=_TITLE,
            passed=False,
            says=f"its home withdrew {share_id} and was told that it is deleted. Delete"
            f" what you hold: doorwatch-agency delete {share_id}.",
        )
    if asked is None:
        return None
    if asked.result == "refused":
        return _finding(
            "Its home asked to have it deleted. You told it that you keep it."
        )
    return _finding(
        "Its home asked to have it deleted, and waits for your answer: doorwatch-agency"
        f" answer {share_id} deleted|refused --text ..."
    )


def refuse_deleted(inbox: Inbox | None, share_id: str, desk: Desk) -> Finding | None:
    """Return the finding about a withdrawal; raise if the share must be deleted."""
    found = check_withdrawal(inbox, kept_at(desk, share_id), desk.shares)
    if found is not None and found.passed is False:
        raise AgencyError(found.says.removesuffix("."))
    return found


def _finding(says: str) -> Finding:
    return Finding(title=_TITLE, passed=None, says=says)


def _read(noted: Asked, accepted: Received | None) -> Withdrawal:
    """Verify the home's request and find the answer to it."""
    share_id, token, record = noted.share_id, noted.request, noted.record
    digest = hashlib.sha256(token.encode()).hexdigest()
    key = jws.embedded_key(token)
    claims = jws.verify(token, jws.WITHDRAWAL, key)
    asked = claims.get("withdrawal")
    home = jws.thumbprint(key)
    if (
        # Only the desk's record proves which home sent it. The intake's record is the
        # uploader's claim, and anyone with access to the server can change it.
        (accepted is not None and accepted.home != home)
        or record is None
        or record.home != home
        or claims.get("iss") != home
        or claims.get("jti") != share_id
        or not isinstance(asked, dict)
        or asked.get("sha256") != record.sha256
    ):
        raise AgencyError(
            f"the withdrawal of {share_id} is not from the home that sent the share"
        )
    result, text = noted.result, noted.text
    if (answer := _answer(noted)) is not None:
        result, text = str(answer.get("result")), str(answer.get("text"))
        if answer.get("withdrawal_sha256") != digest:
            result = "pending"  # the home signed a new request since
    return Withdrawal(
        share_id=share_id,
        home=home,
        requested_at=str(asked.get("requested_at")),
        came_at=noted.at,
        request_sha256=digest,
        result=result if result in RESULTS else "pending",
        text=text,
        answer=noted.answer,
        deleting=noted.result == "deleting",
    )


def _answer(noted: Asked) -> dict[str, object] | None:
    if noted.answer is None:
        return None
    try:
        answer = jws.read_claims(noted.answer).get("answer")
    except ValueError as err:
        raise AgencyError(f"the answer about {noted.share_id} cannot be read") from err
    return answer if isinstance(answer, dict) else None


def make_answer(
    inbox: Inbox,
    asked: Withdrawal,
    signer: Signer,
    *,
    result: str,
    text: str,
    replace: bool = False,
) -> tuple[Mapping[str, object], str]:
    """Return the contents of the answer and the signed answer.

    There is only one answer; it is signed again if homes no longer accept its key.
    `replace` discards one that was not signed by the agency.
    """
    if len(text) > _LONGEST_TEXT or not is_plain(text):
        raise AgencyError(
            f"the text must be one line of at most {_LONGEST_TEXT} characters"
        )
    answer: Mapping[str, object] | None = None
    if asked.result in RESULTS:
        answer = _given(asked, signer, replace=replace)
        if answer is not None and result != asked.result:
            raise AgencyError(f"it is already answered: {asked.result}")
    package = inbox.package(asked.share_id)
    if result == "deleted" and package is not None:
        raise AgencyError(f"it is not deleted: {package} still exists")
    if answer is None:
        answer = {
            "schema": "doorwatch-withdrawal-answer/1",
            "result": result,
            "text": text,
            "at": now_text(),
            "withdrawal_sha256": asked.request_sha256,
        }
    token = signer.sign(
        jws.WITHDRAWAL_ANSWER,
        home=asked.home,
        share_id=asked.share_id,
        claims={"answer": answer},
    )
    return answer, token


def _given(
    asked: Withdrawal, signer: Signer, *, replace: bool
) -> Mapping[str, object] | None:
    """Return the contents of an answer whose key is no longer published.

    Return None if it is to be replaced, since anyone with access to the inbox can write
    one. Raise if homes accept the current answer.
    """
    if asked.answer is None or _signed_by(asked.answer, signer.vouched) is not None:
        raise AgencyError(f"it is already answered: {asked.result}")
    if replace:
        return None
    claims = _signed_by(asked.answer, signer.vouched_before)
    answer = None if claims is None else claims.get("answer")
    if not isinstance(answer, dict):
        raise AgencyError(
            f"no key that your documents list signed the answer about {asked.share_id}"
            f" that is there ({asked.result}), so the home does not accept it. If it is"
            " yours, copy the document that lists its key into `published` beside your"
            " key. If someone else wrote it, --replace replaces it"
        )
    return answer


def _signed_by(
    token: str, keys: Iterable[ec.EllipticCurvePublicKey]
) -> dict[str, object] | None:
    """Return the claims of an answer that one of these keys signed."""
    named = {jws.thumbprint(key): key for key in keys}
    try:
        return jws.verify(token, jws.WITHDRAWAL_ANSWER, named[jws.named_key(token)])
    except (AgencyError, KeyError, ValueError):
        return None
