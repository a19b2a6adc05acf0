"""Registries that want to know who asks."""

from credentials import CREDENTIALS, PASSWORD, USER, encoded, write_docker_config
from laboratory import REFERENCE, REGISTRY_HOST, LaboratoryTest, blob_path, manifest_path
from lab.certificates import make_certificate
from lab.cluster import REGISTRY_NAME, Node
from lab.errors import LabError
from lab.registry import Htpasswd, Registry
from lab.small_image import TAG
from lab.token_server import TokenServer


class AuthTest(LaboratoryTest):
    def test_htpasswd_registry_is_read_with_basic_credentials(self) -> None:
        registry = self.start_registry(Htpasswd(USER, PASSWORD), CREDENTIALS)
        [node] = self.start_node_with_password(registry, PASSWORD)
        node.containerd.fetch(REFERENCE)
        self.require_image(node)
        self.require_no_secret_in_log(node)

    def test_token_server_is_asked_once_for_a_whole_pull(self) -> None:
        tokens, registry = self.start_token_registry()
        [node] = self.start_node_with_password(registry, PASSWORD)
        tokens.requests.clear()
        node.containerd.fetch(REFERENCE)
        self.require_image(node)
        self.assertTrue(tokens.requests)
        self.assertTrue(tokens.requests[-1].granted)
        self.assertEqual(tokens.requests[-1].scopes, ("repository:team/small:pull",))
        # One token serves the manifests and all blobs; a second asker at the very start is fine.
        self.assertLessEqual(sum(request.granted for request in tokens.requests), 2)
        self.require_no_secret_in_log(node)

    def test_wrong_password_is_refused_and_not_logged(self) -> None:
        registry = self.start_registry(Htpasswd(USER, PASSWORD), CREDENTIALS)
        [node] = self.start_node_with_password(registry, "wrong-" + PASSWORD)
        with self.assertRaises(LabError):
            node.containerd.fetch(REFERENCE)
        status, _, body = node.shoal.get(manifest_path(TAG))
        self.assertEqual(status, 403)
        self.assertIn(REGISTRY_NAME.encode(), body)
        self.require_no_secret_in_log(node)

    def test_wrong_password_at_the_token_server_is_refused(self) -> None:
        _, registry = self.start_token_registry()
        [node] = self.start_node_with_password(registry, "wrong-" + PASSWORD)
        self.assertEqual(node.shoal.get(manifest_path(TAG))[0], 403)
        self.require_no_secret_in_log(node)

    def test_no_credentials_are_refused(self) -> None:
        registry = self.start_registry(Htpasswd(USER, PASSWORD), CREDENTIALS)
        [node] = self.start_nodes(1, registry.url)
        self.assertEqual(node.shoal.get(manifest_path(TAG))[0], 401)
        self.assertEqual(node.shoal.get(blob_path(self.largest_layer()))[0], 401)

    def test_https_registry_is_trusted_by_its_ca_file(self) -> None:
        certificate = make_certificate(self.workspace.folder, "registry", self.subnet[REGISTRY_HOST])
        registry = self.start_registry(certificate=certificate)
        settings = {"url": registry.url, "ca_file": str(certificate.certificate)}
        [node] = self.start_nodes(1, registry.url, registries={REGISTRY_NAME: settings})
        node.containerd.fetch(REFERENCE)
        self.require_image(node)

    def test_https_registry_with_an_unknown_ca_is_not_trusted(self) -> None:
        certificate = make_certificate(self.workspace.folder, "registry", self.subnet[REGISTRY_HOST])
        registry = self.start_registry(certificate=certificate)
        mark = registry.mark()
        [node] = self.start_nodes(1, registry.url)
        status, _, body = node.shoal.get(manifest_path(TAG))
        self.assertGreaterEqual(status, 500)
        self.assertIn(b"certificate", body)
        self.assertEqual(list(registry.sent(mark)), [])

    def start_token_registry(self) -> tuple[TokenServer, Registry]:
        address = self.subnet[REGISTRY_HOST]
        certificate = make_certificate(self.workspace.folder, "tokens", address)
        tokens = self.workspace.stopping(TokenServer(address, certificate, USER, PASSWORD))
        return tokens, self.start_registry(tokens.auth, CREDENTIALS)

    def start_node_with_password(self, registry: Registry, password: str) -> list[Node]:
        config = write_docker_config(self.workspace.folder, password)
        return self.start_nodes(1, registry.url, upstream={"docker_config": str(config), "access": "shared"})

    def require_no_secret_in_log(self, node: Node) -> None:
        log = node.shoal.log_file.read_text()
        self.assertNotIn(PASSWORD, log)
        self.assertNotIn(encoded(PASSWORD), log)
        self.assertNotIn("Bearer ey", log)
