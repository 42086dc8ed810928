"""Writes what mosquitto reads: configuration, passwords and access list.

The access list is static: `%u` stands for the name a client authenticated with, so a new node needs a password
(or a certificate) and no new rule. What a client may publish is a courtesy all the same: documents are signed.
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from pathlib import Path

ITERATIONS = 101  # mosquitto's own default: these passwords are 32 random bytes, not words

CONTROLLER = "controller"


def access_list(site: str, issuers: tuple[str, ...] = ()) -> str:
    """One site's rules; `issuers` are broker users that write an alert topic of their own beside the office."""
    base = f"loa/1/{site}"
    own = f"{base}/node/%u"
    node = [f"pattern write {own}/{name}" for name in ("conn", "birth", "status", "events")]
    node += [f"pattern read {own}/{name}" for name in ("plan", "msg")]
    node += [f"pattern read {base}/zone/+/alert/+"]
    office = [f"user {CONTROLLER}"]
    office += [f"topic read {base}/node/+/{name}" for name in ("conn", "birth", "status", "events")]
    office += [f"topic readwrite {base}/node/+/plan", f"topic write {base}/node/+/msg"]
    office += [f"topic readwrite {base}/zone/+/alert/{issuer}" for issuer in ("office", "office-emergency")]
    others = [line for name in issuers for line in (f"user {name}", f"topic readwrite {base}/zone/+/alert/{name}")]
    return "\n".join([*node, "", *office, "", *others, ""])


def password_line(user: str, password: str) -> str:
    """One line of a mosquitto password file: PBKDF2-SHA512, format 7."""
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS, 64)
    return f"{user}:$7${ITERATIONS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def configuration(folder: Path, port: int, *, anonymous: bool = False) -> str:
    """A loopback broker whose files lie in `folder`; `anonymous` opens it to everybody, as in an attack."""
    entry = (
        ["allow_anonymous true"]
        if anonymous
        else ["allow_anonymous false", f"password_file {folder}/passwords", f"acl_file {folder}/access"]
    )
    return "\n".join(
        [
            "# Started by root, mosquitto would become a user that cannot write this folder.",
            "user root",
            "per_listener_settings false",
            f"listener {port} 127.0.0.1",
            *entry,
            "use_username_as_clientid true" if not anonymous else "",
            "persistence true",
            f"persistence_location {folder}/",
            "# Each save writes everything that is held: what a kill takes the office publishes again.",
            "autosave_interval 30",
            "autosave_on_changes false",
            "max_inflight_messages 100",
            "max_queued_messages 20000",
            "max_packet_size 270336",
            "queue_qos0_messages false",
            "set_tcp_nodelay true",
            "log_dest stderr",
            "log_type error",
            "log_type warning",
            "log_type notice",
            "",
        ]
    )


def write(folder: Path, port: int, site: str, passwords: Mapping[str, str], issuers: tuple[str, ...] = ()) -> Path:
    """Write all three files into `folder` (made, private); the configuration's path."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [password_line(user, password) for user, password in passwords.items()]
    _private(folder / "passwords", "\n".join([*lines, ""]))
    _private(folder / "access", access_list(site, issuers))
    settings = folder / "mosquitto.conf"
    _private(settings, configuration(folder, port))
    return settings


def _private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text, encoding="utf-8")
