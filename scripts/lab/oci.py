"""Writing OCI image layouts."""

import hashlib
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from lab.errors import LabError

INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"

# One date for everything in an image: what is built twice from the same packages is the same.
CREATED = "2024-01-01T00:00:00Z"
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Layer:
    """A compressed layer in a layout, and the digest of what it unpacks to."""

    digest: str
    size: int
    diff_id: str


class Layout:
    """An OCI image layout that is being written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._blobs = folder / "blobs" / "sha256"
        self._blobs.mkdir(parents=True)
        (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}\n')

    def add_layer(self, tree: Path, level: int = 6) -> Layer:
        """Packs a folder: sorted, one date, owners by number, gzip of this level."""
        partial = self._blobs / "partial"
        pack = ["tar", "--create", "--directory", str(tree), "--sort=name", f"--mtime={CREATED}",
                "--numeric-owner", "--format=gnu", "."]
        unpacked = hashlib.sha256()
        with (open(partial, "wb") as output,
              subprocess.Popen(pack, stdout=subprocess.PIPE) as tar,
              subprocess.Popen(["pigz", "-n", f"-{level}"], stdin=subprocess.PIPE, stdout=output) as pigz):
            assert tar.stdout and pigz.stdin
            while chunk := tar.stdout.read(CHUNK_BYTES):
                unpacked.update(chunk)
                pigz.stdin.write(chunk)
            pigz.stdin.close()
        if tar.returncode != 0 or pigz.returncode != 0:
            raise LabError(f"cannot pack {tree}")
        with open(partial, "rb") as packed:
            digest = hashlib.file_digest(packed, "sha256").hexdigest()
        size = partial.stat().st_size
        os.rename(partial, self._blobs / digest)
        return Layer(f"sha256:{digest}", size, f"sha256:{unpacked.hexdigest()}")

    def add_image(self, layers: list[Layer], architecture: str, command: list[str]) -> dict:
        """Writes config and manifest; returns the manifest's descriptor for an index."""
        config = self._add_json(CONFIG_TYPE, {
            "created": CREATED,
            "architecture": architecture,
            "os": "linux",
            "config": {"Env": ["PATH=/usr/local/bin:/usr/bin:/bin"], "Cmd": command},
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id for layer in layers]},
        })
        manifest = self._add_json(MANIFEST_TYPE, {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": config,
            "layers": [{"mediaType": LAYER_TYPE, "digest": layer.digest, "size": layer.size}
                       for layer in layers],
        })
        return {**manifest, "platform": {"architecture": architecture, "os": "linux"}}

    def add_index(self, manifests: list[dict]) -> dict:
        return self._add_json(INDEX_TYPE, {
            "schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": manifests})

    def finish(self, tags: dict[str, dict]) -> None:
        """Names what can be pulled: tag -> descriptor."""
        entries = [{**descriptor, "annotations": {"org.opencontainers.image.ref.name": tag}}
                   for tag, descriptor in tags.items()]
        text = json.dumps({"schemaVersion": 2, "manifests": entries}, indent=2)
        (self.folder / "index.json").write_text(text + "\n")

    def _add_json(self, media_type: str, document: dict) -> dict:
        text = json.dumps(document, separators=(",", ":")).encode()
        digest = hashlib.sha256(text).hexdigest()
        (self._blobs / digest).write_bytes(text)
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(text)}


@dataclass(frozen=True)
class Image:
    """A finished layout of one multi-arch image."""

    folder: Path
    tag: str

    @property
    def index_digest(self) -> str:
        entries = json.loads((self.folder / "index.json").read_text())["manifests"]
        return next(entry["digest"] for entry in entries
                    if entry["annotations"]["org.opencontainers.image.ref.name"] == self.tag)

    def document(self, digest: str) -> dict:
        return json.loads(self.blob_path(digest).read_text())

    def blob_path(self, digest: str) -> Path:
        return self.folder / "blobs" / "sha256" / digest.removeprefix("sha256:")

    def manifest_digest(self, architecture: str = "amd64") -> str:
        entries = self.document(self.index_digest)["manifests"]
        return next(entry["digest"] for entry in entries
                    if entry["platform"]["architecture"] == architecture)

    def layers(self, architecture: str = "amd64") -> dict[str, int]:
        """digest -> size, in the image's order."""
        manifest = self.document(self.manifest_digest(architecture))
        return {layer["digest"]: layer["size"] for layer in manifest["layers"]}

    def blobs(self, architecture: str = "amd64") -> dict[str, int]:
        """The layers and the config."""
        config = self.document(self.manifest_digest(architecture))["config"]
        return {config["digest"]: config["size"], **self.layers(architecture)}

    def blob_bytes(self, architecture: str = "amd64") -> int:
        return sum(self.blobs(architecture).values())

    def total_bytes(self, architecture: str = "amd64") -> int:
        """All that a pull of one platform moves: index, manifest, config, layers."""
        documents = (self.index_digest, self.manifest_digest(architecture))
        return self.blob_bytes(architecture) + sum(
            self.blob_path(digest).stat().st_size for digest in documents)
