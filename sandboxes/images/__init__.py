"""The root file systems of languages: built from recipes, kept by content address, proved before use."""

from sandboxes.images.audit import audit
from sandboxes.images.builder import BuildEvent, BuildOutcome, BuildReport, Prove, build
from sandboxes.images.choice import choose_driver
from sandboxes.images.dockerfile import DockerfileDriver
from sandboxes.images.driver import Driver, Site, Stage
from sandboxes.images.manifest import Manifest
from sandboxes.images.mmdebstrap import MmdebstrapDriver
from sandboxes.images.recipe import digest
from sandboxes.images.store import Image, ImageStore, Pruned
from sandboxes.images.verification import VerifyReport, verify

__all__ = [
    "BuildEvent",
    "BuildOutcome",
    "BuildReport",
    "DockerfileDriver",
    "Driver",
    "Image",
    "ImageStore",
    "Manifest",
    "MmdebstrapDriver",
    "Prove",
    "Pruned",
    "Site",
    "Stage",
    "VerifyReport",
    "audit",
    "build",
    "choose_driver",
    "digest",
    "verify",
]
