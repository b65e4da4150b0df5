"""``lucid deploy``: the servers of several ports on a Ray cluster, behind one gateway.

Ray Serve places, replaces and counts the replicas. The players' sockets do not pass through it: the
gateway admits them, and forwards them to Lucid's own server in a replica.
"""
