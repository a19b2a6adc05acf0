"""Kills a daemon under load, again and again, and looks each time whether it kept its promises.

One round: start; check with the registry away; load (clients that pull, read parts, pin and unpin); SIGKILL
at a random moment. What is promised of each restart:

- every blob that is listed as complete is right, to the byte;
- what was complete before is complete still, unless the round before evicted: then what was pinned is;
- a pin that was answered is there, one that was taken back is not;
- no client, before or after, got a byte that is not the blob's;
- the daemon starts, and at the end everything can be pulled whole.
"""

import contextlib
import http.client
import json
import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from lab.addresses import Subnet
from lab.cluster import REGISTRY_NAME
from lab.errors import LabError
from lab.scripted_registry import OCI_MANIFEST, Content, ScriptedRegistry
from lab.shoal import ADMIN_PORT, Shoal
from lab.workspace import Workspace

REPOSITORY = "team/crash"
IMAGES = 6
CLIENTS = 4
KIB = 1024
# Small ones, several pieces, and one beyond what is lost without a checkpoint.
LAYER_BYTES = [1, 90 * KIB, 700 * KIB, 3000 * KIB, 9000 * KIB]
LARGE_BYTES = 80 * KIB * KIB
QUOTA = "48MiB"
LOAD_SECONDS = (0.02, 1.2)


class Broken(LabError):
    """A promise that was not kept."""


@dataclass
class Tally:
    """What all rounds together did."""

    rounds: int = 0
    restarts: int = 0
    blobs_checked: int = 0
    bytes_checked: int = 0
    pulls: int = 0
    pins: int = 0
    cut_off: int = 0  # requests that the kill ended

    def __str__(self) -> str:
        return (f"{self.rounds} rounds, {self.restarts} restarts: {self.blobs_checked} complete blobs "
                f"({self.bytes_checked / 1e6:.0f} MB) read back and right; {self.pulls} pulls, "
                f"{self.pins} pins, {self.cut_off} requests cut off; nothing lost")


@dataclass
class Images:
    """What the registry holds: by tag, the blobs of its image."""

    content: Content = field(default_factory=Content)
    blobs: dict[str, list[str]] = field(default_factory=dict)
    manifests: dict[str, str] = field(default_factory=dict)

    @classmethod
    def make(cls, chance: random.Random) -> "Images":
        images = cls()
        for number in range(IMAGES):
            sizes = [*chance.sample(LAYER_BYTES, 3), *([LARGE_BYTES] if number == 0 else [])]
            digests = [images.content.add_blob(chance.randbytes(size)) for size in sizes]
            layers = [{"mediaType": "application/octet-stream", "digest": digest, "size": size}
                      for digest, size in zip(digests, sizes, strict=True)]
            body = json.dumps({"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": layers[0],
                               "layers": layers[1:]}).encode()
            images.manifests[f"v{number}"] = images.content.add_manifest(body, OCI_MANIFEST, f"v{number}")
            images.blobs[f"v{number}"] = digests
        return images

    def all_of(self, tag: str) -> set[str]:
        """What a pin of it holds."""
        return {self.manifests[tag], *self.blobs[tag]}

    def bytes_of(self, digest: str) -> bytes:
        found = self.content.blobs.get(digest)
        return found if found is not None else self.content.manifests[digest][1]


class Client:
    """Asks one daemon; a connection that the kill ends is an OSError or an HTTPException."""

    def __init__(self, shoal: Shoal, images: Images) -> None:
        self._shoal = shoal
        self._images = images

    def manifest(self, tag: str) -> int:
        return self._mirror(f"manifests/{tag}")[0]

    def blob(self, digest: str, first: int = 0) -> bytes:
        """All from `first` on; Broken where a byte is wrong."""
        whole = self._images.bytes_of(digest)
        kind = "blobs" if digest in self._images.content.blobs else "manifests"
        status, body = self._mirror(f"{kind}/{digest}", {"Range": f"bytes={first}-"} if first else {})
        if status not in (200, 206):
            return b""
        if whole[first:first + len(body)] != body:
            raise Broken(f"{digest} from byte {first}: {len(body)} bytes came that are not the blob's")
        return body

    def pin(self, tag: str, is_on: bool) -> int:
        image = f"{REGISTRY_NAME}/{REPOSITORY}:{tag}"
        return self._admin("POST" if is_on else "DELETE", f"/v1/pins?image={image}")[0]

    def pinned(self) -> set[str]:
        images = json.loads(self._admin("GET", "/v1/images")[1])["images"]
        return {image["name"].rpartition(":")[2] for image in images if image["pinned"]}

    def complete(self, pinned_only: bool = False) -> set[str]:
        blobs = json.loads(self._admin("GET", "/v1/blobs?limit=1000")[1])["blobs"]
        return {blob["digest"] for blob in blobs
                if blob["complete"] and (blob["pinned"] or not pinned_only)}

    def _mirror(self, what: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        path = f"/v2/{REPOSITORY}/{what}?ns={REGISTRY_NAME}"
        status, _, body = self._shoal.get(path, **(headers or {}))
        return status, body

    def _admin(self, method: str, path: str) -> tuple[int, bytes]:
        admin = f"{self._shoal.address}:{ADMIN_PORT}"
        with contextlib.closing(http.client.HTTPConnection(admin, timeout=60)) as connection:
            connection.request(method, path)
            answer = connection.getresponse()
            return answer.status, answer.read()


class CrashTest:
    """`shoal` is not started yet. The same seed gives the same load; when what happens is up to the machine."""

    def __init__(self, shoal: Shoal, registry: ScriptedRegistry, images: Images, seed: int) -> None:
        self._shoal = shoal
        self._registry = registry
        self._images = images
        self._client = Client(shoal, images)
        self._chance = random.Random(seed)
        self._complete: set[str] = set()          # seen complete, and not evicted since
        self._evicts = False                      # in this round
        self._pins: dict[str, bool | None] = {}   # by tag; None: the kill came before the answer
        self.tally = Tally()

    def round(self) -> None:
        self.tally.rounds += 1
        self._evicts = self._chance.random() < 0.4
        self._shoal.store = {"min_free": "0", **({"quota": QUOTA} if self._evicts else {})}
        if self._evicts:
            self._complete &= self._kept()
        self._start_and_check()
        self._registry.down = False
        self._load(self._chance.uniform(*LOAD_SECONDS))

    def finish(self) -> None:
        """The last check, and everything once more, whole."""
        self._evicts = False
        self._shoal.store = {"min_free": "0"}
        self._start_and_check()
        self._registry.down = False
        for tag, digests in self._images.blobs.items():
            if self._client.manifest(tag) != 200:
                raise Broken(f"{tag} cannot be had after all")
            for digest in digests:
                if len(self._client.blob(digest)) != len(self._images.bytes_of(digest)):
                    raise Broken(f"{digest} cannot be had whole after all")
        if self._shoal.stop() != 0:
            raise Broken("the daemon did not end well")

    def _start_and_check(self) -> None:
        self._registry.down = True
        self._shoal.start()
        self.tally.restarts += 1
        complete = self._client.complete()
        lost = self._complete - complete
        if lost:
            raise Broken(f"complete before and not any more: {', '.join(sorted(lost))}")
        for digest in sorted(complete):
            content = self._client.blob(digest)
            if not content and self._evicts and digest not in self._complete:
                continue  # gone since it was listed
            if len(content) != len(self._images.bytes_of(digest)):
                raise Broken(f"{digest} is listed as complete, and {len(content)} bytes of it came")
            self.tally.blobs_checked += 1
            self.tally.bytes_checked += len(content)
        self._check_pins()

    def _check_pins(self) -> None:
        pinned = self._client.pinned()
        for tag, is_on in self._pins.items():
            if is_on is not None and is_on != (tag in pinned):
                raise Broken(f"{tag} was {'pinned' if is_on else 'unpinned'}, and that was answered; it is "
                             f"{'pinned' if tag in pinned else 'not pinned'}")
        self._pins = {tag: tag in pinned for tag in self._pins}

    def _kept(self) -> set[str]:
        """What may not be evicted: of images that are pinned, and have not been unpinned since."""
        return {digest for tag, is_on in self._pins.items() if is_on
                for digest in self._images.all_of(tag)}

    def _load(self, seconds: float) -> None:
        stop = threading.Event()
        broken: list[Broken] = []
        seeds = [self._chance.random() for _ in range(CLIENTS + 1)]
        jobs = [threading.Thread(target=self._guarded, args=(work, random.Random(seed), stop, broken))
                for work, seed in zip([self._pull] * CLIENTS + [self._pin_and_look], seeds, strict=True)]
        for job in jobs:
            job.start()
        time.sleep(seconds)
        self._shoal.kill()
        stop.set()
        for job in jobs:
            job.join()
        if broken:
            raise broken[0]

    def _guarded(self, work, chance: random.Random, stop: threading.Event, broken: list[Broken]) -> None:
        try:
            for _ in work(chance):
                if stop.is_set():
                    return
        except (OSError, http.client.HTTPException):
            self.tally.cut_off += 1
        except Broken as error:
            broken.append(error)

    def _pull(self, chance: random.Random) -> Iterator[None]:
        while True:
            tag = chance.choice(list(self._images.blobs))
            self._client.manifest(tag)
            yield
            for digest in self._images.blobs[tag]:
                size = len(self._images.bytes_of(digest))
                self._client.blob(digest, chance.choice([0, 0, 0, chance.randrange(size)]))
                self.tally.pulls += 1
                yield

    def _pin_and_look(self, chance: random.Random) -> Iterator[None]:
        small = list(self._images.blobs)[1:]
        while True:
            tag, is_on = chance.choice(small), chance.random() < 0.5
            before = self._pins.get(tag)
            self._pins[tag] = None
            if self._evicts and not is_on:
                self._complete -= self._images.all_of(tag)
            status = self._client.pin(tag, is_on)
            # Only 2xx changed something; pinning an image that is not here is refused.
            self._pins[tag] = is_on if status < 300 else before
            self.tally.pins += status < 300
            yield
            self._complete |= self._client.complete(pinned_only=self._evicts)
            yield


def run_rounds(workspace: Workspace, rounds: int, seed: int, progress=lambda test: None) -> Tally:
    """A registry and a daemon of their own. Broken with the seed and the round, where a promise was not kept."""
    subnet = Subnet()
    images = Images.make(random.Random(seed))
    registry = workspace.stopping(ScriptedRegistry(subnet[10], {REPOSITORY: images.content}))
    shoal = workspace.stopping(Shoal(workspace.folder / "shoal", subnet[11],
                                     {REGISTRY_NAME: {"url": registry.url}}, upstream={"access": "off"}))
    test = CrashTest(shoal, registry, images, seed)
    try:
        for _ in range(rounds):
            test.round()
            progress(test)
        test.finish()
    except LabError as error:
        raise Broken(f"seed {seed}, round {test.tally.rounds}: {error}") from error
    return test.tally
