"""The sound process: decode, ring, one writer, sink. It puts frame k of a programme at its instant, and counts.

The agent starts it (`client.py`) and holds a level on it: what sounds now, what next. Only it imports libVLC.
"""
