"""The catalogue of metadata definitions: empty, as in a cloud into which nobody loaded one (seen on 2025.2)."""

from typing import Any

from cloudlab.sim.errors import NotFound
from cloudlab.sim.web import Call


class Namespaces:
    """GET /metadefs/namespaces"""

    def get(self, call: Call) -> dict[str, Any]:
        return {
            "namespaces": [],
            "schema": "/v2/schemas/metadefs/namespaces",
            "first": "/v2/metadefs/namespaces",
        }


class OneNamespace:
    """GET /metadefs/namespaces/{namespace}"""

    def get(self, call: Call, namespace: str) -> dict[str, Any]:
        raise NotFound(f"Metadata definition namespace={namespace} was not found.")


class ResourceTypes:
    """GET /metadefs/resource_types"""

    def get(self, call: Call) -> dict[str, Any]:
        return {"resource_types": []}
