"""Jobs done by workers on any host: a queue in Redis, tickets through Celery, results kept whatever is killed."""

from runner.distributed.dispatcher import Broker, DistributedDispatcher

__all__ = ["Broker", "DistributedDispatcher"]
