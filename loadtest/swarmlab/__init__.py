"""The swarm's load test: many nodes in network namespaces, each behind a link of its own.

One concept a file. `scripts/lab` is shared with the demo and the integration tests; what only a
load test needs is here. Nothing in this package touches the machine's own network.
"""
