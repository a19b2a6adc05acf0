"""The read side of the OCI distribution specification 1.1, byte for byte, through a real daemon.

What a client is promised stands here as text: status line, header lines in their order, body. The
upstream is scripted where docker-registry cannot do a thing, and docker-registry itself where it can.
"""

import email
import email.policy
import json

from laboratory import REPOSITORY_NAME, LaboratoryTest
from lab.cluster import REGISTRY_NAME
from lab.raw_http import RawClient, RawResponse
from lab.scripted_registry import OCI_INDEX, OCI_MANIFEST, Content, ScriptedRegistry, digest_of
from lab.shoal import MIRROR_PORT, Shoal
from lab.small_image import TAG

NAME = "team/app"
NS = f"ns={REGISTRY_NAME}"
KEPT = "Connection: keep-alive"
BLOB = bytes(range(256)) * 40_000  # 10.24 MB: many pieces
CUSTOM_TYPE = "application/vnd.example.thing.v7+json"
# The largest that is let through, and white space that nobody may tidy up.
LARGEST = b'{"schemaVersion":2,"layers":[]}' + b" \n" * ((4_400_000 - 31) // 2)


class ReadSide(LaboratoryTest):
    """How each test talks to the daemon `self.shoal`: all on one connection, which has to stay good
    through every refusal."""

    shoal: Shoal

    def ask(self, method: str, path: str, *lines: str) -> RawResponse:
        return self.client.ask(method, f"/v2/{path}", *lines)

    def connect(self, shoal: Shoal) -> None:
        self.shoal = shoal
        self.client = RawClient(shoal.address, MIRROR_PORT)
        self.addCleanup(self.client.__exit__)

    def require(self, response: RawResponse, status_line: str, head: list[str], body: bytes) -> None:
        self.assertEqual(response.status_line, f"HTTP/1.1 {status_line}")
        self.assertEqual(response.head.split("\r\n"), head)
        self.assertEqual(len(response.body), len(body))
        self.assertTrue(response.body == body, "the body differs")

    def require_both(self, path: str, head: list[str], body: bytes) -> None:
        """GET gives this, and HEAD the same but for the body."""
        self.require(self.ask("GET", path), "200 OK", head, body)
        self.require(self.ask("HEAD", path), "200 OK", head, b"")

    def require_error(self, response: RawResponse, status_line: str, code: str) -> None:
        self.assertEqual(response.status_line, f"HTTP/1.1 {status_line}")
        self.assertEqual(response.header("Content-Type"), "application/json")
        self.assertEqual(response.header("Connection"), "keep-alive")
        document = json.loads(response.body)
        self.assertEqual(list(document), ["errors"])
        [error] = document["errors"]
        self.assertEqual(sorted(error), ["code", "detail", "message"])
        self.assertEqual(error["code"], code)
        self.assertTrue(error["message"])

    def require_manifest(self, reference: str, media_type: str, digest: str, body: bytes) -> None:
        self.require_both(f"{NAME}/manifests/{reference}?{NS}",
                          [f"Content-Type: {media_type}", f"Docker-Content-Digest: {digest}",
                           f'ETag: "{digest}"', f"Content-Length: {len(body)}", KEPT], body)

    def require_blob(self, digest: str, body: bytes) -> None:
        self.require_both(f"{NAME}/blobs/{digest}?{NS}", self.blob_head(digest, len(body)), body)

    @staticmethod
    def blob_head(digest: str, length: int, *, content_range: str = "",
                  media_type: str = "application/octet-stream") -> list[str]:
        return [f"Content-Type: {media_type}", f"Docker-Content-Digest: {digest}", f'ETag: "{digest}"',
                "Accept-Ranges: bytes", *([f"Content-Range: {content_range}"] if content_range else []),
                f"Content-Length: {length}", KEPT]

    def require_ranges(self, name: str, digest: str, whole: bytes) -> None:
        size = len(whole)
        path = f"{name}/blobs/{digest}?{NS}"
        for asked, first, end in (("0-0", 0, 1), ("5-9", 5, 10), (f"{size - 7}-", size - 7, size),
                                  ("-3", size - 3, size), (f"{size - 2}-{size + 99}", size - 2, size),
                                  (f"-{size + 1}", 0, size), ("0-", 0, size)):
            with self.subTest(range=asked):
                self.require(self.ask("GET", path, f"Range: bytes={asked}"), "206 Partial Content",
                             self.blob_head(digest, end - first,
                                            content_range=f"bytes {first}-{end - 1}/{size}"),
                             whole[first:end])
        for asked in (f"{size}-", "9-5", "-0", f"{size}-{size + 1},-0"):
            with self.subTest(range=asked):
                response = self.ask("GET", path, f"Range: bytes={asked}")
                self.require_error(response, "416 Range Not Satisfiable", "SIZE_INVALID")
                self.assertEqual(response.header("Content-Range"), f"bytes */{size}")
        for asked in ("bytes=", "bytes=x", "bytes=0-1,x", "lines=0-1"):
            with self.subTest(range=asked):
                self.require(self.ask("GET", path, f"Range: {asked}"), "200 OK",
                             self.blob_head(digest, size), whole)
        self.require_parts(name, digest, whole)

    def require_parts(self, name: str, digest: str, whole: bytes) -> None:
        """Several ranges: in the order asked for, those that touch joined, as a standard parser reads
        them and to the last byte of the frame."""
        size = len(whole)
        response = self.ask("GET", f"{name}/blobs/{digest}?{NS}",
                            f"Range: bytes={size - 100}-,0-9,1000-1499,1500-1999")
        self.assertEqual(response.status, 206)
        media_type = response.header("Content-Type")
        self.assertRegex(media_type, r"^multipart/byteranges; boundary=[0-9a-f]{32}$")
        self.assertIsNone(response.header("Content-Range"))
        boundary = media_type.partition("=")[2]
        expected = b""
        for first, end in ((size - 100, size), (0, 10), (1000, 2000)):
            expected += (f"{'' if not expected else chr(13) + chr(10)}--{boundary}\r\n"
                         "Content-Type: application/octet-stream\r\n"
                         f"Content-Range: bytes {first}-{end - 1}/{size}\r\n\r\n").encode()
            expected += whole[first:end]
        expected += f"\r\n--{boundary}--\r\n".encode()
        self.assertTrue(response.body == expected, "the parts differ")
        message = email.message_from_bytes(
            f"Content-Type: {media_type}\r\n\r\n".encode() + response.body, policy=email.policy.HTTP)
        self.assertEqual(len(list(message.iter_parts())), 3)


class ScriptedConformanceTest(ReadSide):
    def setUp(self) -> None:
        self.content = Content()
        self.other = Content()
        self.registry = self.workspace.stopping(ScriptedRegistry(
            self.subnet[10], {NAME: self.content, "team/other": self.other}))
        self.connect(self.start_shoal(self.registry.url))

    def test_base(self) -> None:
        head = ["Content-Type: application/json", "Docker-Distribution-API-Version: registry/2.0",
                "Content-Length: 2", KEPT]
        for path in ("/v2/", "/v2"):
            self.require(self.client.ask("GET", path), "200 OK", head, b"{}")
            self.require(self.client.ask("HEAD", path), "200 OK", head, b"")

    def test_manifests_by_tag_and_digest_are_byte_exact(self) -> None:
        plain = b'{ "schemaVersion": 2,\n\t"layers": [] }\n'
        for media_type, body in ((OCI_MANIFEST, plain), (CUSTOM_TYPE, plain + b" "),
                                 ("text/x-not-json", b"\x00\xff not JSON at all"), (OCI_INDEX, LARGEST)):
            with self.subTest(media_type=media_type):
                digest = self.content.add_manifest(body, media_type, "v1")
                self.require_manifest("v1", media_type, digest, body)
                self.require_manifest(digest, media_type, digest, body)

    def test_manifest_over_the_limit_is_refused(self) -> None:
        self.content.add_manifest(LARGEST + b"  ", OCI_MANIFEST, "huge")
        self.require_error(self.ask("GET", f"{NAME}/manifests/huge?{NS}"), "502 Bad Gateway", "UNAVAILABLE")

    def test_sha512_end_to_end(self) -> None:
        layer = self.content.add_blob(BLOB, "sha512")
        self.require_blob(layer, BLOB)
        self.require_ranges(NAME, layer, BLOB)
        body = json.dumps({"schemaVersion": 2, "layers": [
            {"mediaType": "application/x", "digest": layer, "size": len(BLOB)}]}).encode()
        digest = self.content.add_manifest(body, OCI_MANIFEST, algorithm="sha512")
        self.require_manifest(digest, OCI_MANIFEST, digest, body)

    def test_blobs_while_they_arrive_and_from_disk(self) -> None:
        digest = self.content.add_blob(BLOB)
        self.require_parts(NAME, digest, BLOB)  # the first request there is: nothing of it is here
        self.require_blob(digest, BLOB)
        before = self.registry.count("GET", "/blobs/")
        self.require_ranges(NAME, digest, BLOB)
        self.assertEqual(self.registry.count("GET", "/blobs/"), before)

    def test_empty_blob(self) -> None:
        for algorithm in ("sha256", "sha512"):
            digest = self.content.add_blob(b"", algorithm)
            self.require_blob(digest, b"")
            for asked in ("0-0", "0-", "-1", "0-0,5-6"):
                response = self.ask("GET", f"{NAME}/blobs/{digest}?{NS}", f"Range: bytes={asked}")
                self.require_error(response, "416 Range Not Satisfiable", "SIZE_INVALID")
                self.assertEqual(response.header("Content-Range"), "bytes */0")

    def test_conditional_requests(self) -> None:
        manifest = self.content.add_manifest(b"{}", CUSTOM_TYPE, "v1")
        blob = self.content.add_blob(b"0123456789")
        for path, digest in ((f"manifests/v1", manifest), (f"manifests/{manifest}", manifest),
                             (f"blobs/{blob}", blob)):
            for tag in (f'"{digest}"', f'W/"{digest}"', "*", f'"x", "{digest}"'):
                response = self.ask("GET", f"{NAME}/{path}?{NS}", f"If-None-Match: {tag}")
                self.assertEqual(response.status_line, "HTTP/1.1 304 Not Modified")
                self.assertEqual(response.header("ETag"), f'"{digest}"')
            self.assertEqual(self.ask("GET", f"{NAME}/{path}?{NS}", 'If-None-Match: "x"').status, 200)
        path = f"{NAME}/blobs/{blob}?{NS}"
        part = self.ask("GET", path, "Range: bytes=2-3", f'If-Range: "{blob}"')
        self.assertEqual((part.status, part.body), (206, b"23"))
        whole = self.ask("GET", path, "Range: bytes=2-3", 'If-Range: "x"')
        self.assertEqual((whole.status, whole.body), (200, b"0123456789"))

    def test_tags_in_pages(self) -> None:
        for pages in (True, False):
            self.content.pages_tags = pages
            for tag in ("a", "b", "c", "d", "e"):
                self.content.add_manifest(b"{}", CUSTOM_TYPE, tag)
            with self.subTest(upstream_pages=pages):
                self.assertEqual(self.tags(""), (["a", "b", "c", "d", "e"], None))
                self.assertEqual(self.tags("&n=9"), (["a", "b", "c", "d", "e"], None))
                self.assertEqual(self.tags("&n=0"), ([], None))
                link = f'</v2/{NAME}/tags/list?n=2&last=b&{NS}>; rel="next"'
                self.assertEqual(self.tags("&n=2"), (["a", "b"], link))
                link = f'</v2/{NAME}/tags/list?n=2&last=d&{NS}>; rel="next"'
                self.assertEqual(self.tags("&n=2&last=b"), (["c", "d"], link))
                self.assertEqual(self.tags("&n=2&last=d"), (["e"], None))
        for number in ("-1", "x", ""):
            self.require_error(self.ask("GET", f"{NAME}/tags/list?{NS}&n={number}"), "400 Bad Request",
                               "PAGINATION_NUMBER_INVALID")
        self.require_error(self.ask("GET", f"no/such/tags/list?{NS}"), "404 Not Found", "NAME_UNKNOWN")

    def tags(self, query: str) -> tuple[list[str], str | None]:
        response = self.ask("GET", f"{NAME}/tags/list?{NS}{query}")
        self.assertEqual(response.status_line, "HTTP/1.1 200 OK")
        self.assertEqual(response.header("Content-Type"), "application/json")
        head = self.ask("HEAD", f"{NAME}/tags/list?{NS}{query}")
        self.assertEqual((head.head, head.body), (response.head, b""))
        document = json.loads(response.body)
        self.assertEqual(document["name"], NAME)
        return document["tags"], response.header("Link")

    def test_referrers(self) -> None:
        subject = self.content.add_manifest(b"{}", CUSTOM_TYPE, "v1")
        sbom = {"mediaType": OCI_MANIFEST, "digest": digest_of(b"1"), "size": 1, "artifactType": "a/sbom"}
        note = {"mediaType": OCI_MANIFEST, "digest": digest_of(b"2"), "size": 1, "artifactType": "a/note"}
        self.assertEqual(self.referrers(subject), ([], None))
        self.content.referrers[subject] = [sbom, note]
        for filters in (True, False):
            self.content.filters_referrers = filters
            with self.subTest(upstream_filters=filters):
                self.assertEqual(self.referrers(subject), ([sbom, note], None))
                self.assertEqual(self.referrers(subject, "a/note"), ([note], "artifactType"))
                self.assertEqual(self.referrers(subject, "a/none"), ([], "artifactType"))

    def test_referrers_by_the_fallback_tag(self) -> None:
        self.content.lists_referrers = False
        note = {"mediaType": OCI_MANIFEST, "digest": digest_of(b"2"), "size": 1, "artifactType": "a/note"}
        index = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [note]}).encode()
        for algorithm in ("sha256", "sha512"):
            subject = digest_of(b"subject", algorithm)
            self.assertEqual(self.referrers(subject), ([], None))
            hexes = subject.partition(":")[2]
            self.content.add_manifest(index, OCI_INDEX, f"{algorithm}-{hexes[:64]}")
            self.assertEqual(self.referrers(subject), ([note], None))
            self.assertEqual(self.referrers(subject, "a/other"), ([], "artifactType"))

    def referrers(self, subject: str, artifact_type: str = "") -> tuple[list[dict], str | None]:
        query = f"&artifactType={artifact_type}" if artifact_type else ""
        response = self.ask("GET", f"{NAME}/referrers/{subject}?{NS}{query}")
        self.assertEqual(response.status_line, "HTTP/1.1 200 OK")
        self.assertEqual(response.header("Content-Type"), OCI_INDEX)
        head = self.ask("HEAD", f"{NAME}/referrers/{subject}?{NS}{query}")
        self.assertEqual((head.head, head.body), (response.head, b""))
        document = json.loads(response.body)
        self.assertEqual((document["schemaVersion"], document["mediaType"]), (2, OCI_INDEX))
        return document["manifests"], response.header("OCI-Filters-Applied")

    def test_warnings_of_the_registry(self) -> None:
        self.content.warning = '299 - "this repository moves on Monday"'
        self.content.add_manifest(b"{}", CUSTOM_TYPE, "v1")
        for path in (f"{NAME}/manifests/v1", f"{NAME}/tags/list", f"{NAME}/referrers/{digest_of(b'')}"):
            self.assertEqual(self.ask("GET", f"{path}?{NS}").header("Warning"), self.content.warning)

    def test_errors(self) -> None:
        unknown = digest_of(b"unknown")
        for path, status_line, code in (
                (f"{NAME}/manifests/none", "404 Not Found", "MANIFEST_UNKNOWN"),
                (f"{NAME}/manifests/{unknown}", "404 Not Found", "MANIFEST_UNKNOWN"),
                (f"{NAME}/manifests/.x", "404 Not Found", "MANIFEST_UNKNOWN"),
                (f"{NAME}/blobs/{unknown}", "404 Not Found", "BLOB_UNKNOWN"),
                (f"{NAME}/blobs/sha256:00", "404 Not Found", "DIGEST_INVALID"),
                (f"{NAME}/blobs/md5:{'0' * 32}", "404 Not Found", "DIGEST_INVALID"),
                (f"{NAME}/referrers/sha256:00", "400 Bad Request", "DIGEST_INVALID"),
                ("UPPER/manifests/v1", "404 Not Found", "NAME_INVALID"),
                ("a//b/manifests/v1", "404 Not Found", "NAME_INVALID"),
                ("..%2f..%2fetc/passwd/manifests/v1", "404 Not Found", "NAME_INVALID"),
                ("a%00b/manifests/v1", "400 Bad Request", "NAME_INVALID"),
                ("_catalog", "404 Not Found", "UNSUPPORTED")):
            for method in ("GET", "HEAD"):
                with self.subTest(method=method, path=path):
                    response = self.ask(method, f"{path}?{NS}")
                    if method == "HEAD":
                        self.assertEqual(response.status_line, f"HTTP/1.1 {status_line}")
                        self.assertEqual(response.body, b"")
                    else:
                        self.require_error(response, status_line, code)
        other = self.ask("GET", f"{NAME}/manifests/v1?ns=nobody.example")
        self.require(other, "404 Not Found", ["Content-Type: application/json",
                                              f"Content-Length: {len(other.body)}", KEPT],
                     b'{"errors":[{"code":"NAME_UNKNOWN","detail":null,"message":"registry nobody.example '
                     b'is not in this mirror\'s configuration"}]}')

    def test_writes_are_refused(self) -> None:
        for method, path in (("POST", f"{NAME}/blobs/uploads/"), ("PUT", f"{NAME}/manifests/v1"),
                             ("PATCH", f"{NAME}/blobs/uploads/1"), ("DELETE", f"{NAME}/manifests/v1"),
                             ("OPTIONS", "")):
            response = self.ask(method, path, "Content-Length: 0")
            self.require_error(response, "405 Method Not Allowed", "UNSUPPORTED")
            self.assertEqual(response.header("Allow"), "GET, HEAD")

    def test_tag_never_answers_with_what_cannot_be_had(self) -> None:
        digest = self.content.add_manifest(b"{}", CUSTOM_TYPE, "v1")
        del self.content.manifests[digest]
        self.content.manifests["v1"] = (CUSTOM_TYPE, b"{}")
        self.require_error(self.ask("GET", f"{NAME}/manifests/v1?{NS}"), "404 Not Found", "MANIFEST_UNKNOWN")
        self.assertEqual(self.ask("HEAD", f"{NAME}/manifests/v1?{NS}").status, 404)
        self.content.add_manifest(b"{}", CUSTOM_TYPE, "v1")
        answer = self.ask("HEAD", f"{NAME}/manifests/v1?{NS}")
        self.assertEqual(answer.header("Docker-Content-Digest"), digest)
        self.registry.down = True
        self.assertEqual(self.ask("GET", f"{NAME}/manifests/{digest}?{NS}").body, b"{}")

    def test_unchanged_tag_costs_no_get(self) -> None:
        self.content.add_manifest(b"{}", CUSTOM_TYPE, "v1")
        for _ in range(5):
            self.assertEqual(self.ask("GET", f"{NAME}/manifests/v1?{NS}").status, 200)
        # One more asks whether anybody may read it.
        self.assertEqual(self.registry.count("HEAD", "/manifests/v1$"), 6)
        self.assertEqual(self.registry.count("GET", "/manifests/"), 1)

    def test_requests_that_do_not_name_their_registry(self) -> None:
        body = json.dumps({"layers": [{"digest": self.content.add_blob(b"layer"), "size": 5,
                                       "mediaType": "a/b"}]}).encode()
        self.content.add_manifest(body, OCI_MANIFEST, "v1")
        path = f"{REGISTRY_NAME}/{NAME}"
        self.assertEqual(self.ask("GET", f"{path}/manifests/v1").body, body)
        layer = digest_of(b"layer")
        self.assertEqual(self.ask("GET", f"{NAME}/blobs/{layer}").body, b"layer")
        self.require_error(self.ask("GET", f"{NAME}/tags/list"), "404 Not Found", "NAME_UNKNOWN")
        self.assertEqual(self.ask("GET", f"{path}/tags/list").status, 200)


class DockerRegistryConformanceTest(ReadSide):
    """The same promises, of what an unmodified docker-registry holds."""

    def setUp(self) -> None:
        self.registry = self.start_registry()
        self.connect(self.start_shoal(self.registry.url))

    def test_image(self) -> None:
        index = self.blob(self.image.index_digest)
        for reference in (TAG, self.image.index_digest):
            self.require_both(f"{REPOSITORY_NAME}/manifests/{reference}?{NS}", [
                f"Content-Type: {OCI_INDEX}", f"Docker-Content-Digest: {self.image.index_digest}",
                f'ETag: "{self.image.index_digest}"', f"Content-Length: {len(index)}", KEPT], index)
        for digest in self.image.layers():
            whole = self.blob(digest)
            self.require_both(f"{REPOSITORY_NAME}/blobs/{digest}?{NS}",
                              self.blob_head(digest, len(whole)), whole)

    def test_ranges(self) -> None:
        digest = self.largest_layer()
        self.require_ranges(REPOSITORY_NAME, digest, self.blob(digest))

    def test_lists(self) -> None:
        response = self.ask("GET", f"{REPOSITORY_NAME}/tags/list?{NS}")
        self.assertEqual(json.loads(response.body), {"name": REPOSITORY_NAME, "tags": [TAG]})
        self.assertEqual(json.loads(self.ask("GET", f"{REPOSITORY_NAME}/tags/list?{NS}&n=0").body)["tags"], [])
        self.require_error(self.ask("GET", f"no/such/tags/list?{NS}"), "404 Not Found", "NAME_UNKNOWN")
        referrers = self.ask("GET", f"{REPOSITORY_NAME}/referrers/{self.image.index_digest}?{NS}")
        self.assertEqual((referrers.status, json.loads(referrers.body)["manifests"]), (200, []))

    def test_errors(self) -> None:
        unknown = digest_of(b"unknown")
        self.require_error(self.ask("GET", f"{REPOSITORY_NAME}/manifests/none?{NS}"), "404 Not Found",
                           "MANIFEST_UNKNOWN")
        self.require_error(self.ask("GET", f"{REPOSITORY_NAME}/manifests/{unknown}?{NS}"), "404 Not Found",
                           "MANIFEST_UNKNOWN")
        self.require_error(self.ask("GET", f"{REPOSITORY_NAME}/blobs/{unknown}?{NS}"), "404 Not Found",
                           "BLOB_UNKNOWN")
