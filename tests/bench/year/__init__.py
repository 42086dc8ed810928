"""A year of an office, written in bulk: what its pages are measured with, and looked at.

Places and people come about by the office's own operations; decisions, what is owed, events, proofs and verdicts are
rows as the operations, the exchange, the ingest and the chores would have left them.
"""
