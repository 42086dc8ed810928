"""Kills, partitions, full disks, clock steps and forgeries."""
