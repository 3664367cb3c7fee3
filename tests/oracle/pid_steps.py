"""Closed-loop responses of PID laws by python-control (PyPI), as JSON on standard output: what tests/pid_oracle.rs
holds the `pid` servo to. Run by .ci/servo; its output is committed as tests/golden/pid_steps.json.

The plant is a pan axis: a rate command held for dt, acting `delay` ticks later, y' = u. Linear laws are transfer
functions (backward Euler for the integral, as first-order low-pass for the derivative), simulated as state space.
Limited ones are the textbook's back-calculation (Astrom, Hagglund, Advanced PID Control, 2006, section 3.5) with
forward Euler, whose integral takes in the error of the step before: equal to ours as dt goes to 0, not before.
"""

import json

import control as ct
import numpy as np



def case(name, **changed):
    usual = dict(ticks=150, every=1, start=5, dt_s=0.02, kp=2.0, ki=0.0, kd=0.0, filter_s=0.1, weight=1.0,
                 of_measurement=False, delay=0)
    return dict(usual, name=name, **changed)


def ramp(name, **changed):
    return case(name, ticks=800, every=10, dt_s=0.005, kp=1.0, ki=2.0, ramp_s=1.0, rate_max_dps=30.0, tracking_s=0.5,
                **changed)


LINEAR = [
    case("p", kp=5.0),
    case("pi", ki=1.5),
    case("pd, 100 ms", kd=0.3, delay=5),
    case("pid", ki=1.0, kd=0.4),
    case("pid, 100 ms", ki=1.2, kd=0.25, delay=5),
    case("pid, 5 ms ticks", dt_s=0.005, kp=6.0, ki=8.0, kd=0.2, filter_s=0.02),
    case("derivative of the pose", ki=1.0, kd=0.6, of_measurement=True),
    case("setpoint weight 0.4", ki=2.0, weight=0.4),
    case("setpoint weight 0, derivative of the pose, 60 ms", kp=3.0, ki=2.0, kd=0.3, weight=0.0, of_measurement=True,
         delay=3),
]
LIMITED = [
    ramp("ramp faster than the axis", ramp_dps=40.0),
    ramp("ramp faster than the axis, setpoint weight 0.5", ramp_dps=40.0, weight=0.5),
    ramp("ramp of an axis that accelerates slowly", ramp_dps=25.0, acceleration_dps2=25.0),
]


def reference(c):
    """Of a step of 10 degrees, or of a ramp that stops."""
    ticks = np.arange(c["ticks"])
    if "ramp_dps" in c:
        return c["ramp_dps"] * np.clip((ticks - c["start"]) * c["dt_s"], 0.0, c["ramp_s"])
    return np.where(ticks >= c["start"], 10.0, 0.0)


def linear(c):
    dt = c["dt_s"]
    z = ct.tf([1.0, 0.0], [1.0], dt)
    block = lambda system, name, given, out: ct.ss(system, name=name, inputs=given, outputs=out)
    integral = c["ki"] * dt * z / (z - 1)
    derivative = c["kd"] * (z - 1) / ((c["filter_s"] + dt) * z - c["filter_s"])
    weighted = ct.ss([], [], [], [[c["kp"] * c["weight"], -c["kp"]]], dt, name="p", inputs=["r", "y"], outputs="p")
    error = ct.summing_junction(["r", "-y"], "e", name="error", dt=dt)
    flipped = ct.summing_junction(["-y"], "m", name="flipped", dt=dt)
    parts = [weighted, error, block(integral, "i", "e", "i"),
             block(derivative, "d", "m" if c["of_measurement"] else "e", "d"),
             ct.summing_junction(["p", "i", "d"], "u", name="sum", dt=dt),
             block(dt / (z - 1) / z ** c["delay"], "axis", "u", "y")]
    if c["of_measurement"]:
        parts.append(flipped)
    loop = ct.interconnect(parts, inputs=["r"], outputs=["u", "y"])
    response = ct.forced_response(loop, np.arange(c["ticks"]) * dt, reference(c))
    return response.outputs


def limited(c):
    dt, inf = c["dt_s"], float("inf")
    top, acceleration = c["rate_max_dps"], c.get("acceleration_dps2", inf)
    clip = lambda value, low, high: min(max(value, low), high)

    def asked(x, given):
        return c["kp"] * (c["weight"] * given["r"] - given["y"]) + x[0]

    def real(x, given):
        """What the axis makes of it: cut, and as fast as it accelerates."""
        cut = clip(asked(x, given), -top, top)
        return clip(cut, given["v"] - acceleration * dt, given["v"] + acceleration * dt)

    named = lambda given: dict(zip(("r", "y", "v"), given))

    def update(t, x, given, params):
        given = named(given)
        back = (real(x, given) - asked(x, given)) / c["tracking_s"]
        return [x[0] + dt * (c["ki"] * (given["r"] - given["y"]) + back)]

    output = lambda t, x, given, params: [real(x, named(given)), clip(asked(x, named(given)), -top, top)]
    pi = ct.nlsys(update, output, inputs=["r", "y", "v"], outputs=["real", "u"], states=1, dt=dt, name="pi")
    axis = ct.ss([[1.0, 0.0], [0.0, 0.0]], [[dt], [1.0]], np.eye(2), np.zeros((2, 1)), dt, name="axis", inputs=["real"],
                 outputs=["y", "v"])
    loop = ct.interconnect([pi, axis], inputs=["r"], outputs=["u", "y"])
    return ct.input_output_response(loop, np.arange(c["ticks"]) * dt, reference(c)).outputs


def main():
    cases = []
    for kind, made in ((LINEAR, linear), (LIMITED, limited)):
        for c in kind:
            u, y = (signal[::c["every"]].tolist() for signal in made(c))
            cases.append(dict(c, u=u, y=y))
    print("[")
    print(",\n".join(json.dumps(c) for c in cases))
    print("]")


main()
