"""What every operation has in common."""

from __future__ import annotations

from tests.api.people import Service, expect, refused


async def test_a_route_that_is_not_there(service: Service) -> None:
    refused(await service.nobody.get("/nowhere"), 404, "NOT_FOUND")
    refused(await service.client.get("/nowhere"), 404, "NOT_FOUND")


async def test_the_document_is_served(service: Service) -> None:
    document = expect(await service.nobody.get("/openapi.json"))
    assert document["openapi"].startswith("3.1")
