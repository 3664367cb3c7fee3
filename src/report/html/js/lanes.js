// Lanes: what is so, or not, over time: the phase, the faults, whether the subject is in view and followed.

const PHASES = ["idle", "searching", "tracking", "lost"];
const FAULTS = ["link.drop", "link.delay", "video.drop", "video.freeze", "detector.miss", "inference.delay"];
const IN_VIEW = 1;
const FOLLOWED = 2;
const AT_STOP = 4;
const BLIND = 8;

/** The lanes worth drawing: name, value at a row, word and fill of a value. */
function laneList(columns) {
  const has = (name, bit) => (row) => ((columns[name][row] & bit) !== 0 ? 1 : 0);
  const lanes = [{ name: "Phase", value: (row) => columns.phase[row], words: PHASES, fills: [null, "pale", "calm", "alarm"] }];
  const flag = (name, value, words, fills) => {
    for (let row = 0; row < columns.flags.length; row += 1) {
      if (value(row)) return lanes.push({ name, value, words, fills });
    }
    return 0;
  };
  const out = (row) => 1 - has("flags", IN_VIEW)(row);
  flag("Subject", out, ["in view", "out of view"], [null, "alarm"]);
  flag("Followed box", has("flags", FOLLOWED), ["not the subject's", "the subject's"], [null, "calm"]);
  flag("End stop", has("flags", AT_STOP), ["free", "at a stop"], [null, "alarm"]);
  flag("Detector", has("flags", BLIND), ["looks", "cannot look"], [null, "alarm"]);
  FAULTS.forEach((name, bit) => flag(`Fault ${name}`, has("faults", 1 << bit), ["off", "on"], [null, "alarm"]));
  return lanes;
}

/** Slanted lines over a block, so that an alarm is told from calm without its colour. */
function hatch(pen, left, width, height) {
  pen.save();
  pen.beginPath();
  pen.rect(left, 0, width, height);
  pen.clip();
  pen.strokeStyle = colour("surface");
  pen.lineWidth = 1.5;
  for (let x = left - height; x < left + width; x += 6) {
    pen.beginPath();
    pen.moveTo(x, height);
    pen.lineTo(x + height, 0);
    pen.stroke();
  }
  pen.restore();
}

function lanes(host, clock, drawing, trace) {
  const height = 12;
  const rows = trace.rows;
  const drawnLanes = laneList(trace.columns).map((lane) => {
    const value = element("b", { className: "value" });
    const canvas = element("canvas", { className: "lane", role: "img", "aria-label": `${lane.name} over time` });
    const holder = element("div", { className: "lane-holder" }, canvas, element("div", { className: "cursor" }));
    host.append(element("p", { className: "caption" }, element("span", { className: "what" }, lane.name), " ", value), holder);
    drag(holder, clock, (x) => clock.view[0] + (x / Math.max(holder.clientWidth, 1)) * (clock.view[1] - clock.view[0]));
    return { ...lane, canvas, holder, cursor: holder.lastChild, said: value };
  });
  const draw = () => {
    for (const { canvas, holder, value, fills } of drawnLanes) {
      const width = holder.clientWidth;
      const pen = sharp(canvas, width, height);
      pen.fillStyle = colour("grid");
      pen.fillRect(0, height - 1, width, 1);
      const x = (row) => ((row / drawing.hz - clock.view[0]) / (clock.view[1] - clock.view[0])) * width;
      for (let from = 0; from < rows;) {
        let to = from + 1;
        while (to < rows && value(to) === value(from)) to += 1;
        const fill = fills[value(from)];
        if (fill) {
          pen.fillStyle = colour(`lane-${fill}`);
          pen.fillRect(x(from), 0, Math.max(x(to) - x(from), 1.5), height);
          if (fill === "alarm") hatch(pen, x(from), Math.max(x(to) - x(from), 1.5), height);
        }
        from = to;
      }
    }
  };
  let view = null;
  clock.watch(() => {
    if (view !== clock.view) {
      view = clock.view;
      draw();
    }
    const row = clock.row(rows);
    const share = (clock.at - clock.view[0]) / (clock.view[1] - clock.view[0]);
    for (const lane of drawnLanes) {
      lane.cursor.style.transform = `translateX(${share * lane.holder.clientWidth}px)`;
      lane.said.textContent = lane.words[lane.value(row)] ?? "";
    }
  });
  return { resize: () => { view = null; clock.changed(); }, redraw: draw };
}
