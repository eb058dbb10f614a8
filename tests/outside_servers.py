"""Run servers on loopback that replace servers on the internet, with our own TLS authority."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
import socket
import ssl
import tempfile
from typing import Any, override

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "agency.example"

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class FakeNames(AbstractResolver):
    """A resolver that returns the answers that a test sets, in order."""

    def __init__(self, answers: Mapping[str, Sequence[Sequence[str]]]) -> None:
        """Set the answers of each name; the last one repeats."""
        self._answers = {name: list(turns) for name, turns in answers.items()}
        self.asked: list[str] = []

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        turns = self._answers.get(host)
        if turns is None:
            raise OSError(None, "no such name")
        addresses = turns.pop(0) if len(turns) > 1 else turns[0]
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in addresses
        ]

    @override
    async def close(self) -> None:
        pass


@dataclass(frozen=True, kw_only=True)
class TestTls:
    """TLS contexts of a server, and of a client that trusts it."""

    __test__ = False

    server: ssl.SSLContext
    client: ssl.SSLContext


@cache
def make_tls() -> TestTls:
    """Make an authority, and a certificate for HOST, localhost and loopback."""
    now = datetime.now(UTC)

    def certificate(
        subject: str,
        key: ec.EllipticCurvePrivateKey,
        issuer: str,
        signer: ec.EllipticCurvePrivateKey,
        extension: x509.ExtensionType,
    ) -> x509.Certificate:
        name = [x509.NameAttribute(NameOID.COMMON_NAME, text) for text in (subject,)]
        by = [x509.NameAttribute(NameOID.COMMON_NAME, text) for text in (issuer,)]
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name(name))
            .issuer_name(x509.Name(by))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(extension, critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
                critical=False,
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()),
                critical=False,
            )
            .add_extension(
                x509.KeyUsage(
                    digital_signature=True,
                    content_commitment=False,
                    key_encipherment=False,
                    data_encipherment=False,
                    key_agreement=False,
                    key_cert_sign=key is signer,
                    crl_sign=False,
                    encipher_only=False,
                    decipher_only=False,
                ),
                critical=True,
            )
            .sign(signer, hashes.SHA256())
        )

    authority_key = ec.generate_private_key(ec.SECP256R1())
    key = ec.generate_private_key(ec.SECP256R1())
    authority = certificate(
        "test authority",
        authority_key,
        "test authority",
        authority_key,
        x509.BasicConstraints(ca=True, path_length=0),
    )
    leaf = certificate(
        HOST,
        key,
        "test authority",
        authority_key,
        x509.SubjectAlternativeName(
            [
                x509.DNSName(HOST),
                x509.DNSName("localhost"),
                x509.IPAddress(ip_address("127.0.0.1")),
            ]
        ),
    )
    pem = serialization.Encoding.PEM
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "server.pem"
        file.write_bytes(
            leaf.public_bytes(pem)
            + key.private_bytes(
                pem,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        server.load_cert_chain(file)
    client = ssl.create_default_context(cadata=authority.public_bytes(pem).decode())
    return TestTls(server=server, client=client)


async def drip(request: web.Request) -> web.StreamResponse:
    """Send a byte every 10 ms until the client disconnects."""
    response = web.StreamResponse()
    await response.prepare(request)
    with suppress(ConnectionError):
        while True:
            await response.write(b"x")
            await asyncio.sleep(0.01)
    return response


@asynccontextmanager
async def serve(
    handler: Handler, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """Serve all requests with one handler; yield the port on loopback."""
    app = web.Application(client_max_size=0)
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, lingering_time=0)
    await runner.setup()
    before = asyncio.all_tasks()
    loop = asyncio.get_running_loop()
    handler_before = loop.get_exception_handler()

    def but_broken_off(loop: asyncio.AbstractEventLoop, what: dict[str, Any]) -> None:
        """Ignore the error that asyncio reports if a client leaves during the TLS handshake."""
        if str(what.get("message")).startswith("Error on transport creation"):
            return
        if handler_before is None:
            loop.default_exception_handler(what)
        else:
            handler_before(loop, what)

    loop.set_exception_handler(but_broken_off)
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        port: int = runner.addresses[0][1]
        yield port
    finally:
        await runner.cleanup()
        # Interrupted connections take a moment longer to close.
        left = {
            task
            for task in asyncio.all_tasks() - before
            if "RequestHandler" in repr(task.get_coro())
        }
        if left:
            await asyncio.wait(left, timeout=10)
        loop.set_exception_handler(handler_before)
