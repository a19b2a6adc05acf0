"""An API server of Kubernetes, as far as `helm template --dry-run=server` needs one."""

import http.server
import json
import threading


def resources(version: str, *kinds: str) -> dict:
    return {"kind": "APIResourceList", "groupVersion": version, "resources": [
        {"name": f"{kind.lower()}s", "kind": kind, "namespaced": True, "verbs": ["get"]} for kind in kinds]}


class KubernetesWithSecrets:
    """As much of the API as `lookup` in a template asks for: two Secrets, and what kinds there are."""

    def __init__(self, namespace: str, *secrets: dict) -> None:
        # What Helm writes beside what it renders.
        owner = {"meta.helm.sh/release-name": "shoal", "meta.helm.sh/release-namespace": namespace}
        names = {secret["metadata"]["name"]: secret | {"metadata": secret["metadata"] | {"annotations": owner}}
                 for secret in secrets}
        answers = {"/version": {"major": "1", "minor": "33", "gitVersion": "v1.33.0"},
                   "/api": {"kind": "APIVersions", "versions": ["v1"]},
                   "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": [
                       {"name": "apps", "versions": [{"groupVersion": "apps/v1", "version": "v1"}]}]},
                   "/api/v1": resources("v1", "Secret", "ServiceAccount", "ConfigMap", "Service"),
                   "/apis/apps/v1": resources("apps/v1", "DaemonSet")}

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                answer = answers.get(path) or names.get(path.removeprefix(f"/api/v1/namespaces/{namespace}/secrets/"))
                body = json.dumps(answer or {"kind": "Status", "apiVersion": "v1", "reason": "NotFound", "code": 404})
                self.send_response(200 if answer else 404)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> str:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.server.server_close()
