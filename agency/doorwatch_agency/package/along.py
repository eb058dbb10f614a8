"""Check the files that accompany a video: the answered request, a draft declaration."""

from collections.abc import Mapping
from dataclasses import dataclass
import hashlib
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from ..errors import AgencyError
from ..printing import printable
from ..signing import jws
from .answered import Answered, read_answer
from .findings import Finding
from .members import DECLARATION, REQUESTS, read_small

# Homes stop offering the request then, but a dialog may stay open for some minutes.
_OVER = (
    "By the home's clock, the request or the feed had already ended when the person"
    " tapped. "
)


@dataclass(frozen=True, kw_only=True)
class Along:
    """Compares accompanying files with the signed statement and what the person read.

    `vouched` has the keys that the agency's documents list, by thumbprint, or None if no
    documents were given.
    """

    bag: Path
    statement: Mapping[str, object]
    notice: Mapping[str, object]
    agency: str
    vouched: Mapping[str, ec.EllipticCurvePublicKey] | None

    def answers(self) -> Finding | None:
        """Check the answered request, and whether the agency published it."""
        request = self._said("request", REQUESTS)
        if request is None:
            if self.notice.get("request") is not None:
                raise AgencyError(
                    "the person read a different request than the package names"
                )
            return self._only_names()
        feed = read_small(self.bag, REQUESTS)
        if (
            not isinstance(request, dict)
            or request.get("feed_sha256") != hashlib.sha256(feed).hexdigest()
        ):
            raise AgencyError(f"{REQUESTS} is not the feed that the person read from")
        answered = read_answer(self.statement, self.notice, feed, agency=self.agency)
        yours = self._is_signed(answered)
        return Finding(
            title="Answered request",
            passed=True if yours else None,
            says=f"It answers the request {printable(answered.request_id)}, version"
            f" {answered.version}, of the case {printable(answered.case_reference)}. The"
            " person read it as it appears in the included feed, dated"
            f" {answered.published}. {_OVER if answered.over else ''}"
            f"{self._was_yours(answered, yours)}",
            not_proved="that anyone at the agency is still waiting for an answer.",
        )

    def _only_names(self) -> Finding | None:
        """Report a request of older homes, which sent no feed."""
        named = self.statement.get("request_id")
        if named is None:
            return None
        return Finding(
            title="Answered request",
            passed=None,
            says=f"It names the request {printable(str(named))}, but includes no feed.",
            not_proved="that such a request ever existed, or what the person read of it.",
        )

    def declares(self) -> Finding | None:
        """Report an included draft of a declaration."""
        said = self._said("declaration_sha256", DECLARATION)
        if said != self.notice.get("declaration_sha256") or (
            said is not None
            and said != hashlib.sha256(read_small(self.bag, DECLARATION)).hexdigest()
        ):
            raise AgencyError(
                "the person read a different declaration than the included one"
            )
        if said is None:
            return None
        return Finding(
            title="Draft declaration, not signed",
            passed=True,
            says=f"{DECLARATION} is the draft that the person read. No one has signed"
            " it.",
            not_proved="that what it says is true, or that anyone will sign it.",
        )

    def _said(self, name: str, file: str) -> object:
        """Return the stated digest of an optional file; raise if one of both is missing."""
        said = self.statement.get(name)
        if said is None and (self.bag / file).exists():
            raise AgencyError(
                f"{file} is included, but the statement does not mention it"
            )
        if said is not None and not (self.bag / file).exists():
            raise AgencyError(f"{file} is missing")
        return said

    def _is_signed(self, answered: Answered) -> bool:
        """Return whether a known key signed the feed; raise if its signature is wrong."""
        key = (self.vouched or {}).get(answered.key)
        if key is None:
            return False
        try:
            jws.check_signature(answered.token, key)
        except AgencyError as err:
            raise AgencyError(f"{REQUESTS}: {err}") from err
        return True

    def _was_yours(self, answered: Answered, yours: bool) -> str:
        if yours:
            return (
                "A key that your document vouches for signed that feed, so this"
                " request is yours."
            )
        if self.vouched is None:
            return (
                "Not checked: whether this request is yours. Add your published"
                " document with --document."
            )
        return (
            "The feed names a key that your document does not list, or no longer"
            f" lists: {printable(answered.key)}. If it was yours at the time, also"
            " add the document from that time with --document. Otherwise, no one can"
            " tell whether this request is yours."
        )
