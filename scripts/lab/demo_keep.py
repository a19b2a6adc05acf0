"""A demonstration that stays: what to do with it, and how it ends."""

from pathlib import Path

from lab.cluster import REGISTRY_NAME, Node
from lab.containerd import best_snapshotter
from lab.terminal import Terminal
from lab.workspace import kept_laboratories, remove_laboratory


def explain_kept(folder: Path, nodes: list[Node], terminal: Terminal) -> None:
    first, second = nodes[0], nodes[1]
    address = f"--address {second.containerd.socket}"
    terminal.text()
    terminal.text(f"It all goes on running in {folder}. Some things to try:")
    for purpose, command in (
            ("what node 2 took, and from where",
             f"curl -s {second.shoal.admin_url}/metrics | grep received_bytes"),
            ("an image through node 1's mirror, with skopeo",
             f"skopeo inspect --no-tags --tls-verify=false 'docker://{first.shoal.mirror_host}/inference:1.0'"),
            ("a Python in a container on node 2",
             f"ctr {address} run --rm --snapshotter {best_snapshotter()} "
             f"{REGISTRY_NAME}/inference:1.0 try python3 -c 'import torch; print(torch.rand(3))'"),
            ("its daemon's log", f"tail -f {second.shoal.log_file}"),
            ("the end of it", "scripts/demo --stop")):
        terminal.text()
        terminal.text(f"# {purpose}")
        terminal.text(command)
    terminal.text()


def stop_kept(terminal: Terminal) -> None:
    kept = kept_laboratories("demo")
    for folder in kept:
        remove_laboratory(folder)
        terminal.line("stopped", str(folder))
    if not kept:
        terminal.line("stopped", "nothing was left running")
