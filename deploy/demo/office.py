"""The demo's hand on the controller: its public API, as anybody may use it."""

import secrets
from types import TracebackType
from typing import Any, Self

import httpx

Answer = dict[str, Any]


class OfficeError(Exception):
    """The controller refused, or did not answer; the text says what was asked and why not. `kind`: of its problem."""

    def __init__(self, text: str, kind: str = "") -> None:
        super().__init__(text)
        self.kind = kind


class Office:
    """A client of /api/v1 that acts as one person after another."""

    def __init__(self, address: str) -> None:
        self._tokens: dict[str, str] = {}
        self._client = httpx.Client(base_url=f"{address}/api/v1", timeout=30, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()

    def become(self, username: str, password: str) -> None:
        """Act as this person from now on; a token is asked for at the first time."""
        if username not in self._tokens:
            body = {"name": "demo", "days": 1, "username": username, "password": password}
            self._tokens[username] = self.post("/tokens", body)["token"]
        self._client.headers["Authorization"] = f"Bearer {self._tokens[username]}"

    def get(self, path: str, **query: str | int) -> Any:
        """What stands at a path."""
        return self._answer("GET", path, params=query)

    def post(self, path: str, body: Answer | None = None) -> Any:
        """Make or do something, once even if the answer is lost and it is asked again."""
        return self._answer("POST", path, json=body or {}, headers={"Idempotency-Key": secrets.token_hex(16)})

    def put(self, path: str, body: Answer) -> Any:
        """Set something to what is said."""
        return self._answer("PUT", path, json=body)

    def fetch(self, address: str) -> bytes:
        """The bytes at an address of the controller."""
        answer = self._client.get(httpx.URL(str(self._client.base_url)).join(address))
        answer.raise_for_status()
        return answer.content

    def _answer(self, method: str, path: str, **options: Any) -> Any:
        try:
            answer = self._client.request(method, path, **options)
        except httpx.HTTPError as error:
            raise OfficeError(f"{method} {path}: {error!r}") from error
        if answer.is_error:
            raise OfficeError(f"{method} {path}: {answer.status_code} {answer.text[:600]}", _kind(answer))
        return answer.json() if answer.content else None


def _kind(answer: httpx.Response) -> str:
    """The last word of a problem document's type."""
    if "problem+json" not in answer.headers.get("Content-Type", ""):
        return ""
    return str(answer.json().get("type", "")).rpartition("/")[2]
