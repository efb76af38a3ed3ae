"""Our Pulumi language host for Python: the engine talks to it over gRPC, it starts the user's programs.

It knows the engine's protocol (`pulumi.runtime.proto`) and nothing of flowvigil's other rooms.
"""
