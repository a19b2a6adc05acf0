"""Private content, cached here or at a peer, is for those alone to whom its registry would give it."""

import urllib.request

from credentials import CREDENTIALS, PASSWORD, USER, encoded, write_docker_config
from laboratory import REFERENCE, REGISTRY_HOST, LaboratoryTest, blob_path, manifest_path
from lab.certificates import make_certificate
from lab.cluster import REGISTRY_NAME, Node
from lab.errors import LabError
from lab.registry import Htpasswd, Registry
from lab.small_image import TAG
from lab.token_server import TokenServer

BASIC = {"Authorization": f"Basic {encoded(PASSWORD)}"}
WRONG = {"Authorization": f"Basic {encoded('wrong-' + PASSWORD)}"}


def metrics_of(node: Node) -> bytes:
    with urllib.request.urlopen(f"{node.shoal.admin_url}/metrics", timeout=10) as answer:
        return answer.read()


class PrivacyTest(LaboratoryTest):
    def test_a_stranger_cannot_get_what_another_node_or_this_one_has(self) -> None:
        registry = self.start_registry(Htpasswd(USER, PASSWORD), CREDENTIALS)
        first, second = self.start_nodes(2, registry.url)
        first.containerd.fetch(REFERENCE, "--user", CREDENTIALS)
        self.require_image(first)
        for node in (first, second):
            self.require_closed(node)
        with self.assertRaises(LabError):
            second.containerd.fetch(REFERENCE)
        self.require_no_secret(first, second)

    def test_who_has_credentials_gets_it_from_the_peer(self) -> None:
        registry = self.start_registry(Htpasswd(USER, PASSWORD), CREDENTIALS)
        first, second = self.start_nodes(2, registry.url)
        first.containerd.fetch(REFERENCE, "--user", CREDENTIALS)
        mark = registry.mark()
        second.containerd.fetch(REFERENCE, "--user", CREDENTIALS)
        self.require_image(second)
        layer = self.largest_layer()
        self.assertFalse([sent for sent in registry.sent(mark)
                          if layer in sent.path and sent.method == "GET" and sent.status < 300])
        self.require_no_secret(first, second)

    def test_a_token_of_the_clients_own_opens_it(self) -> None:
        tokens, registry = self.start_token_registry()
        first, second = self.start_nodes(2, registry.url)
        status, headers, _ = first.shoal.get(manifest_path(TAG))
        self.assertEqual(status, 401)
        self.assertIn("Bearer realm=", headers["www-authenticate"])
        self.assertIn("repository:team/small:pull", headers["www-authenticate"])
        token = {"Authorization": f"Bearer {tokens.issue(('repository:team/small:pull',))}"}
        self.assertEqual(first.shoal.get(manifest_path(TAG), **token)[0], 200)
        layer = self.largest_layer()
        self.assertEqual(first.shoal.get(blob_path(layer), **token)[2], self.blob(layer))
        self.assertEqual(second.shoal.get(blob_path(layer))[0], 401)
        self.require_no_secret(first, second, token["Authorization"])

    def test_a_public_repositorys_name_opens_no_private_content(self) -> None:
        private = self.start_registry(Htpasswd(USER, PASSWORD), CREDENTIALS)
        address = self.subnet[12]
        public = Registry(self.workspace.folder / "public", address, 5000,
                          self.workspace.folder / "public" / "storage")
        self.workspace.stopping(public).start()
        registries = {REGISTRY_NAME: {"url": private.url}, "public.test": {"url": public.url},
                      "shared.test": {"url": public.url, "access": "shared"},
                      "off.test": {"url": public.url, "access": "off"}}
        [node] = self.start_nodes(1, private.url, registries=registries)
        node.containerd.fetch(REFERENCE, "--user", CREDENTIALS)
        layer = self.largest_layer()
        for registry in ("public.test", "shared.test", "off.test"):
            for path in (f"/v2/{name}/{kind}/{digest}?ns={registry}"
                         for name in ("team/small", "any/thing")
                         for kind, digest in (("blobs", layer), ("manifests", self.image.index_digest))):
                self.assertEqual(node.shoal.get(path)[0], 404, path)

    def test_shared_lets_every_client_read_what_the_node_can(self) -> None:
        registry = self.start_registry(Htpasswd(USER, PASSWORD), CREDENTIALS)
        config = write_docker_config(self.workspace.folder, PASSWORD)
        [node] = self.start_nodes(1, registry.url,
                                  upstream={"docker_config": str(config), "access": "shared"})
        node.containerd.fetch(REFERENCE)
        self.require_image(node)

    def test_a_dead_registry_closes_nothing_and_opens_nothing(self) -> None:
        registry = self.start_registry(Htpasswd(USER, PASSWORD), CREDENTIALS)
        [node] = self.start_nodes(1, registry.url)
        self.assertEqual(node.shoal.get(manifest_path(TAG), **BASIC)[0], 200)
        layer = self.largest_layer()
        self.assertEqual(node.shoal.get(blob_path(layer), **BASIC)[2], self.blob(layer))
        registry.stop()
        self.assertEqual(node.shoal.get(blob_path(layer), **BASIC)[2], self.blob(layer))
        self.assertEqual(node.shoal.get(blob_path(layer))[0], 503)
        self.assertEqual(node.shoal.get(blob_path(layer), **WRONG)[0], 503)

    def require_closed(self, node: Node) -> None:
        """By tag, by digest, by blob, by range, by list; with nothing, and with a wrong password."""
        layer = self.largest_layer()
        paths = [manifest_path(TAG), manifest_path(self.image.index_digest), blob_path(layer),
                 f"/v2/team/small/tags/list?ns={REGISTRY_NAME}",
                 f"/v2/team/small/referrers/{self.image.index_digest}?ns={REGISTRY_NAME}"]
        for path in paths:
            for credentials in ({}, WRONG):
                status, headers, body = node.shoal.get(path, **credentials)
                self.assertEqual(status, 401, path)
                self.assertIn("Basic realm=", headers["www-authenticate"], path)
                self.assertNotIn(self.blob(layer)[:64], body)
        self.assertEqual(node.shoal.get(blob_path(layer), Range="bytes=0-99")[0], 401)

    def require_no_secret(self, first: Node, second: Node, *more: str) -> None:
        """Nowhere where people look, nor on disk."""
        secrets = [PASSWORD, encoded(PASSWORD), *(text.removeprefix("Bearer ") for text in more)]
        for node in (first, second):
            shown = node.shoal.log_file.read_bytes() + metrics_of(node)
            kept = b"".join(path.read_bytes() for path in node.shoal.folder.rglob("index/*")
                            if path.is_file())
            for secret in secrets:
                self.assertNotIn(secret.encode(), shown)
                self.assertNotIn(secret.encode(), kept)

    def start_token_registry(self) -> tuple[TokenServer, Registry]:
        address = self.subnet[REGISTRY_HOST]
        certificate = make_certificate(self.workspace.folder, "tokens", address)
        tokens = self.workspace.stopping(TokenServer(address, certificate, USER, PASSWORD))
        return tokens, self.start_registry(tokens.auth, CREDENTIALS)
