"""Column kinds as the revisions write them; frozen like the revisions, so apart from the tables of today."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    Integer,
    LargeBinary,
    String,
)
from sqlalchemy.dialects.postgresql import JSONB

_JSON = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def text(name: str, null: bool = False) -> Column[Any]:
    """A text."""
    return Column(name, String(), nullable=null)


def integer(name: str, null: bool = False) -> Column[Any]:
    """A small whole number."""
    return Column(name, Integer(), nullable=null, autoincrement=False)


def big(name: str, null: bool = False) -> Column[Any]:
    """A whole number of 64 bits."""
    return Column(name, BigInteger(), nullable=null, autoincrement=False)


def counter(name: str) -> Column[Any]:
    """A key that the database counts."""
    return Column(name, BigInteger().with_variant(Integer(), "sqlite"), nullable=False, autoincrement=True)


def real(name: str, null: bool = False) -> Column[Any]:
    """A real number."""
    return Column(name, Double(), nullable=null)


def flag(name: str, null: bool = False) -> Column[Any]:
    """True or false."""
    return Column(name, Boolean(), nullable=null)


def day(name: str, null: bool = False) -> Column[Any]:
    """A local date."""
    return Column(name, Date(), nullable=null)


def moment(name: str, null: bool = False) -> Column[Any]:
    """A moment, UTC."""
    return Column(name, DateTime(timezone=True), nullable=null)


def data(name: str, null: bool = False) -> Column[Any]:
    """Bytes."""
    return Column(name, LargeBinary(), nullable=null)


def json(name: str, null: bool = False) -> Column[Any]:
    """A JSON value."""
    return Column(name, _JSON, nullable=null)
