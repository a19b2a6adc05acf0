"""What a plain download does on this machine: nginx with TLS to curl that writes a file."""

import os
import subprocess
import time
from pathlib import Path

from lab.certificates import make_certificate
from lab.errors import LabError
from lab.process import Process, tail
from lab.waiting import wait_until
from swarmlab.cluster import Cluster
from swarmlab.content import REPOSITORY
from swarmlab.figures import Reference
from swarmlab.network import UPSTREAM_ADDRESS
from swarmlab.nginx import nginx_config
from swarmlab.sampler import read_usage

PORT = 443
SECONDS_MAX = 600


def measure_reference(cluster: Cluster) -> Reference:
    """Fetches the largest blob once, from the registry's namespace to the first node's."""
    folder = cluster.folder / "reference"
    folder.mkdir()
    made = make_certificate(folder, "reference", UPSTREAM_ADDRESS)
    config = folder / "nginx.conf"
    config.write_text(tls_config(folder, cluster.content.folder))
    nginx = Process("nginx with TLS", cluster.upstream.namespace.command(
        ["nginx", "-p", folder, "-c", config]), folder / "nginx.log")
    try:
        wait_until("nginx with TLS to answer", lambda: _answers(cluster, nginx))
        return _download(cluster, nginx, folder, made.certificate)
    finally:
        nginx.stop()


def _download(cluster: Cluster, nginx: Process, folder: Path, certificate: Path) -> Reference:
    target = folder / "blob"
    url = f"https://{UPSTREAM_ADDRESS}:{PORT}/v2/{REPOSITORY}/blobs/{cluster.content.largest_blob}"
    worker = _only_child(nginx.pid)
    before = read_usage(worker).cpu_seconds
    started = time.monotonic()
    curl = subprocess.Popen(cluster.members[0].namespace.command(
        ["curl", "--silent", "--show-error", "--fail", "--max-time", str(SECONDS_MAX), "--cacert",
         certificate, "--output", target, url]), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = curl.stdout.read() if curl.stdout else ""
    _, status, usage = os.wait4(curl.pid, 0)
    curl.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - started
    if curl.returncode != 0:
        raise LabError(f"curl ended with status {curl.returncode}: {tail(said)}")
    size = target.stat().st_size
    target.unlink()
    cpu = usage.ru_utime + usage.ru_stime + read_usage(worker).cpu_seconds - before
    return Reference(size / seconds, cpu / (size / 1e9))


def _only_child(pid: int) -> int:
    """nginx's worker; its master does nothing."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    if len(children) != 1:
        raise LabError(f"nginx has {len(children)} workers and should have one")
    return int(children[0])


def _answers(cluster: Cluster, nginx: Process) -> bool:
    nginx.require_running()
    try:
        cluster.upstream.namespace.connect((UPSTREAM_ADDRESS, PORT), 5.0).close()
    except OSError:
        return False
    return True


def tls_config(folder: Path, root: Path) -> str:
    return nginx_config(folder, f"""
  access_log off;
  server {{
    listen {UPSTREAM_ADDRESS}:{PORT} ssl;
    ssl_certificate {folder}/reference.pem;
    ssl_certificate_key {folder}/reference.key;
    root {root};
  }}
""")
