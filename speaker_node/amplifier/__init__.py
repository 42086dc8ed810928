"""The relay of the amplifier: a guard process holds its lines under a lease, the agent asks through client.py.

The relay is open at start, at stop, when the agent is dead and when the lease runs out; nothing ignores `longest_on`.
"""
