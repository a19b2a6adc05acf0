"""A registry that sends its clients to object storage."""

from credentials import CREDENTIALS, PASSWORD, USER, write_docker_config
from laboratory import REFERENCE, LaboratoryTest
from lab.object_storage import ObjectStorage
from lab.registry import Htpasswd

STORAGE_HOST = 9


class RedirectTest(LaboratoryTest):
    def test_blobs_come_from_where_the_registry_points(self) -> None:
        registry = self.start_registry()
        front = self.start_front(registry)
        storage = self.start_storage()
        front.faults.redirect_blobs_to = storage.redirect_prefix
        [node] = self.start_nodes(1, front.url)
        node.containerd.fetch(REFERENCE)
        self.require_image(node)
        self.assertEqual(front.blob_bytes(), 0)
        self.assertGreaterEqual(sum(exchange.body_bytes for exchange in storage.exchanges),
                                self.image.blob_bytes())

    def test_credentials_stay_with_the_registry(self) -> None:
        config = write_docker_config(self.workspace.folder, PASSWORD)
        self.require_credentials_stay(upstream={"docker_config": str(config), "access": "shared"})

    def test_so_do_those_of_clients(self) -> None:
        self.require_credentials_stay("--user", CREDENTIALS)

    def require_credentials_stay(self, *fetch_options: str, **node_options) -> None:
        registry = self.start_registry(Htpasswd(USER, PASSWORD), CREDENTIALS)
        front = self.start_front(registry)
        storage = self.start_storage()
        front.faults.redirect_blobs_to = storage.redirect_prefix
        [node] = self.start_nodes(1, front.url, **node_options)
        node.containerd.fetch(REFERENCE, *fetch_options)
        self.require_image(node)
        self.assertTrue(any(exchange.authorization for exchange in front.exchanges))
        self.assertEqual([exchange.authorization for exchange in storage.exchanges],
                         [None] * len(storage.exchanges))

    def start_storage(self) -> ObjectStorage:
        return self.workspace.stopping(ObjectStorage(self.subnet[STORAGE_HOST], self.image))
