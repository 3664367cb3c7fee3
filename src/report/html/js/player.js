// Play, pause, scrub; and the moments that are worth a look, as pictures that jump there.

function player(host, clock, name) {
  const play = element("button", { type: "button", className: "play" }, "Play");
  const slider = element("input", { type: "range", min: "0", max: String(clock.end), step: String(clock.step), "aria-label": `Time in ${name}` });
  const said = element("output", { className: "time" });
  const speed = element("select", { "aria-label": "Speed" });
  for (const factor of [0.1, 0.25, 0.5, 1, 2, 4]) {
    speed.append(element("option", { value: String(factor), selected: factor === 1 }, `${factor} ×`));
  }
  const zoom = [["−", 2, "Show more time"], ["+", 0.5, "Show less time"]].map(([sign, factor, what]) => {
    const button = element("button", { type: "button", "aria-label": what, title: what }, sign);
    button.addEventListener("click", () => clock.zoom(factor));
    return button;
  });
  play.addEventListener("click", () => clock.toggle());
  slider.addEventListener("input", () => {
    clock.playing = false;
    clock.set(Number(slider.value));
  });
  speed.addEventListener("change", () => (clock.speed = Number(speed.value)));
  clock.watch(() => {
    play.textContent = clock.playing ? "Pause" : "Play";
    slider.value = String(clock.at);
    slider.setAttribute("aria-valuetext", seconds(clock.at));
    said.textContent = `${seconds(clock.at)} of ${seconds(clock.end)}`;
  });
  host.append(element("div", { className: "player" }, play, slider, said, speed, ...zoom));
}

function moments(host, clock, drawing, data, name) {
  const list = element("ul", { className: "moments", "aria-label": `Moments of ${name}` });
  const pictures = drawing.moments.map(({ at_s, what, bad }) => {
    const canvas = element("canvas", { "aria-hidden": "true" });
    const button = element("button", { type: "button", className: bad ? "moment bad" : "moment", "data-at": String(at_s) },
      canvas, element("span", {}, `${bad ? "✗ " : ""}${what}`), element("small", {}, seconds(at_s)));
    button.addEventListener("click", () => clock.set(at_s));
    list.append(element("li", {}, button));
    return { canvas, row: clamp(Math.floor(at_s * drawing.hz + 1e-6), 0, data.trace.rows - 1) };
  });
  host.append(list);
  const draw = () => {
    for (const { canvas, row } of pictures) drawCamera(canvas, canvas.clientWidth || 120, drawing, data, row, true);
  };
  draw();
  return { resize: draw, redraw: draw };
}

/** The two views, beside each other where there is room. */
function views(host, clock, drawing, data, name) {
  const camera = element("canvas", { role: "img", "aria-label": `What the camera sees in ${name}` });
  const above = element("canvas", { role: "img", "aria-label": `${name} from above` });
  const key = element("p", { className: "key" },
    ...[["truth", "where targets are"], ["detection", "detected"], ["followed", "followed"], ["axis", "on target"]].map(([kind, words]) =>
      element("span", {}, element("i", { className: `mark ${kind}` }), words)));
  host.append(element("div", { className: "views" }, camera, above), key);
  const draw = () => {
    const row = clock.row(data.trace.rows);
    drawCamera(camera, camera.clientWidth, drawing, data, row);
    drawAbove(above, above.clientWidth, drawing, data, row);
  };
  clock.watch(draw);
  return { resize: draw, redraw: draw };
}
