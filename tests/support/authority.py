"""Certificates as an administrator makes them: an authority of one's own, and what it issues."""

import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

NOW = datetime.datetime.now(datetime.UTC)


class Authority:
    """A commune's own certificate authority, in a folder; its broker is at `address`."""

    def __init__(self, folder: Path, address: str = "127.0.0.1") -> None:
        self.folder, self._address = folder, address
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loa ca")])
        self._write(
            "ca", self._certificate("loa ca", self._key, NOW - datetime.timedelta(days=1), authority=True), self._key
        )

    def issue(self, name: str, begins: datetime.datetime = NOW - datetime.timedelta(days=1)) -> None:
        """A certificate and key for a client or the broker."""
        key = ec.generate_private_key(ec.SECP256R1())
        self._write(name, self._certificate(name, key, begins), key)

    def context(self, name: str | None) -> ssl.SSLContext:
        """What a client of that name connects with; None: it has no certificate."""
        context = ssl.create_default_context(cafile=str(self.folder / "ca.crt"))
        if name:
            context.load_cert_chain(self.folder / f"{name}.crt", self.folder / f"{name}.key")
        return context

    def _certificate(
        self, name: str, key: ec.EllipticCurvePrivateKey, begins: datetime.datetime, *, authority: bool = False
    ) -> x509.Certificate:
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begins)
            .not_valid_after(begins + datetime.timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(self._address))]), critical=False
            )
            .sign(self._key, hashes.SHA256())
        )

    def _write(self, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        pem = serialization.Encoding.PEM
        (self.folder / f"{name}.crt").write_bytes(certificate.public_bytes(pem))
        (self.folder / f"{name}.key").write_bytes(
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
