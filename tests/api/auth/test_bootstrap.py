"""The first account."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import func, select

from api.auth.bootstrap import create_first_admin
from api.users.models import User
from runner import SettingsError
from tests.api.people import Service, expect


async def first_admin(service: Service) -> str | None:
    return await create_first_admin(service.services.settings, service.services.database)


async def sign_in(service: Service, name: str, password: str) -> Any:
    return await service.nobody.post("/auth/login", {"identifier": name, "password": password})


async def test_without_a_password_one_is_made_up_and_told_once(service: Service) -> None:
    password = await first_admin(service)
    assert password is not None
    assert len(password) >= 20
    assert expect(await sign_in(service, "admin", password))["user"]["role"] == "admin"
    assert await first_admin(service) is None


async def test_nothing_is_done_when_there_is_an_admin(service: Service) -> None:
    await service.admin()
    assert await first_admin(service) is None
    async with service.services.database.read() as work:
        assert (await work.session.execute(select(func.count()).select_from(User))).scalar_one() == 1


async def test_of_processes_that_start_at_once_one_makes_it(service: Service) -> None:
    made = await asyncio.gather(*(first_admin(service) for _ in range(4)))
    assert len([password for password in made if password is not None]) == 1
    async with service.services.database.read() as work:
        assert (await work.session.execute(select(func.count()).select_from(User))).scalar_one() == 1


async def test_nobody_becomes_an_admin_by_having_the_name(service: Service) -> None:
    person = await service.person("admin")
    with pytest.raises(SettingsError, match="SYNCODE_ADMIN_USERNAME"):
        await first_admin(service)
    assert expect(await person.get("/users/me"))["role"] == "user"


class TestGivenPassword:
    @pytest.fixture
    def changes(self) -> Mapping[str, Any]:
        return {"admin_username": "Chief", "admin_email": "Chief@Example.com", "admin_password": "correct horse"}

    async def test_it_is_taken_and_never_told(self, service: Service) -> None:
        assert await first_admin(service) is None
        user = expect(await sign_in(service, "chief@example.com", "correct horse"))["user"]
        assert (user["username"], user["email"], user["role"]) == ("Chief", "chief@example.com", "admin")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
class TestWhatNobodyCouldRegister:
    @pytest.fixture(
        params=[
            {"admin_password": "short!!"},
            {"admin_password": "x" * 129},
            {"admin_username": "my admin"},
            {"admin_username": "chief@example.com"},
            {"admin_username": "x" * 31},
            {"admin_email": "chief"},
        ],
        ids=str,
    )
    def changes(self, request: pytest.FixtureRequest) -> Mapping[str, Any]:
        return dict(request.param)

    async def test_it_is_refused_by_its_variable(self, service: Service, changes: Mapping[str, Any]) -> None:
        ((name, value),) = changes.items()
        with pytest.raises(SettingsError, match=f"^SYNCODE_{name.upper()}: ") as refusal:
            await first_admin(service)
        assert value not in str(refusal.value)
        async with service.services.database.read() as work:
            assert (await work.session.execute(select(func.count()).select_from(User))).scalar_one() == 0


async def test_one_is_made_anew_when_those_that_are_left_are_banned(service: Service) -> None:
    last, banned = await service.admin("last"), await service.admin("banned")
    expect(await last.patch(f"/admin/users/{banned.id}", {"banned": True}))
    assert await first_admin(service) is None
    expect(await last.delete("/users/me"), 204)
    password = await first_admin(service)
    assert password is not None
    assert expect(await sign_in(service, "admin", password))["user"]["role"] == "admin"
