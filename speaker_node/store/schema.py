"""The tables of the journal and the statements that drop what is no longer needed.

Every row carries the sum of its other columns (`row_sum`), so that a bit that flips on the disk is noticed.
"""

from __future__ import annotations

import zlib

LAYOUT = 2
"""`user_version` of a file that this release reads; any other is set aside like a damaged one."""

TABLES = f"""
CREATE TABLE owner (node TEXT NOT NULL, sum INTEGER NOT NULL);
CREATE TABLE stream (
    place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, last INTEGER NOT NULL, acknowledged INTEGER NOT NULL,
    gone INTEGER NOT NULL, sum INTEGER NOT NULL
);
CREATE TABLE event (
    place INTEGER PRIMARY KEY, stream TEXT NOT NULL, number INTEGER NOT NULL, kind TEXT NOT NULL,
    occurrence TEXT NOT NULL, text TEXT NOT NULL, sum INTEGER NOT NULL
);
CREATE UNIQUE INDEX event_number ON event (stream, number) WHERE number > 0;
CREATE TABLE document (
    kind TEXT NOT NULL, recipient TEXT NOT NULL, issuer TEXT NOT NULL, epoch INTEGER NOT NULL,
    sequence INTEGER NOT NULL, digest TEXT NOT NULL, data BLOB NOT NULL, sum INTEGER NOT NULL,
    PRIMARY KEY (kind, recipient, issuer)
);
PRAGMA user_version = {LAYOUT};
"""

COLUMNS = {
    "owner": "node",
    "stream": "id, last, acknowledged, gone",
    "event": "stream, number, kind, occurrence, text",
    "document": "kind, recipient, issuer, epoch, sequence, digest, data",
}
"""What the sum of a row is of, and the order in which a row is written."""

INSERT = {
    table: f"INSERT {'OR REPLACE ' if table == 'document' else ''}INTO {table} ({columns}, sum) "
    f"VALUES ({', '.join('?' * (columns.count(',') + 1))}, ?)"
    for table, columns in COLUMNS.items()
}
SEAL_STREAM = f"UPDATE stream SET sum = row_sum({COLUMNS['stream']}) WHERE id = ?"

TELEMETRY = ("boot", "accepted", "welcomed", "paused", "resumed")
"""What may be lost when too much is untold: how the node came to be as it is. Proofs (start, closed), refusals, what
people did (press, request, request_done) and kinds that this release does not know are never dropped untold."""

_UNTOLD = "SELECT e.occurrence FROM event e JOIN stream s ON s.id = e.stream WHERE e.number > s.acknowledged"
_CLOSED = "SELECT c.occurrence FROM event c WHERE c.kind = 'closed'"

PRUNE_OCCURRENCES = f"""
DELETE FROM event WHERE occurrence <> '' AND occurrence NOT IN (SELECT id FROM named) AND occurrence NOT IN ({_UNTOLD})
"""
PRUNE_PROGRESS = f"DELETE FROM event WHERE kind = 'progress' AND occurrence IN ({_CLOSED})"
PRUNE_SINGLE = """
DELETE FROM event WHERE occurrence = ''
AND number <= (SELECT acknowledged FROM stream WHERE id = event.stream)
AND NOT (kind = 'request_done'
         AND place > coalesce((SELECT max(place) FROM event e WHERE e.kind = 'request'), place))
AND NOT (kind IN ('boot', 'welcomed', 'checkpoint', 'request')
         AND place = (SELECT max(place) FROM event e WHERE e.kind = event.kind))
AND NOT (kind = 'press'
         AND place IS (SELECT max(place) FROM event e WHERE e.kind = 'press' AND e.text LIKE '%silence"%'))
AND NOT (kind = 'checkpoint' AND place IS (
    SELECT max(place) FROM event e WHERE e.kind = 'checkpoint' AND e.text LIKE '%"mark":{%'))
AND NOT (kind = 'boot' AND (
    place IS (SELECT max(place) FROM event e WHERE e.kind = 'boot' AND e.text LIKE '%"new_stream":true%')
    OR EXISTS (SELECT 1 FROM event e WHERE e.occurrence <> '' AND e.place < event.place)))
"""
PRUNE_STREAMS = """
DELETE FROM stream WHERE acknowledged >= last AND id <> ? AND id NOT IN (SELECT stream FROM event)
"""
ACKNOWLEDGE = """
UPDATE stream SET acknowledged = CASE
    WHEN EXISTS (SELECT 1 FROM event WHERE stream = :stream AND number > :number) THEN :number ELSE last END
WHERE id = :stream
"""
UNTOLD = "SELECT count(*) FROM event e JOIN stream s ON s.id = e.stream WHERE e.number > s.acknowledged"
UNTOLD_ROWS = """
SELECT e.place, e.kind, e.occurrence, e.text FROM event e JOIN stream s ON s.id = e.stream
WHERE s.id = ? AND e.number > s.acknowledged ORDER BY e.number
"""
MOVE = "UPDATE event SET stream = ?, number = ?, kind = ?, occurrence = ?, text = ?, sum = ? WHERE place = ?"
OPEN_SINCE = f"SELECT min(place) FROM event WHERE kind = 'start' AND occurrence NOT IN ({_CLOSED})"
"""From here on BOOT rows tell what interrupted an airing that is still open."""
DROPPABLE = f"""
SELECT e.place, e.stream FROM event e JOIN stream s ON s.id = e.stream
WHERE e.number > s.acknowledged AND e.kind IN {TELEMETRY}
AND e.number < (SELECT max(l.number) FROM event l WHERE l.stream = e.stream AND l.number > 0)
AND e.place <> (SELECT max(l.place) FROM event l WHERE l.kind = e.kind)
AND (e.occurrence = '' OR e.occurrence IN ({_CLOSED}))
AND NOT (e.kind = 'boot' AND (e.place > :open_since OR e.place IS (
    SELECT max(b.place) FROM event b WHERE b.kind = 'boot' AND b.text LIKE '%"new_stream":true%')))
ORDER BY e.place LIMIT :most
"""
"""Untold telemetry that State can do without, oldest first. The last row of a stream stays: it tells the gap."""


def row_sum(*columns: str | int | bytes) -> int:
    """CRC-32 of the columns with their lengths."""
    total = 0
    for column in columns:
        data = column if isinstance(column, bytes) else str(column).encode()
        total = zlib.crc32(data, zlib.crc32(b"%d:" % len(data), total))
    return total
