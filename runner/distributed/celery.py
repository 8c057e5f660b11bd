"""Celery: how tickets reach workers. One task a ticket; what is to be done lies in the queue (``queue.lua``)."""

from __future__ import annotations

from typing import Final

from celery import Celery
from kombu import Queue

from runner.distributed.connection import ANSWER_S
from runner.distributed.queue import Ticket
from runner.jobs import Lane

TASK: Final = "syncode.judge"
LONGEST_JOB_S: Final = 6 * 3600
"""How long a worker may keep a task before the broker gives it to another: longer than any job. Workers that die are
missed sooner, by their leases; a task that comes late then finds its job done."""


def queue_name(lane: str) -> str:
    """The broker's queue of a lane."""
    return f"syncode.{lane}"


def make_celery(redis_url: str) -> Celery:
    """The application, of whoever sends tasks and of whoever carries them out. Connects when it is first used."""
    app = Celery("syncode", broker=redis_url, set_as_current=False)
    app.conf.update(
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={
            "global_keyprefix": "syncode:celery:",  # so that other applications may use the same Redis
            "visibility_timeout": LONGEST_JOB_S,
            "socket_timeout": ANSWER_S,
            "socket_connect_timeout": ANSWER_S,
            "queue_order_strategy": "priority",  # lanes in their order, however much there is in the others
        },
        event_queue_expires=60,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_queues=[Queue(queue_name(lane.value)) for lane in Lane],
        task_default_queue=queue_name(Lane.SUBMISSIONS.value),
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
    )
    return app


def send(app: Celery, ticket: Ticket) -> None:
    """Let some worker have a ticket. Raises :class:`kombu.exceptions.OperationalError` when the broker is away."""
    arguments = (ticket.id, ticket.attempt, ticket.lane, ticket.language)
    app.send_task(TASK, args=arguments, queue=queue_name(ticket.lane), retry=False)
