"""Containers of a pod as the kubelet would start them, by runc."""

import json
import secrets
from pathlib import Path

from lab.process import Process

NAMESPACES = ("mount", "pid", "ipc", "uts")  # the network is the node's
PATH = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"


def start_container(root: Path, container: dict, pod: dict, folders: dict[str, Path], bundle: Path) -> Process:
    """Starts one container of the pod on an unpacked image. `folders`: what stands for each volume."""
    bundle.mkdir()
    (bundle / "config.json").write_text(json.dumps(_specification(root, container, pod, folders)))
    name = f"shoal-{container['name']}-{secrets.token_hex(4)}"
    # runc's state is the bundle's own; the control group has a name that no other has.
    return Process(container["name"], ["runc", "--root", bundle / "state", "run", "--bundle", bundle, name],
                   bundle / "log")


def _specification(root: Path, container: dict, pod: dict, folders: dict[str, Path]) -> dict:
    security = pod["securityContext"] | container["securityContext"]
    mounts = [{"destination": mount["mountPath"], "type": "bind", "source": str(folders[mount["name"]]),
               "options": ["rbind", "ro" if mount.get("readOnly") else "rw"]} for mount in container["volumeMounts"]]
    return {
        "ociVersion": "1.0.2",
        "process": {
            "args": container["command"], "cwd": "/", "env": [PATH],
            "user": {"uid": security["runAsUser"], "gid": security["runAsGroup"]},
            # Dropped are all; nothing is added.
            "capabilities": {kind: [] for kind in ("bounding", "effective", "permitted", "inheritable", "ambient")},
            "noNewPrivileges": not security["allowPrivilegeEscalation"]},
        "root": {"path": str(root), "readonly": security["readOnlyRootFilesystem"]},
        "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
                   {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]},
                   *mounts],
        "linux": {"namespaces": [{"type": kind} for kind in NAMESPACES],
                  "cgroupsPath": f"/shoal-{secrets.token_hex(4)}"}}
