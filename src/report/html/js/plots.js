// The plots of a card: uPlot without its own cursor and legend, because one time and one way to say it serve them all.

const GUTTER = 46;
const MARGIN = 14;

/** What a line looks like, so that colour alone tells nothing. */
const LINES = {
  solid: { width: 1.5, dash: [] },
  dashed: { width: 1.5, dash: [6, 4] },
  dotted: { width: 1.5, dash: [1.5, 3] },
  thin: { width: 1, dash: [] },
};

/** The bands behind the lines: tubes of what is allowed, red where an expectation failed. */
function behind(plot, tubes, faults) {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  const x = (at) => plot.valToPos(at, "x", true);
  ctx.fillStyle = colour("fault-band");
  for (const { span } of faults) {
    ctx.fillRect(x(span[0]), bbox.top, Math.max(x(span[1]) - x(span[0]), 2), bbox.height);
  }
  ctx.fillStyle = colour("tube");
  ctx.strokeStyle = colour("tube-edge");
  ctx.lineWidth = window.devicePixelRatio || 1;
  for (const { span, low, high } of tubes) {
    const [left, width] = [x(span[0]), Math.max(x(span[1]) - x(span[0]), 2)];
    const top = high == null ? bbox.top : plot.valToPos(high, "y", true);
    const bottom = low == null ? bbox.top + bbox.height : plot.valToPos(low, "y", true);
    ctx.fillRect(left, top, width, bottom - top);
    for (const [bound, y] of [[high, top], [low, bottom]]) {
      if (bound == null) continue;
      ctx.beginPath();
      ctx.moveTo(left, y);
      ctx.lineTo(left + width, y);
      ctx.stroke();
    }
  }
  ctx.restore();
}

/** One plot: `lines` are [label, values, colour, line, stepped]. */
function plot(host, clock, { title, unit, times, lines, tubes = [], faults = [], height = 120 }) {
  const values = lines.map(([label]) => element("b", { className: "value" }));
  const keys = lines.map(([label, , name, line], index) =>
    element("span", { className: "line" }, element("i", { className: `swatch ${line} ${name}` }), `${label} `, values[index]));
  const caption = element("p", { className: "caption" }, element("span", { className: "what" }, `${title} [${unit}]`), ...keys);
  const holder = element("div", { className: "plot" });
  host.append(caption, holder);

  const cursor = element("div", { className: "cursor" });
  // Before it is laid out, a plot knows no places.
  let laidOut = false;
  const bounds = tubes.flatMap(({ low, high }) => [low, high]).filter((bound) => bound != null);
  const axis = { stroke: () => colour("muted"), grid: { stroke: () => colour("grid"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  const options = {
    width: Math.max(host.clientWidth, 200),
    height,
    padding: [6, MARGIN, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: () => clock.view },
      y: {
        range: (_, low, high) => {
          const all = [low ?? 0, high ?? 0, ...bounds];
          const [least, most] = [Math.min(...all), Math.max(...all)];
          const room = Math.max((most - least) * 0.08, 1e-3);
          return [least - room, most + room];
        },
      },
    },
    axes: [
      { ...axis, size: 24, gap: 3, values: (_, ticks) => ticks.map((tick) => `${tick}`) },
      { ...axis, size: GUTTER, gap: 4, space: 28 },
    ],
    series: [
      {},
      ...lines.map(([label, , name, line, stepped]) => ({
        label,
        stroke: () => colour(name),
        width: LINES[line].width,
        dash: LINES[line].dash,
        points: { show: false },
        paths: stepped ? uPlot.paths.stepped({ align: 1 }) : undefined,
      })),
    ],
    hooks: {
      drawClear: [(self) => behind(self, tubes, faults)],
      ready: [(self) => {
        self.over.append(cursor);
        laidOut = true;
        show();
      }],
    },
  };
  const gaps = (column) => Array.from(column, (value) => (Number.isNaN(value) ? null : value));
  let drawn = null;
  let view = clock.view;
  const show = () => {
    if (!laidOut) return;
    if (view !== clock.view) {
      view = clock.view;
      drawn.setScale("x", { min: view[0], max: view[1] });
    }
    cursor.style.transform = `translateX(${drawn.valToPos(clock.at, "x")}px)`;
    const row = clock.row(times.length);
    lines.forEach(([, column], index) => (values[index].textContent = shown(column[row])));
  };
  drawn = new uPlot(options, [Array.from(times), ...lines.map(([, column]) => gaps(column))], holder);
  clock.watch(show);
  drag(drawn.over, clock, (x) => drawn.posToVal(x, "x"));
  return {
    resize: () => {
      drawn.setSize({ width: Math.max(host.clientWidth, 200), height });
      show();
    },
    redraw: () => drawn.redraw(),
  };
}

/** Pressing and dragging moves the time. */
function drag(over, clock, time) {
  const move = (event) => clock.set(time(event.clientX - over.getBoundingClientRect().left));
  over.addEventListener("pointerdown", (event) => {
    over.setPointerCapture(event.pointerId);
    clock.playing = false;
    move(event);
  });
  over.addEventListener("pointermove", (event) => {
    if (over.hasPointerCapture(event.pointerId)) move(event);
  });
}

/** Values of a coarser or finer column at the times of another: the last one that there was. */
function at_times(column, hz, times) {
  return Float64Array.from(times, (time) => {
    const row = Math.floor(time * hz + 1e-6);
    return row < column.length ? column[row] : NaN;
  });
}

/** All plots of a card. `before` is the baseline's trace, if it was another one. */
function plots(host, clock, drawing, trace, before) {
  const of = trace.columns;
  const times = Float64Array.from({ length: trace.rows }, (_, row) => row / drawing.hz);
  const was = before && ((name) => at_times(before.columns[name], before.hz, times));
  const grey = (name) => (was ? [[`${before.name}`, was(name), "grey", "thin"]] : []);
  const faults = drawing.faults;
  const tubes = (axis) => drawing.tubes.flatMap((tube) => {
    if (tube.signal === `error.${axis}`) return [tube];
    // No axis may be farther off than both together.
    return tube.signal === "error.total" && tube.high != null ? [{ ...tube, low: -tube.high }] : [];
  });
  const varies = (column) => column.some((value) => Math.abs(value - column[0]) > 0.01);
  const all = [];
  const add = (spec) => all.push(plot(host, clock, { times, faults, ...spec }));
  for (const axis of ["pan", "tilt"]) {
    add({ title: `Error in ${axis}`, unit: "deg", tubes: tubes(axis), lines: [...grey(`error.${axis}`), ["error", of[`error.${axis}`], "accent", "solid"]] });
    if (was) {
      const difference = of[`error.${axis}`].map((value, row) => value - was(`error.${axis}`)[row]);
      add({ title: `Error in ${axis}, less that of ${before.name}`, unit: "deg", height: 80, lines: [["difference", difference, "accent", "thin"]] });
    }
  }
  const subject = drawing.subject;
  const target = (name) => (subject == null ? [] : [["target", of[`target.${subject}.${name}`], "second", "dashed"]]);
  add({ title: "Pan", unit: "deg", lines: [...grey("pan"), ...target("az"), ["pose", of.pan, "accent", "solid"]] });
  add({ title: "Tilt", unit: "deg", lines: [...grey("tilt"), ...target("el"), ["pose", of.tilt, "accent", "solid"]] });
  if (varies(of.fov)) {
    add({ title: "Field of view", unit: "deg", lines: [...grey("fov"), ["view", of.fov, "accent", "solid"]] });
    add({ title: "Zoom drive", unit: "of full speed", height: 80, lines: [["sent", of.zoom, "second", "solid", true]] });
  }
  for (const axis of ["pan", "tilt"]) {
    if (![of[`command.${axis}`], of[`rate.${axis}`]].some(varies)) continue;
    add({
      title: `Rate of ${axis}`,
      unit: "deg/s",
      lines: [
        ["command", of[`command.${axis}`], "second", "dashed", true],
        ["acknowledged", of[`acked.${axis}`], "third", "dotted", true],
        ["motion", of[`rate.${axis}`], "accent", "solid"],
      ],
    });
  }
  add({
    title: "Latency",
    unit: "ms",
    height: 90,
    lines: [["frame's age", of.age, "second", "dashed", true], ["exposure to decision", of.latency, "accent", "solid", true]],
  });
  return all;
}
