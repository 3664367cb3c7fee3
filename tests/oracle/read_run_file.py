#!/usr/bin/env python3
"""Reads run files with a library that nobody here wrote: PyPI `mcap` with `mcap-protobuf-support`.

Usage: read_run_file.py FILE.mcap…

Checks of each file: its summary and every message decode by the schema of their channel, every channel has numbers to
plot, log times rise and are virtual times (ticks on the grid of the video, a message's own time stamp never later),
the messages are numbered without gaps, chain and tick agree in number, pictures are whole JPEG files, one a decision on
pixels, the attachments are there and hold what they should, and nothing in it is a date.

With --fields it prints the numbers of each channel, as paths that a viewer's plot takes.
"""

import math
import sys
import tomllib

from mcap.reader import make_reader
from mcap_protobuf.decoder import DecoderFactory

TOPICS = {
    "/tick": "tick.Tick",
    "/chain": "chainlink.ChainLink",
    "/tf": "foxglove.FrameTransforms",
    "/camera": "foxglove.CameraCalibration",
    "/scene": "foxglove.SceneUpdate",
    "/image": "foxglove.CompressedImage",
    "/picture": "foxglove.ImageAnnotations",
    "/command": "command.Command",
    "/log": "foxglove.Log",
    "/expectation": "expectation.Expectation",
}
# Every run has these; scene, image, picture and log depend on what happens.
ALWAYS = {"/tick", "/chain", "/tf", "/camera", "/command", "/expectation"}
SUBSYSTEMS = ["clock", "rng", "link", "gimbal", "scene", "perception", "tracker", "control"]
A_DAY_NS = 86_400 * 10**9


def nanos(stamp):
    return stamp.seconds * 10**9 + stamp.nanos


def numbers(message, prefix=""):
    """Paths of all numbers in a message, and whether they are real numbers; lists as `[:]`, times as one."""
    for field, value in message.ListFields():
        path = f"{prefix}.{field.name}"
        listed = not isinstance(value, (str, bytes)) and hasattr(value, "append")
        for item in value if listed else [value]:
            here = path + "[:]" if listed else path
            if field.cpp_type == field.CPPTYPE_MESSAGE:
                yield from numbers(item, here)
            elif field.cpp_type not in (field.CPPTYPE_STRING, field.CPPTYPE_BOOL):
                assert math.isfinite(item), (here, item)
                yield here


def jpeg_size(data):
    """Width and height of a JPEG file that begins and ends as one."""
    assert data[:3] == b"\xff\xd8\xff" and data[-2:] == b"\xff\xd9", data[:4]
    at = 2
    while data[at + 1] not in (0xC0, 0xC1, 0xC2):
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")


def check(path, show):
    with open(path, "rb") as stream:
        reader = make_reader(stream, validate_crcs=True, decoder_factories=[DecoderFactory()])
        summary = reader.get_summary()
        channels = {c.topic: summary.schemas[c.schema_id].name for c in summary.channels.values()}
        assert channels == TOPICS, channels

        records = {record.name: record.metadata for record in reader.iter_metadata()}
        about = records["tiltyard"]
        assert about["format"] == "tiltyard-run-file/2", about
        assert about["command_line"].startswith("tiltyard run "), about

        attachments = {a.name: a for a in reader.iter_attachments()}
        scenario = tomllib.loads(attachments["scenario.toml"].data.decode())
        assert tomllib.loads(attachments["camera.toml"].data.decode())
        assert attachments["inputs"].data
        for target in scenario.get("target", []):
            csv = target.get("path", {}).get("csv")
            assert csv is None or attachments[csv].data, csv
        assert all(a.log_time == 0 and a.create_time == 0 for a in attachments.values())

        counts = {topic: 0 for topic in TOPICS}
        last, ticks, heads, lines = 0, [], [], []
        fields = {topic: set() for topic in TOPICS}
        boxes, size, pictures = set(), None, []
        for _, channel, message, decoded in reader.iter_decoded_messages(log_time_order=False):
            topic, at = channel.topic, message.log_time
            assert last <= at < A_DAY_NS and message.publish_time == at, (topic, at)
            assert message.sequence == counts[topic], (topic, message.sequence)
            last = at
            counts[topic] += 1
            assert decoded.DESCRIPTOR.full_name == TOPICS[topic], (topic, decoded.DESCRIPTOR.full_name)
            fields[topic].update(numbers(decoded))
            if topic in ("/camera", "/log"):
                assert nanos(decoded.timestamp) == at, (topic, at)
                if topic == "/camera":
                    size = (decoded.width, decoded.height)
            elif topic == "/image":
                assert decoded.format == "jpeg" and decoded.frame_id == "camera", decoded.format
                assert jpeg_size(decoded.data) == size, (jpeg_size(decoded.data), size)
                pictures.append((at, nanos(decoded.timestamp)))
            elif topic == "/picture":
                boxes.add((at, nanos(decoded.timestamp)))
                assert nanos(decoded.timestamp) < at, "a decision comes after its exposure"
                assert decoded.points, "at least the centre"
            elif topic == "/tf":
                for transform in decoded.transforms:
                    q = transform.rotation
                    assert nanos(transform.timestamp) == at
                    assert abs(q.x**2 + q.y**2 + q.z**2 + q.w**2 - 1.0) < 1e-12, q
            elif topic == "/tick":
                assert decoded.index == len(ticks)
                ticks.append(at)
            elif topic == "/chain":
                assert decoded.tick == len(heads)
                assert all(getattr(decoded, name) for name in SUBSYSTEMS)
                heads.append(decoded.head)
            elif topic == "/command":
                assert decoded.bytes.hex(" ").upper() == decoded.hex and decoded.text, decoded
            elif topic == "/expectation":
                lines.append(decoded.verdict)
        assert all(counts[topic] for topic in ALWAYS), counts
        assert counts == {c.topic: summary.statistics.channel_message_counts.get(i, 0) for i, c in summary.channels.items()}
        assert len(heads) == len(ticks) and f"{heads[-1]:016x}" == about["chain"], about
        assert len(lines) == len(scenario["expect"]), lines
        # Every message has a number for a plot's axis, at the least its time.
        bare = [topic for topic in TOPICS if counts[topic] and not fields[topic]]
        assert not bare, bare
        # A picture for the boxes of a decision, each at the same moments; every one of them, where it has room.
        detector = scenario.get("stack", {}).get("detector", {})
        looks = bool({"blob", "motion", "onnx"} & detector.keys()) if isinstance(detector, dict) else False
        assert set(pictures) <= boxes and bool(pictures) == looks, (len(pictures), len(boxes), detector)
        # Ticks lie on the grid of the video: equal steps, to the nanosecond that a period is rounded to.
        steps = [b - a for a, b in zip(ticks, ticks[1:])]
        assert ticks[0] == 0 and max(steps) - min(steps) <= 1, (ticks[:3], min(steps), max(steps))
        if show:
            for topic, paths in fields.items():
                print(*(topic + path for path in sorted(paths)), sep="\n")
        print(f"{path}: {sum(counts.values())} messages decoded, {about['verdict']}, chain {about['chain']}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    for name in sys.argv[1:]:
        if name != "--fields":
            check(name, "--fields" in sys.argv)
