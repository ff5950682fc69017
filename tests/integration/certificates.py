"""An authority of a test, and what it certifies."""

import ipaddress
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files in PEM form."""

    certificate: Path
    key: Path

    def give_to(self, uid: int, gid: int) -> None:
        """Let an account read both; a server takes no key that others can read."""
        for path in (self.certificate, self.key):
            if os.geteuid() == 0:
                os.chown(path, uid, gid)
            path.chmod(0o600)


class Authority:
    """Its own certificate is `path`."""

    def __init__(self, folder: Path, name: str = "an authority of this test") -> None:
        self._folder, self._name, self._key = folder, x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]), _key()
        self.path = folder / "ca.pem"
        made = self._builder(self._name, self._key, is_authority=True).sign(self._key, hashes.SHA256())
        self.path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        self.path.chmod(0o644)

    def issue(self, address: str) -> Certificate:
        """A certificate for a server at this address (an IP) and its key."""
        key = _key()
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, address)])
        named = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        made = self._builder(subject, key, is_authority=False).add_extension(named, critical=False)
        files = Certificate(self._folder / f"{address}.pem", self._folder / f"{address}.key")
        files.certificate.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        plain = serialization.NoEncryption()
        files.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
        return files

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, is_authority: bool
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        )


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())
