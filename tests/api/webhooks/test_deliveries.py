"""What receivers are told, when, how often, and by whom they can know that it was."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from api.execution.models import OutboxJob, Run
from api.execution.recovery import forget_old_results
from api.execution.settlement import RowSettlement
from api.users.models import User
from api.webhooks import delivering, repository
from api.webhooks.delivering import LEASE, MOST_FAILED, Deliverer
from api.webhooks.embedded import PER_USER, EmbeddedCourier
from api.webhooks.models import Webhook
from api.webhooks.posting import Poster
from api.webhooks.service import forget_old_attempts
from judge import Verdict
from runner.depot import Folder
from runner.envelope import decode
from runner.performing import not_done
from tests.api.execution.work import SLEEPER, accept, again, batched, done, hand_in, judged, program, start_batch, until
from tests.api.people import Person, Service, expect, refused
from tests.api.rooms.parties import make_problem, open_room
from tests.api.webhooks.receiver import Certificates, Handler, Receiver, status
from tests.api.webhooks.work import attempts, later, make, mine, settled, waiting

# Nothing of these depends on the kind of database.
once = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

RIGHT = "print(sum(map(int, input().split())))\n"


async def test_a_finished_run_is_told_as_its_owner_would_read_it(
    service: Service, ann: Person, bob: Person, receiver: Receiver
) -> None:
    webhook = await make(ann, receiver.url)
    await make(bob, receiver.url)
    run = await done(ann, await accept(ann, "print('é\\0', flush=True)\nraise SystemExit(3)\n"))
    (came,) = await receiver.get(1)
    await settled(service)
    content = came.content
    assert set(content) == {"id", "event", "createdAt", "data"}
    assert content["data"] == run
    assert content["event"] == came.event == "execution.finished"
    assert content["id"] == came.delivery
    assert content["createdAt"] == service.clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert came.headers["content-type"] == "application/json"
    assert came.headers["user-agent"].startswith("SynCode/")
    assert came.signed_with(webhook["secret"])
    assert came.signature[0] == int(service.clock.now().timestamp())
    assert len(came.signature[1]) == 1
    assert len(receiver.requests) == 1
    (listed,) = await attempts(ann, webhook)
    assert listed == {
        "deliveryId": came.delivery,
        "event": "execution.finished",
        "attempt": 1,
        "statusCode": 204,
        "error": None,
        "deliveredAt": content["createdAt"],
    }
    assert await waiting(service) == 0


async def test_submissions_batches_and_validations_are_told_too(
    ann: Person, admin: Person, service: Service, receiver: Receiver
) -> None:
    await make(ann, receiver.url, "submission.finished", "batch.finished")
    await make(admin, receiver.url, "validation.finished")
    problem = await make_problem(admin)
    room = await open_room(ann, problemId=problem)
    submission = await judged(ann, await hand_in(ann, room, RIGHT))
    batch = await batched(ann, (await start_batch(ann, "print(input())\n", {"stdin": "1"}, {}))[0])
    accepted = expect(await admin.post(f"/problems/{problem}/validate"), 202)
    path = f"/problems/{problem}/validations/{accepted['validationId']}"
    validation = expect(await admin.get(path, waitMs=30_000))
    await receiver.get(3)
    await settled(service)
    told = {came.event: came.content["data"] for came in receiver.requests}
    assert told == {
        "submission.finished": submission,
        "batch.finished": batch,
        "validation.finished": validation,
    }
    assert len(receiver.requests) == 3


@once
async def test_hidden_tests_stay_hidden_from_who_is_no_admin_any_more(
    ann: Person, admin: Person, service: Service, receiver: Receiver
) -> None:
    hidden = {"input": "1 2\n", "expectedOutput": "3\n", "isHidden": True, "description": "planted"}
    problem = await make_problem(admin, testCases=[hidden])
    rooms = [await open_room(person, problemId=problem) for person in (ann, admin)]
    for person, room in zip((ann, admin), rooms, strict=True):
        webhook = (await make(person, receiver.url))["webhookId"]
        await judged(person, await hand_in(person, room, RIGHT, webhookId=webhook))
    validation = expect(await admin.post(f"/problems/{problem}/validate"), 202)["validationId"]
    expect(await admin.get(f"/problems/{problem}/validations/{validation}", waitMs=30_000))
    receiver.answer = status(500)
    users, admins, validated = sorted(await receiver.get(3), key=lambda came: ("validation" in came.event, came.body))
    shown = {came.content["data"]["testCases"][0]["input"] for came in (users, admins)}
    assert shown == {None, "1 2\n"}
    assert validated.event == "validation.finished"
    await settled(service)
    receiver.requests.clear()
    again_ = await judged(admin, await hand_in(admin, rooms[1], RIGHT))
    assert again_["testCases"][0]["input"] == "1 2\n"
    assert (await receiver.get(1))[0].content["data"] == again_
    await settled(service)
    async with service.services.database.write() as work:
        await work.session.execute(update(User).where(User.id == admin.id).values(role="user"))
    await later(service, seconds=11)
    assert receiver.requests[1].content["data"]["testCases"][0]["input"] is None
    assert "planted" not in receiver.requests[1].body.decode()


@once
async def test_who_is_no_admin_any_more_hears_of_no_validation(
    admin: Person, service: Service, receiver: Receiver
) -> None:
    receiver.answer = status(503)
    webhook = await make(admin, receiver.url)
    problem = await make_problem(admin)
    validation = expect(await admin.post(f"/problems/{problem}/validate"), 202)["validationId"]
    expect(await admin.get(f"/problems/{problem}/validations/{validation}", waitMs=30_000))
    await receiver.get(1)
    await settled(service)
    async with service.services.database.write() as work:
        await work.session.execute(update(User).where(User.id == admin.id).values(role="user"))
    await later(service, seconds=11)
    assert len(receiver.requests) == 1
    last, first = await attempts(admin, webhook)
    assert (first["statusCode"], last["statusCode"]) == (503, None)
    assert last["error"] == "What this tells of is not there any more"
    assert await waiting(service) == 0


@once
async def test_a_job_tells_the_webhook_it_names_and_no_other(
    ann: Person, admin: Person, service: Service, receiver: Receiver
) -> None:
    named = await make(ann, f"{receiver.url}/named", "report.ready")
    await make(ann, f"{receiver.url}/other")
    unsubscribed = await make(ann, f"{receiver.url}/unsubscribed", "batch.finished")
    problem = await make_problem(admin)
    room = await open_room(ann, problemId=problem)
    chosen = {"webhookId": named["webhookId"]}
    await done(ann, await accept(ann, **chosen))
    await done(ann, await accept(ann, room=room, **chosen))
    await judged(ann, await hand_in(ann, room, RIGHT, **chosen))
    await batched(ann, (await start_batch(ann, RIGHT, {"stdin": "1"}, **chosen))[0])
    own = await make(admin, f"{receiver.url}/named")
    body = {"webhookId": own["webhookId"]}
    validation = expect(await admin.post(f"/problems/{problem}/validate", body), 202)["validationId"]
    expect(await admin.get(f"/problems/{problem}/validations/{validation}", waitMs=30_000))
    await receiver.get(5)
    await settled(service)
    assert [came.path for came in receiver.requests] == ["/hook/named"] * 5
    receiver.requests.clear()
    await done(ann, await accept(ann))
    await receiver.get(1)
    await settled(service)
    assert [came.path for came in receiver.requests] == ["/hook/other"]
    assert await attempts(ann, unsubscribed) == []


@once
async def test_a_job_whose_webhook_is_deleted_meanwhile_tells_nobody(
    ann: Person, service: Service, receiver: Receiver
) -> None:
    named = await make(ann, receiver.url)
    await make(ann, receiver.url)
    job = await accept(ann, SLEEPER, webhookId=named["webhookId"])
    expect(await ann.delete(f"/webhooks/{named['webhookId']}"), 204)
    expect(await ann.post(f"/execution/{job}/cancel"), 202)
    assert (await done(ann, job))["verdict"] == "cancelled"
    await settled(service)
    assert receiver.requests == []


@once
async def test_a_cancelled_job_has_finished_as_well(ann: Person, receiver: Receiver) -> None:
    await make(ann, receiver.url)
    job = await accept(ann, SLEEPER)
    expect(await ann.post(f"/execution/{job}/cancel"), 202)
    run = await done(ann, job)
    assert (await receiver.get(1))[0].content["data"] == run


async def test_what_fails_is_tried_again_five_times_and_then_given_up(
    ann: Person, service: Service, receiver: Receiver
) -> None:
    receiver.answer = status(500)
    webhook = await make(ann, receiver.url)
    await done(ann, await accept(ann))
    await receiver.get(1)
    await settled(service)
    for number, seconds in enumerate((10, 60, 300, 1800, 7200), start=1):
        await later(service, seconds=seconds - 1)
        assert len(receiver.requests) == number
        await later(service, seconds=1)
        assert len(receiver.requests) == number + 1
    await later(service, days=2)
    assert len(receiver.requests) == 6
    assert await waiting(service) == 0
    assert len({came.delivery for came in receiver.requests}) == 1
    assert len({came.body for came in receiver.requests}) == 1
    assert len({came.signature[0] for came in receiver.requests}) == 6
    assert all(came.signed_with(webhook["secret"]) for came in receiver.requests)
    ann = await again(service, ann)
    listed = await attempts(ann, webhook)
    assert [each["attempt"] for each in listed] == [6, 5, 4, 3, 2, 1]
    assert {each["deliveryId"] for each in listed} == {receiver.requests[0].delivery}
    assert {(each["statusCode"], each["error"]) for each in listed} == {(500, "The answer had status 500")}
    assert (await mine(ann))[0]["active"] is True
    results = [
        service.services.metrics.registry.get_sample_value("syncode_webhook_deliveries_total", {"result": result})
        for result in ("delivered", "failed", "given_up")
    ]
    assert results == [0, 5, 1]


@once
async def test_what_arrives_at_last_is_not_sent_again(ann: Person, service: Service, receiver: Receiver) -> None:
    receiver.answer = status(302, Location="https://127.0.0.1/")
    webhook = await make(ann, receiver.url)
    await done(ann, await accept(ann))
    await receiver.get(1)
    await settled(service)
    receiver.answer = status(200)
    await later(service, seconds=10)
    await later(service, days=1)
    assert len(receiver.requests) == 2
    ann = await again(service, ann)
    assert [(each["attempt"], each["statusCode"]) for each in await attempts(ann, webhook)] == [(2, 200), (1, 302)]


async def test_deliveries_are_read_in_pages(ann: Person, service: Service, receiver: Receiver) -> None:
    webhook = (await make(ann, receiver.url))["webhookId"]
    asked = []
    for _ in range(5):
        asked.append(expect(await ann.post(f"/webhooks/{webhook}/test"), 202)["deliveryId"])
        await settled(service)
        service.clock.forward(seconds=1)
    path = f"/webhooks/{webhook}/deliveries"
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = expect(await ann.get(path, limit=2, **cursor))
        found += [each["deliveryId"] for each in page["data"]]
        if not page["pagination"]["hasMore"]:
            break
        cursor = {"cursor": page["pagination"]["nextCursor"]}
    assert found == asked[::-1]
    upwards = expect(await ann.get(path, sortOrder="asc"))
    assert [each["deliveryId"] for each in upwards["data"]] == asked
    refused(await ann.get(path, cursor="x"), 400, "VALIDATION_FAILED")


async def fail_once(person: Person, service: Service, webhook: str) -> None:
    """A delivery that is given up."""
    expect(await person.post(f"/webhooks/{webhook}/test"), 202)
    await settled(service)
    for wait in delivering.RETRY_AFTER:
        await later(service, seconds=wait.total_seconds())


async def failed_already(service: Service, count: int) -> None:
    """So many deliveries in a row were given up."""
    async with service.services.database.write() as work:
        await work.session.execute(update(Webhook).values(failed_in_row=count))


async def test_a_receiver_that_never_answers_well_is_told_no_more(
    ann: Person, service: Service, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "RETRY_AFTER", ())
    receiver.answer = status(500)
    webhook = await make(ann, receiver.url)
    id_ = webhook["webhookId"]
    await failed_already(service, MOST_FAILED - 2)
    await fail_once(ann, service, id_)
    assert (await mine(ann))[0]["active"] is True
    receiver.answer = status(200)
    await fail_once(ann, service, id_)  # which does not: the row is broken
    receiver.answer = status(500)
    await fail_once(ann, service, id_)
    await fail_once(ann, service, id_)
    assert (await mine(ann))[0]["active"] is True
    await failed_already(service, MOST_FAILED - 1)
    await fail_once(ann, service, id_)
    assert (await mine(ann))[0]["active"] is False
    assert MOST_FAILED == 20
    count = len(receiver.requests)
    await done(ann, await accept(ann))
    await done(ann, await accept(ann, webhookId=id_))
    await later(service, days=1)
    assert len(receiver.requests) == count
    ann = await again(service, ann)
    await fail_once(ann, service, id_)
    assert (await mine(ann))[0]["active"] is False
    receiver.answer = status(200)
    expect(await ann.post(f"/webhooks/{id_}/test"), 202)
    await settled(service)
    assert (await mine(ann))[0]["active"] is True
    assert receiver.requests[-1].event == "webhook.test"
    await done(ann, await accept(ann))
    await settled(service)
    assert receiver.requests[-1].event == "execution.finished"


@once
async def test_a_test_tells_of_the_webhook(ann: Person, service: Service, receiver: Receiver) -> None:
    webhook = await make(ann, receiver.url, "report.ready", description="nightly")
    accepted = expect(await ann.post(f"/webhooks/{webhook['webhookId']}/test"), 202)
    (came,) = await receiver.get(1)
    assert accepted == {"deliveryId": came.delivery}
    await settled(service)
    secret = webhook.pop("secret")
    assert came.content["data"] == webhook
    assert came.content["event"] == came.event == "webhook.test"
    assert came.signed_with(secret)
    assert secret not in came.body.decode()


@once
async def test_for_a_day_after_a_rotation_both_secrets_sign(ann: Person, service: Service, receiver: Receiver) -> None:
    webhook = await make(ann, receiver.url)
    path = f"/webhooks/{webhook['webhookId']}"

    async def tell() -> Any:
        person = await again(service, ann)
        expect(await person.post(f"{path}/test"), 202)
        await settled(service)
        return receiver.requests[-1]

    first = webhook["secret"]
    second = expect(await ann.post(f"{path}/rotate-secret"))["secret"]
    came = await tell()
    assert (len(came.signature[1]), came.signed_with(first), came.signed_with(second)) == (2, True, True)
    service.clock.forward(hours=23, minutes=59)
    assert (await tell()).signed_with(first)
    service.clock.forward(minutes=1)
    came = await tell()
    assert (len(came.signature[1]), came.signed_with(first), came.signed_with(second)) == (1, False, True)
    ann = await again(service, ann)
    third, fourth = [expect(await ann.post(f"{path}/rotate-secret"))["secret"] for _ in range(2)]
    came = await tell()
    assert [came.signed_with(secret) for secret in (second, third, fourth)] == [False, True, True]


@once
@pytest.mark.parametrize("column", ["banned_at", "deleted_at"])
async def test_who_may_not_read_is_not_told(column: str, ann: Person, service: Service, receiver: Receiver) -> None:
    receiver.answer = status(500)
    await make(ann, receiver.url)
    await done(ann, await accept(ann))
    await receiver.get(1)
    await settled(service)
    async with service.services.database.write() as work:
        await work.session.execute(update(User).where(User.id == ann.id).values({column: work.now}))
    await later(service, seconds=10)
    assert len(receiver.requests) == 1
    assert await waiting(service) == 0


async def test_a_deleted_webhook_is_told_nothing_that_was_waiting(
    ann: Person, service: Service, receiver: Receiver
) -> None:
    receiver.answer = status(500)
    webhook = await make(ann, receiver.url)
    await done(ann, await accept(ann))
    await receiver.get(1)
    await settled(service)
    expect(await ann.delete(f"/webhooks/{webhook['webhookId']}"), 204)
    assert await waiting(service) == 0
    await later(service, days=1)
    assert len(receiver.requests) == 1


@once
async def test_what_was_destroyed_is_not_told_of(ann: Person, service: Service, receiver: Receiver) -> None:
    receiver.answer = status(500)
    await make(ann, receiver.url)
    room = await open_room(ann)
    await done(ann, await accept(ann, room=room))
    await receiver.get(1)
    await settled(service)
    expect(await ann.delete(f"/rooms/{room['roomId']}"))
    await later(service, seconds=10)
    assert len(receiver.requests) == 1
    assert await waiting(service) == 0


async def test_results_are_kept_until_they_are_told(
    ann: Person, service: Service, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "RETRY_AFTER", (timedelta(hours=25),))
    receiver.answer = status(500)
    await make(ann, receiver.url)
    room = await open_room(ann)
    runs = [await done(ann, await accept(ann)), await done(ann, await accept(ann, room=room))]
    batch = await batched(ann, (await start_batch(ann, "print(1)\n", {}))[0])
    await receiver.get(3)
    await settled(service)
    receiver.requests.clear()
    service.clock.forward(hours=24, minutes=30)
    await forget_old_results(service.services)
    await later(service, minutes=30)
    told = [came.content["data"] for came in await receiver.get(3)]
    assert sorted(map(str, told)) == sorted(map(str, (*runs, batch)))
    await later(service, days=2)
    await forget_old_results(service.services)
    ann = await again(service, ann)
    refused(await ann.get(f"/execution/{runs[0]['jobId']}"), 404, "EXECUTION_JOB_NOT_FOUND")


@once
async def test_attempts_are_remembered_for_a_while(ann: Person, service: Service, receiver: Receiver) -> None:
    webhook = await make(ann, receiver.url)
    await done(ann, await accept(ann))
    await settled(service)
    for days, count in ((29, 1), (2, 0)):
        service.clock.forward(days=days)
        await forget_old_attempts(service.services)
        ann = await again(service, ann)
        assert len(await attempts(ann, webhook)) == count


async def test_of_many_who_look_for_work_one_gets_each(ann: Person, service: Service, receiver: Receiver) -> None:
    receiver.answer = status(500)
    for _ in range(3):
        webhook = (await make(ann, receiver.url))["webhookId"]
        expect(await ann.post(f"/webhooks/{webhook}/test"), 202)
    await receiver.get(3)
    await settled(service)
    at = service.clock.now() + timedelta(seconds=11)
    database = service.services.database

    async def claim() -> dict[str, str]:
        async with database.write() as work:
            return await repository.claim_due(work.session, at, most=10, per_user=10, lease=LEASE)

    claimed = [each for found in await asyncio.gather(*(claim() for _ in range(5))) for each in found]
    assert len(claimed) == len(set(claimed)) == 3
    assert await claim() == {}
    at += LEASE - timedelta(milliseconds=1)
    assert await claim() == {}
    at += timedelta(milliseconds=1)
    assert set(await claim()) == set(claimed)  # who had them is believed to be dead


async def test_replicas_share_what_there_is_to_deliver(
    ann: Person, bob: Person, service: Service, receiver: Receiver, certificates: Certificates
) -> None:
    services = service.services
    poster = Poster(services.webhooks.guard, ca_file=certificates.authority)
    deliverer = Deliverer(
        services.database, poster, services.webhooks.signer, services.metrics.webhook_deliveries, release="0"
    )
    others = [EmbeddedCourier(services.database, deliverer, service.clock, alone=False) for _ in range(2)]
    async with others[0], others[1]:
        for person in (ann, bob):
            webhook = (await make(person, receiver.url))["webhookId"]
            for _ in range(10):
                expect(await person.post(f"/webhooks/{webhook}/test"), 202)
                for courier in others:
                    courier.wake()
        await receiver.get(20)
        await settled(service)
    assert len({came.delivery for came in receiver.requests}) == len(receiver.requests) == 20
    assert await waiting(service) == 0


async def test_webhooks_may_be_deleted_while_jobs_are_settled(
    ann: Person, service: Service, receiver: Receiver
) -> None:
    services = service.services
    keeper = RowSettlement(services.database, services.metrics, on_announced=services.webhooks.tell)
    for _ in range(3):
        webhooks = [(await make(ann, receiver.url))["webhookId"] for _ in range(3)]
        jobs = [await accept(ann, SLEEPER) for _ in range(4)]
        async with services.database.read() as work:
            rows = (await work.session.execute(select(OutboxJob).where(OutboxJob.id.in_(jobs)))).scalars().all()
        found = [
            decode(row.envelope, services.catalog.language, fetch=Folder(services.settings.tests).fetch) for row in rows
        ]
        answers: list[Any] = await asyncio.gather(
            *(keeper.finished(job, not_done(job, Verdict.RUNTIME_ERROR, started_at=None)) for job in found),
            *(ann.delete(f"/webhooks/{webhook}") for webhook in webhooks),
        )
        for answer in answers[len(found) :]:
            expect(answer, 204)
        for job in jobs:
            assert (await done(ann, job))["verdict"] == "runtime_error"
            await services.dispatcher.cancel(job)
        await settled(service)
    assert await waiting(service) == 0


async def test_who_lost_a_claim_changes_nothing(ann: Person, service: Service, receiver: Receiver) -> None:
    """Not even if it is alive, and was only slow."""
    database = service.services.database
    taken: list[str] = []

    def lose(handler: Handler) -> None:
        taken.append(handler.headers["X-SynCode-Delivery"])
        lost.wait(20)
        status(500)(handler)

    lost = threading.Event()
    receiver.answer = lose
    webhook = await make(ann, receiver.url)
    expect(await ann.post(f"/webhooks/{webhook['webhookId']}/test"), 202)
    await receiver.get(1)
    async with database.write() as work:
        later_ = work.now + LEASE
        claims = await repository.claim_due(work.session, later_, most=10, per_user=10, lease=LEASE)
    assert list(claims) == [receiver.requests[0].delivery]
    lost.set()
    (delivery, claim), *_ = claims.items()
    courier = service.services.webhooks.courier
    assert isinstance(courier, EmbeddedCourier)

    async def is_idle() -> bool:
        return not courier._tasks

    await until(is_idle)
    assert await attempts(ann, webhook) == []
    async with database.write() as work:
        assert await repository.keep_claim(work.session, delivery, claim, work.now)


@once
async def test_one_person_keeps_only_their_own_deliveries_waiting(
    ann: Person, bob: Person, service: Service, receiver: Receiver
) -> None:
    open_ = threading.Event()

    def answer(handler: Handler) -> None:
        if "slow" in handler.path:
            open_.wait(9)
        status(200)(handler)

    receiver.answer = answer
    slow = (await make(ann, f"{receiver.url}/slow"))["webhookId"]
    quick = (await make(bob, f"{receiver.url}/quick"))["webhookId"]
    for _ in range(PER_USER + 3):
        expect(await ann.post(f"/webhooks/{slow}/test"), 202)
    await receiver.get(PER_USER)
    for _ in range(3):
        expect(await bob.post(f"/webhooks/{quick}/test"), 202)
    await receiver.get(PER_USER + 3)
    assert [came.path for came in receiver.requests] == ["/hook/slow"] * PER_USER + ["/hook/quick"] * 3
    open_.set()
    await receiver.get(2 * PER_USER + 2)
    await settled(service)


@once
async def test_a_message_that_cannot_be_made_does_not_stop_the_others(
    ann: Person, service: Service, receiver: Receiver
) -> None:
    webhook = await make(ann, receiver.url)
    receiver.answer = status(500)
    job = await done(ann, await accept(ann))
    await receiver.get(1)
    await settled(service)
    async with service.services.database.write() as work:
        await work.session.execute(update(Run).where(Run.id == job["jobId"]).values(result={"broken": True}))
    receiver.answer = status(200)
    service.clock.forward(seconds=10)
    expect(await ann.post(f"/webhooks/{webhook['webhookId']}/test"), 202)
    await settled(service)
    assert [came.event for came in receiver.requests] == ["execution.finished", "webhook.test"]
    failed = [each for each in await attempts(ann, webhook) if each["event"] == "execution.finished"]
    assert [(each["attempt"], each["error"]) for each in failed] == [
        (2, "The message could not be made"),
        (1, "The answer had status 500"),
    ]
    assert await waiting(service) == 1


async def test_jobs_are_told_of_however_many_are_settled_at_once(
    ann: Person, service: Service, receiver: Receiver
) -> None:
    await make(ann, receiver.url)
    await make(ann, receiver.url)
    jobs = [await accept(ann, f"print({number})") for number in range(6)]
    for job in jobs:
        await done(ann, job)
    await receiver.get(12)
    await settled(service)
    assert sorted(came.content["data"]["jobId"] for came in receiver.requests) == sorted(jobs * 2)
    assert len({came.delivery for came in receiver.requests}) == 12
    body = program(webhookId=(await mine(ann))[0]["webhookId"])
    assert (await ann.post("/execution/run", body)).status_code == 202
