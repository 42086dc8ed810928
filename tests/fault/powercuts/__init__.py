"""Power cuts at block level: what a disk had taken when the current went, for every store, without a disk to spoil.

A file system of our own (FUSE) holds one disk image and logs every write and every flush. On it lies an ext4, on that
the real store, written by the real code. A cut is replayed as: all writes before the last flush, and any part of those
since, torn in sectors. Then the image is mounted and the real store opened: what had been acknowledged must be there.
"""
