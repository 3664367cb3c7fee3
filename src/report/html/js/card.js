// A run's card: built when it is first opened and seen, because a page has many.

async function buildStage(card) {
  const stage = card.querySelector(".stage");
  const block = byId(`drawing-${card.dataset.run}`);
  if (!stage || !block) return null;
  const { drawing, before } = JSON.parse(block.textContent);
  const [trace, looks, found, was] = await Promise.all(
    [drawing.trace, drawing.looks, drawing.found, before?.trace].map((packed) => packed && unpack(packed)));
  const starts = [0];
  for (const count of looks.columns.found) starts.push(starts[starts.length - 1] + count);
  const data = { trace, looks, found, starts, reach: reach(drawing, trace) };
  const name = card.querySelector("h3").textContent;
  const clock = new Clock(drawing.end_s, drawing.hz);
  // It opens where something went wrong.
  clock.at = drawing.moments.find(({ bad }) => bad)?.at_s ?? 0;
  const parts = [moments(stage, clock, drawing, data, name)];
  parts.push(views(stage, clock, drawing, data, name));
  player(stage, clock, name);
  const group = element("div", { className: "plots", tabIndex: 0, role: "group", "aria-label": `Plots of ${name}: arrow keys move the time, with Shift by a second, + and − zoom, space plays` });
  stage.append(group);
  parts.push(...plots(group, clock, drawing, trace, was && { ...was, hz: before.hz, name: before.name }));
  parts.push(lanes(group, clock, drawing, trace));
  steer(group, clock);
  const resize = () => parts.forEach((part) => part.resize());
  let width = stage.clientWidth;
  new ResizeObserver(() => {
    if (stage.clientWidth && stage.clientWidth !== width) {
      width = stage.clientWidth;
      resize();
    }
  }).observe(stage);
  onNewColours(() => parts.forEach((part) => part.redraw()));
  stage.dataset.ready = "";
  return clock;
}

/** Keys of the plots. */
function steer(group, clock) {
  const keys = {
    ArrowLeft: (event) => clock.set(clock.at - (event.shiftKey ? 1 : clock.step)),
    ArrowRight: (event) => clock.set(clock.at + (event.shiftKey ? 1 : clock.step)),
    Home: () => clock.set(0),
    End: () => clock.set(clock.end),
    "+": () => clock.zoom(0.5),
    "-": () => clock.zoom(2),
    " ": () => clock.toggle(),
  };
  group.addEventListener("keydown", (event) => {
    const key = keys[event.key];
    if (!key || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    if (event.key !== " ") clock.playing = false;
    key(event);
  });
}

/** Makes a card do what its buttons say; gives what draws it. */
function bind(card, texts) {
  let clock = null;
  const build = () => (clock ??= buildStage(card));
  // Only what is on the screen, or nearly, is drawn.
  const seen = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting) && card.open) build();
  }, { rootMargin: "400px" });
  seen.observe(card);
  card.addEventListener("toggle", () => card.open && build());
  card.querySelector(".source").addEventListener("toggle", () => fillSource(card, texts));
  card.addEventListener("click", async (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.classList.contains("jump")) {
      (await build())?.set(Number(button.dataset.at));
      const group = card.querySelector(".plots");
      group?.focus({ preventScroll: true });
      card.querySelector(".stage").scrollIntoView({ block: "start" });
    } else if (button.classList.contains("line")) {
      showLine(card, texts, Number(button.dataset.line));
    } else if (button.classList.contains("copy")) {
      await copy(card.querySelector(".again .command"), button);
    }
  });
  return build;
}

async function copy(code, button) {
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
  } catch {
    // A browser that keeps its clipboard: the text is selected at least.
    getSelection().selectAllChildren(code);
    button.textContent = "Selected";
  }
  setTimeout(() => (button.textContent = "Copy"), 1500);
}
