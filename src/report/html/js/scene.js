// What the camera sees and where it looks, drawn from the state: no picture was kept.

/** A shape at a row: azimuth, elevation, width, height [deg], distance [m]. */
function shapes(drawing, trace, row) {
  const of = trace.columns;
  const fixed = drawing.occluders.map(([name, [az, el, w, h, range]]) => ({ name, az, el, w, h, range, occluder: true }));
  const targets = drawing.targets.map((name, index) => {
    const at = (what) => of[`target.${index}.${what}`][row];
    return { name, az: at("az"), el: at("el"), w: at("w"), h: at("h"), range: at("range"), subject: index === drawing.subject };
  });
  const there = [...fixed, ...targets].filter((shape) => !Number.isNaN(shape.az));
  // Far ones first: what is near covers them.
  return there.sort((a, b) => (b.range || 1e9) - (a.range || 1e9));
}

/** Pinhole: where a bearing falls in a picture of that size, or null behind the camera. */
function project(az, el, pan, tilt, focal, width, height) {
  const [a, e, t] = [radians(az - pan), radians(el), radians(tilt)];
  const [ahead, right, up] = [Math.cos(e) * Math.cos(a), Math.cos(e) * Math.sin(a), Math.sin(e)];
  const depth = ahead * Math.cos(t) + up * Math.sin(t);
  const rise = up * Math.cos(t) - ahead * Math.sin(t);
  return depth > 0.02 ? [width / 2 + (focal * right) / depth, height / 2 - (focal * rise) / depth] : null;
}

/** The decision in force at a row: its index, or −1. */
function decision(looks, row) {
  let [low, high] = [0, looks.rows];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (looks.columns.row[middle] <= row) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Words on plates, none over another: each moves up until there is room, or is left out. */
class Labels {
  constructor(pen, width, height) {
    Object.assign(this, { pen, width, height, taken: [] });
  }

  put(text, x, y) {
    const { pen, taken } = this;
    const w = pen.measureText(text).width + 4;
    const left = clamp(x, 2, this.width - w);
    for (let rise = 0; rise < 3; rise += 1) {
      const top = clamp(y, 12, this.height - 4) - 11 - 16 * rise;
      if (top < 0) return;
      if (taken.some((other) => left < other.right && left + w > other.left && Math.abs(top - other.top) < 15)) continue;
      taken.push({ left, right: left + w, top });
      pen.fillStyle = colour("plate");
      pen.fillRect(left - 2, top, w, 15);
      pen.fillStyle = colour("text");
      pen.fillText(text, left, top + 11);
      return;
    }
  }
}

/** The camera's view into a canvas; `small` leaves words and detections out. */
function drawCamera(canvas, width, drawing, data, row, small = false) {
  const height = Math.round((width * drawing.size_px[1]) / drawing.size_px[0]);
  const pen = sharp(canvas, width, height);
  const { trace, looks, found, starts } = data;
  const of = trace.columns;
  pen.fillStyle = colour("sky");
  pen.fillRect(0, 0, width, height);
  const focal = width / 2 / Math.tan(radians(of.fov[row]) / 2);
  const where = (az, el) => project(az, el, of.pan[row], of.tilt[row], focal, width, height);
  const horizon = where(of.pan[row], 0);
  if (horizon && horizon[1] < height) {
    pen.fillStyle = colour("ground");
    pen.fillRect(0, Math.max(horizon[1], 0), width, height);
  }
  pen.font = "12px system-ui, sans-serif";
  const names = [];
  for (const shape of shapes(drawing, trace, row)) {
    const middle = where(shape.az, shape.el);
    if (!middle) continue;
    const [w, h] = [shape.w, shape.h].map((side) => Math.max(2 * focal * Math.tan(radians(side) / 2), 1));
    const [left, top] = [middle[0] - w / 2, middle[1] - h / 2];
    pen.fillStyle = colour(shape.occluder ? "occluder" : shape.subject ? "subject" : "other");
    pen.fillRect(left, top, w, h);
    if (!shape.occluder) {
      pen.strokeStyle = colour("truth");
      pen.lineWidth = shape.subject ? 1.5 : 1;
      pen.strokeRect(left, top, w, h);
    }
    // Who is drawn last is nearest, and is named first.
    if (left < width && left + w > 0) names.unshift([shape.name, left, top - 4]);
  }
  const last = decision(looks, row);
  const scale = width / drawing.size_px[0];
  if (last >= 0) {
    const of = looks.columns;
    const box = (from, index) => [from.x[index] * scale, from.y[index] * scale, from.w[index] * scale, from.h[index] * scale];
    if (!small) {
      pen.setLineDash([3, 3]);
      pen.lineWidth = 1.5;
      pen.strokeStyle = colour("detection");
      for (let index = starts[last]; index < starts[last + 1]; index += 1) pen.strokeRect(...box(found.columns, index));
      pen.setLineDash([]);
    }
    if (!Number.isNaN(of.x[last])) {
      pen.lineWidth = small ? 2 : 3;
      pen.strokeStyle = colour("followed");
      corners(pen, ...box(of, last));
    }
  }
  zone(pen, width, height);
  if (!small) {
    const age = last >= 0 ? `, boxes from ${seconds(Math.max(row / drawing.hz - looks.columns.age[last] / 1000, 0))}` : "";
    const labels = new Labels(pen, width, height);
    labels.put(`${PHASES[of.phase[row]]}, view ${shown(of.fov[row], "deg")}${age}`, 6, height - 7);
    for (const name of names) labels.put(...name);
  }
}

/** The corners of a box: a frame that leaves what it frames to be seen. */
function corners(pen, x, y, w, h) {
  const arm = Math.max(Math.min(w, h) / 3, 4);
  pen.beginPath();
  for (const [cx, cy, dx, dy] of [[x, y, 1, 1], [x + w, y, -1, 1], [x + w, y + h, -1, -1], [x, y + h, 1, -1]]) {
    pen.moveTo(cx + dx * arm, cy);
    pen.lineTo(cx, cy);
    pen.lineTo(cx, cy + dy * arm);
  }
  pen.stroke();
}

/** The optical axis, and the circle within which a subject counts as on target: 10 % of the width. */
function zone(pen, width, height) {
  const [x, y, arm] = [width / 2, height / 2, height * 0.04];
  pen.strokeStyle = colour("axis");
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(x - arm, y);
  pen.lineTo(x + arm, y);
  pen.moveTo(x, y - arm);
  pen.lineTo(x, y + arm);
  pen.stroke();
  pen.setLineDash([2, 4]);
  pen.beginPath();
  pen.arc(x, y, width * 0.1, 0, 2 * Math.PI);
  pen.stroke();
  pen.setLineDash([]);
}

/** From above: the camera, where it looks and how wide, and everybody by bearing and distance. */
function drawAbove(canvas, width, drawing, data, row) {
  const height = Math.round((width * drawing.size_px[1]) / drawing.size_px[0]);
  const pen = sharp(canvas, width, height);
  const { trace, reach } = data;
  const of = trace.columns;
  pen.fillStyle = colour("floor");
  pen.fillRect(0, 0, width, height);
  pen.font = "12px system-ui, sans-serif";
  const labels = new Labels(pen, width, height);
  const [x, y] = [width / 2, reach.around ? height / 2 : height - 22];
  const scale = (reach.around ? height / 2 - 14 : height - 44) / reach.range;
  const place = (az, range) => [x + Math.sin(radians(az)) * range * scale, y - Math.cos(radians(az)) * range * scale];
  const [pan, half] = [of.pan[row], of.fov[row] / 2];
  pen.fillStyle = colour("wedge");
  pen.beginPath();
  pen.moveTo(x, y);
  const far = (2 * Math.hypot(width, height)) / scale;
  for (const az of [pan - half, pan, pan + half]) pen.lineTo(...place(az, far));
  pen.fill();
  pen.strokeStyle = colour("accent");
  pen.lineWidth = 1;
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(...place(pan, far));
  pen.stroke();
  for (const range of reach.rings) {
    pen.strokeStyle = colour("grid");
    pen.beginPath();
    pen.arc(x, y, range * scale, 0, 2 * Math.PI);
    pen.stroke();
  }
  pen.fillStyle = colour("text");
  pen.beginPath();
  pen.arc(x, y, 4, 0, 2 * Math.PI);
  pen.fill();
  const names = [];
  for (const shape of shapes(drawing, trace, row)) {
    const range = shape.range || reach.range;
    const [px, py] = place(shape.az, range);
    const radius = Math.max(range * Math.tan(radians(shape.w) / 2) * scale, 3);
    pen.fillStyle = colour(shape.occluder ? "occluder" : shape.subject ? "subject" : "other");
    pen.beginPath();
    if (shape.occluder) pen.rect(px - radius, py - 2, 2 * radius, 4);
    else pen.arc(px, py, Math.min(radius, 8), 0, 2 * Math.PI);
    pen.fill();
    pen.strokeStyle = colour(shape.subject ? "truth" : "muted");
    pen.stroke();
    names.unshift([shape.name, px + 10, py + 4]);
  }
  labels.put(`pan ${shown(pan, "deg")}, view ${shown(of.fov[row], "deg")}`, 6, height - 7);
  for (const name of names) labels.put(...name);
  if (!reach.known) return;
  for (const range of reach.rings) labels.put(`${range} m`, ...place(pan + half + 8, range));
}

/** How far the view from above has to reach, and whether it has to go all around. */
function reach(drawing, trace) {
  const ranges = drawing.occluders.map(([, shape]) => shape[4]);
  const angles = [...trace.columns.pan];
  drawing.targets.forEach((_, index) => {
    ranges.push(...trace.columns[`target.${index}.range`]);
    angles.push(...trace.columns[`target.${index}.az`]);
  });
  const known = ranges.filter((range) => Number.isFinite(range));
  const range = known.reduce((most, one) => Math.max(most, one), known.length ? 1 : 10) * 1.05;
  // Two to five rings, at round distances.
  const decade = 10 ** Math.floor(Math.log10(range));
  const step = decade * (range / decade >= 4 ? 2 : range / decade >= 2 ? 1 : 0.5);
  const rings = Array.from({ length: Math.floor(range / step) }, (_, index) => Number(((index + 1) * step).toPrecision(3)));
  return {
    range,
    rings,
    known: known.length > 0,
    around: angles.some((angle) => Math.abs(angle) > 80),
  };
}
