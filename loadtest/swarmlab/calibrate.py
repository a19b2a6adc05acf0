"""Whether a link is what it says: one plain download by curl before the run."""

from lab.process import run
from swarmlab.cluster import Cluster
from swarmlab.content import REPOSITORY
from swarmlab.network import PAYLOAD_SHARE
from swarmlab.plan import Plan

SECONDS = 4


def calibration(cluster: Cluster, plan: Plan) -> str:
    """What curl got through the narrower of the registry's link and the first node's, in words."""
    rates = [rate for rate in (plan.links.node, plan.links.upstream, plan.connection_rate) if rate is not None]
    wanted = min(rates, default=10**10) * SECONDS // 8
    last = min(wanted, cluster.content.blobs[cluster.content.largest_blob]) - 1
    url = f"{cluster.upstream.url}/v2/{REPOSITORY}/blobs/{cluster.content.largest_blob}"
    said = run(cluster.members[0].namespace.command(
        ["curl", "--silent", "--show-error", "--fail", "--range", f"0-{last}", "--output", "/dev/null",
         "--write-out", "%{speed_download}", url]), timeout_seconds=60 + 4 * SECONDS)
    measured = float(said) * 8
    if not rates:
        return f"curl got {measured / 1e6:.0f} Mbit/s where nothing is shaped"
    share = measured / min(rates)
    return (f"curl got {measured / 1e6:.2f} Mbit/s of {min(rates) / 1e6:g}: {share:.3f} "
            f"(headers leave {PAYLOAD_SHARE:.3f})")
