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


async def sign_in(service: Service, name: str, password: str) -> Any:
    return await service.nobody.post("/auth/login", {"identifier": name, "password": password})


async def test_without_a_password_one_is_made_up_and_told_once(service: Service) -> None:
    password = await create_first_admin(service.services)
    assert password is not None
    assert len(password) >= 20
    assert expect(await sign_in(service, "admin", password))["user"]["role"] == "admin"
    assert await create_first_admin(service.services) is None


async def test_nothing_is_done_when_there_is_an_admin(service: Service) -> None:
    await service.admin()
    assert await create_first_admin(service.services) is None
    async with service.services.database.read() as work:
        assert (await work.session.execute(select(func.count()).select_from(User))).scalar_one() == 1


async def test_of_processes_that_start_at_once_one_makes_it(service: Service) -> None:
    made = await asyncio.gather(*(create_first_admin(service.services) for _ in range(4)))
    assert len([password for password in made if password is not None]) == 1
    async with service.services.database.read() as work:
        assert (await work.session.execute(select(func.count()).select_from(User))).scalar_one() == 1


async def test_nobody_becomes_an_admin_by_having_the_name(service: Service) -> None:
    person = await service.person("admin")
    with pytest.raises(SettingsError, match="SYNCODE_ADMIN_USERNAME"):
        await create_first_admin(service.services)
    assert expect(await person.get("/users/me"))["role"] == "user"


class TestGivenPassword:
    @pytest.fixture
    def changes(self) -> Mapping[str, Any]:
        return {"admin_username": "Chief", "admin_email": "Chief@Example.com", "admin_password": "correct horse"}

    async def test_it_is_taken_and_never_told(self, service: Service) -> None:
        assert await create_first_admin(service.services) is None
        user = expect(await sign_in(service, "chief@example.com", "correct horse"))["user"]
        assert (user["username"], user["email"], user["role"]) == ("Chief", "chief@example.com", "admin")


class TestShortPassword:
    @pytest.fixture
    def changes(self) -> Mapping[str, Any]:
        return {"admin_password": "short"}

    async def test_it_is_refused(self, service: Service) -> None:
        with pytest.raises(SettingsError, match="SYNCODE_ADMIN_PASSWORD"):
            await create_first_admin(service.services)
