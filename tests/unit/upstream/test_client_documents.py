"""Documents of OAuth clients come from public https addresses, small, quick and unredirected."""

from __future__ import annotations

import ipaddress
import socket
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from vapi_mcp.oauth.errors import DocumentUnavailable
from vapi_mcp.oauth.ports import ClientDocument
from vapi_mcp.upstream.client_documents import PublicClientDocuments

HOST = "app.example"
DOCUMENT = {"client_id": f"https://{HOST}/client.json"}


class _Here(AbstractResolver):
    """Finds every name on this machine."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host, host="127.0.0.1", port=port, family=family, proto=0, flags=0
            )
        ]

    async def close(self) -> None:
        pass


@cache
def _certificate() -> tuple[bytes, bytes]:
    """Return a certificate for the host, signed by itself, and its key (made once a run)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName(
        [x509.DNSName(HOST), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    )
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return made.public_bytes(serialization.Encoding.PEM), secret


@asynccontextmanager
async def _served(
    directory: Path, answer: Callable[[web.Request], Any]
) -> AsyncGenerator[tuple[PublicClientDocuments, str]]:
    """Serve one answer by https; yield a reader that finds it, and its address."""
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    for path, content in zip((certificate, key), _certificate(), strict=True):
        path.write_bytes(content)
    own = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    own.load_cert_chain(certificate, key)

    async def handle(request: web.Request) -> web.Response:
        return answer(request)

    app = web.Application()
    app.router.add_get("/{path:.*}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=own)
        await site.start()
        port = runner.addresses[0][1]
        trusted = ssl.create_default_context(cafile=str(certificate))
        reader = PublicClientDocuments(_Here, certificates=trusted)
        yield reader, f"https://{HOST}:{port}/client.json"
    finally:
        await runner.cleanup()


async def test_a_document_comes_with_the_time_it_may_be_kept(tmp_path: Path) -> None:
    headers = {"Cache-Control": "public, max-age=600"}
    async with _served(tmp_path, lambda _: web.json_response(DOCUMENT, headers=headers)) as (
        reader,
        url,
    ):
        assert await reader.read(url) == ClientDocument(DOCUMENT, 600)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (web.json_response([]), "not a JSON object"),
        (web.Response(text="<html>"), "cannot be read"),
        (web.Response(status=404), "answers 404"),
        (web.Response(status=302, headers={"Location": "https://localhost/"}), "answers 302"),
        (web.json_response({"client_name": "x" * 5200}), "larger than 5120 bytes"),
    ],
)
async def test_any_other_answer_is_no_document(
    tmp_path: Path, answer: web.Response, words: str
) -> None:
    async with _served(tmp_path, lambda _: answer) as (reader, url):
        with pytest.raises(DocumentUnavailable, match=words):
            await reader.read(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://app.example/client.json",
        "https://127.0.0.1/client.json",
        "https://127.1/client.json",
        "https://0x7f000001/client.json",
        "https://10.0.0.1/client.json",
        "https://169.254.169.254/client.json",
        "https://[::1]/client.json",
        "https://[::ffff:10.0.0.1]/client.json",
    ],
)
async def test_a_private_address_is_never_connected_to(url: str) -> None:
    with pytest.raises(DocumentUnavailable, match="not a public one"):
        await PublicClientDocuments(_Here).read(url)


async def test_a_name_of_a_private_address_is_never_connected_to() -> None:
    with pytest.raises(DocumentUnavailable, match="cannot be read"):
        await PublicClientDocuments().read("https://localhost/client.json")


async def test_a_certificate_of_another_is_not_trusted(tmp_path: Path) -> None:
    async with _served(tmp_path, lambda _: web.json_response(DOCUMENT)) as (_, url):
        with pytest.raises(DocumentUnavailable, match="cannot be read"):
            await PublicClientDocuments(_Here).read(url)
