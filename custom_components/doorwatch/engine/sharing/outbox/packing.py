"""Create the package of a share and the person's consent receipt."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from ..documents.consent import consent_receipt
from ..documents.statement import PackageContext
from ..package.package import Package, build_package, build_zip
from ..signing.jws import thumbprint
from ..signing.keys import HomeKeys
from .jobs import Job, JobRegistry


@dataclass(frozen=True, kw_only=True, slots=True)
class Packed:
    """A package on disk, with the data to store about it."""

    package: Package
    home: str  # thumbprint of this home's key for the agency
    ledger: str  # digest of the ledger line in the package
    receipt: str = field(repr=False)


@dataclass(eq=False, repr=False)
class Packer:
    """Create packages on separate threads."""

    _registry: JobRegistry
    _pool: ThreadPoolExecutor
    _keys: HomeKeys

    async def is_whole(self, job: Job) -> bool:
        """Return whether the package exists unchanged."""
        return await asyncio.get_running_loop().run_in_executor(
            self._pool, self._registry.store.package_is_whole, job.record
        )

    async def pack(self, job: Job, recipients: tuple[str, ...]) -> Packed:
        """Create the package for these recipients; keeps the staged file.

        A package to hand over is an unencrypted zip.
        """
        share_id, home = job.record.share_id, self._registry.home
        # No other package names this line. A digest in packages for two agencies would
        # reveal that they are from the same home.
        tap = await self._registry.lines.tap(share_id)
        context = PackageContext(
            share_id=share_id,
            confirmed_at=job.record.created_at,
            ledger_head=tap.digest,
            system=await home.system(job.intent.clip),
            other_parts=await home.other_parts(job.intent.clip),
        )

        def build() -> Packed:
            key = self._keys.for_agency(job.record.agency_id)
            store, intent = self._registry.store, job.intent
            if intent.by_hand:
                target = store.package(share_id, by_hand=True)
                package = build_zip(intent, context, key, target)
            else:
                target = store.package(share_id)
                package = build_package(intent, context, key, target, recipients)
            return Packed(
                package=package,
                home=thumbprint(key.public_key()),
                ledger=context.ledger_head,
                receipt=consent_receipt(
                    job.intent,
                    share_id=share_id,
                    confirmed_at=context.confirmed_at,
                    key=key,
                ),
            )

        return await asyncio.get_running_loop().run_in_executor(self._pool, build)
