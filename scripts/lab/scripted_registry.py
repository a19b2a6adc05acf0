"""A registry of made-up content that does what it is told, for what docker-registry cannot do: sha512,
lists of referrers, pages of tags, warnings, media types of its own."""

import hashlib
import json
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from lab.http_server import Handler, Service

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@dataclass
class Content:
    """What one repository holds."""

    blobs: dict[str, bytes] = field(default_factory=dict)                     # by digest
    manifests: dict[str, tuple[str, bytes]] = field(default_factory=dict)     # by digest or tag
    referrers: dict[str, list[dict]] = field(default_factory=dict)            # by digest
    lists_referrers: bool = True
    filters_referrers: bool = True
    pages_tags: bool = True
    warning: str = ""

    def add_blob(self, content: bytes, algorithm: str = "sha256") -> str:
        digest = digest_of(content, algorithm)
        self.blobs[digest] = content
        return digest

    def add_manifest(self, content: bytes, media_type: str, *tags: str, algorithm: str = "sha256") -> str:
        digest = digest_of(content, algorithm)
        for name in (digest, *tags):
            self.manifests[name] = (media_type, content)
        return digest

    def tags(self) -> list[str]:
        return sorted(name for name in self.manifests if ":" not in name)


@dataclass(frozen=True)
class Seen:
    method: str
    target: str
    headers: dict[str, str]


class ScriptedRegistry(Service):
    """Serves repositories by name. `down` makes it answer 503 to everything."""

    def __init__(self, address: str, repositories: dict[str, Content]) -> None:
        self.repositories = repositories
        self.seen: list[Seen] = []
        self.down = False
        super().__init__(address)

    def count(self, method: str, pattern: str) -> int:
        return sum(seen.method == method and re.search(pattern, seen.target) is not None
                   for seen in self.seen)

    def serve(self, handler: Handler) -> None:
        self.seen.append(Seen(handler.command, handler.path, dict(handler.headers)))
        parts = urlsplit(handler.path)
        match = re.fullmatch(r"/v2/(.+)/(manifests|blobs|referrers|tags)/([^/]+)", parts.path)
        content = self.repositories.get(match[1]) if match else None
        if self.down:
            handler.answer(503)
        elif content is None or match is None:
            handler.answer(404, b'{"errors":[{"code":"NAME_UNKNOWN"}]}')
        else:
            headers = {"Warning": content.warning} if content.warning else {}
            serve = {"manifests": _manifest, "blobs": _blob, "referrers": _referrers, "tags": _tags}
            serve[match[2]](handler, content, match, parse_qs(parts.query, True), headers)


def digest_of(content: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"


def _manifest(handler: Handler, content: Content, match: re.Match, _query: dict, headers: dict) -> None:
    found = content.manifests.get(match[3])
    if not found:
        handler.answer(404, b'{"errors":[{"code":"MANIFEST_UNKNOWN"}]}')
        return
    algorithm = match[3].partition(":")[0] if ":" in match[3] else "sha256"
    handler.answer(200, found[1], {"Content-Type": found[0], **headers,
                                   "Docker-Content-Digest": digest_of(found[1], algorithm)})


def _blob(handler: Handler, content: Content, match: re.Match, _query: dict, headers: dict) -> None:
    body = content.blobs.get(match[3])
    if body is None:
        handler.answer(404, b'{"errors":[{"code":"BLOB_UNKNOWN"}]}')
        return
    headers["Content-Type"] = "application/octet-stream"
    asked = re.fullmatch(r"bytes=(\d+)-(\d*)", handler.headers.get("Range") or "")
    if not asked:
        handler.answer(200, body, headers)
        return
    first, last = int(asked[1]), min(int(asked[2] or len(body)), len(body) - 1)
    headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
    handler.answer(206, body[first:last + 1], headers)


def _referrers(handler: Handler, content: Content, match: re.Match, query: dict, headers: dict) -> None:
    if not content.lists_referrers:
        handler.answer(404)
        return
    manifests = content.referrers.get(match[3], [])
    wanted = query.get("artifactType", [""])[0]
    if wanted and content.filters_referrers:
        manifests = [each for each in manifests if each.get("artifactType") == wanted]
        headers["OCI-Filters-Applied"] = "artifactType"
    body = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests}).encode()
    handler.answer(200, body, {"Content-Type": OCI_INDEX, **headers})


def _tags(handler: Handler, content: Content, match: re.Match, query: dict, headers: dict) -> None:
    tags = content.tags()
    if content.pages_tags and "n" in query:
        count = int(query["n"][0])
        left = [tag for tag in tags if tag > query.get("last", [""])[0]]
        tags = left[:count]
        if len(left) > count:
            # Absolute, as some registries write it: nobody behind us should be sent there.
            headers["Link"] = (f'<http://registry.internal/v2/{match[1]}/tags/list?n={count}'
                               f'&last={tags[-1]}>; rel="next"')
    body = json.dumps({"name": match[1], "tags": tags}).encode()
    handler.answer(200, body, {"Content-Type": "application/json", **headers})
