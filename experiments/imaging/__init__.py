"""Published systems that look at images, rebuilt on phantoms whose answer is known."""

from sim.registry import Registry

_SYSTEMS = "experiments.imaging.systems"

IMAGE_SYSTEMS = Registry(
    "image system",
    epidural=f"{_SYSTEMS}.epidural:EPIDURAL",
    ejection=f"{_SYSTEMS}.ejection:EJECTION",
    trackers=f"{_SYSTEMS}.trackers:TRACKERS",
    plexus=f"{_SYSTEMS}.plexus:PLEXUS",
    faces=f"{_SYSTEMS}.faces:FACES",
    face_video=f"{_SYSTEMS}.face_video:FACE_VIDEO",
    mitral=f"{_SYSTEMS}.mitral:MITRAL",
    epidural_stack=f"{_SYSTEMS}.epidural_stack:EPIDURAL_STACK",
    epidural_transverse=f"{_SYSTEMS}.epidural_transverse:EPIDURAL_TRANSVERSE",
)
