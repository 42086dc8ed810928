"""TLS to a broker, by a machine that may not know what day it is."""

import ssl
from pathlib import Path

NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which the ssl module does not name."""


def tls_context(authority: Path | None, certificate: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
    """TLS to a broker that `authority` (PEM; None: the system's) vouches for, as the client that `certificate` names.

    Dates are not checked: a machine that wakes without a clock must reach the office that tells it the time, and what
    is fresh is judged inside the signed documents. OSError (ssl.SSLError among them) where a file is not what it says.
    """
    context = ssl.create_default_context(cafile=authority)
    context.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME)
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    return context
