"""Drives the virtual camera with VISCA clients from PyPI, and looks at the truth after each order.

usage: drive.py HTTP_URL sony HOST PORT | HTTP_URL serial DEVICE

`visca_over_ip` speaks Sony's header over UDP, `pyvisca` a serial line. Both were written for real cameras by people who
never heard of this one. Bounds are generous: wall time, and clients that wait 100 ms for a reply.
"""

import json
import socket
import sys
import time
import types
import urllib.request


def truth(url):
    with urllib.request.urlopen(url + "/truth.json", timeout=5) as reply:
        return json.load(reply)["pose"]


def expect(what, holds):
    if not holds:
        sys.exit(f"FAILED: {what}")
    print(f"ok: {what}")


def settled(url):
    """The pose, once it no longer changes."""
    last = truth(url)
    for _ in range(100):
        time.sleep(0.1)
        now = truth(url)
        if all(abs(now[key] - last[key]) < 0.01 for key in ("pan_deg", "tilt_deg", "zoom_ratio")):
            return now
        last = now
    sys.exit("FAILED: the camera still moves after ten seconds")


def over_ip(url, host, port):
    from visca_over_ip import Camera, camera as module

    class Elsewhere(socket.socket):
        """This client asks from the camera's own port number. On one machine the camera has that: take any."""

        def bind(self, address):
            super().bind((address[0], 0))

    module.socket = types.SimpleNamespace(**{**vars(socket), "socket": Elsewhere})
    camera = Camera(host, port)
    start = settled(url)
    camera.pantilt(8, 0)  # direction byte 02: right
    time.sleep(0.5)
    camera.pantilt(0, 0)  # this client stops with speed bytes 00
    right = settled(url)
    expect(f"right is plus: {start['pan_deg']:.2f} -> {right['pan_deg']:.2f}", right["pan_deg"] > start["pan_deg"] + 1)

    pan, tilt = camera.get_pantilt_position()
    expect(f"the position is the truth: {pan} {tilt}",
           abs(pan / 14.4 - right["pan_deg"]) < 0.1 and abs(tilt / 14.4 - right["tilt_deg"]) < 0.1)

    camera.pantilt(20, 15, pan_position=-144, tilt_position=72)
    there = settled(url)
    expect(f"a move arrives: {there['pan_deg']:.2f} {there['tilt_deg']:.2f}",
           abs(there["pan_deg"] + 10) < 0.1 and abs(there["tilt_deg"] - 5) < 0.1)

    camera.pantilt(20, 15, pan_position=72, tilt_position=0, relative=True)
    there = settled(url)
    expect(f"a relative move is relative: {there['pan_deg']:.2f}", abs(there["pan_deg"] + 5) < 0.2)

    camera.save_preset(3)
    camera.zoom(5)
    time.sleep(0.6)
    camera.zoom(0)
    zoomed = settled(url)
    expect(f"zoom in: {zoomed['zoom_ratio']:.2f}", zoomed["zoom_ratio"] > 1.05)
    expect("the zoom position is told", camera.get_zoom_position() > 100)
    camera.pantilt_home()
    home = settled(url)
    expect(f"home: {home['pan_deg']:.2f}", abs(home["pan_deg"]) < 0.1 and abs(home["tilt_deg"]) < 0.1)
    camera.recall_preset(3)
    preset = settled(url)
    expect(f"a preset comes back: {preset['pan_deg']:.2f}", abs(preset["pan_deg"] - there["pan_deg"]) < 0.1)
    expect("no reply was missed twice over", camera.num_missed_responses <= 3)
    camera.close_connection()


def serial(url, device):
    from pyvisca import visca

    camera = visca.PTZ(device)
    camera.home()
    start = settled(url)
    camera.right(8)
    time.sleep(0.5)
    camera.stop()
    right = settled(url)
    expect(f"right is plus: {start['pan_deg']:.2f} -> {right['pan_deg']:.2f}", right["pan_deg"] > start["pan_deg"] + 1)
    expect(f"the pan position is told: {camera.get_pan()}", abs(camera.get_pan() / 14.4 - right["pan_deg"]) < 0.1)
    expect("the camera says it is on", camera.get_power() == 1)
    camera.home()
    home = settled(url)
    expect(f"home: {home['pan_deg']:.2f}", abs(home["pan_deg"]) < 0.1)
    camera.close()


if __name__ == "__main__":
    match sys.argv[1:]:
        case [url, "sony", host, port]:
            over_ip(url, host, int(port))
        case [url, "serial", device]:
            serial(url, device)
        case _:
            sys.exit(__doc__)
