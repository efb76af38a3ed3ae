"""How requests look on the wire: signatures, protobuf, HTTP. Knows nothing of flows, windows or queues."""
