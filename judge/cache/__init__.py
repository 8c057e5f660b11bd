"""The compile cache: what was compiled once on this host is not compiled again."""

from judge.cache.cache import CachedArtefact, CompileCache, Found
from judge.cache.key import CacheKey

__all__ = ["CacheKey", "CachedArtefact", "CompileCache", "Found"]
