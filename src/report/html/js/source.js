// The scenario's text with its line numbers, and the table that an expectation was written in.

function fillSource(card, texts) {
  const lines = card.querySelector(".source .lines");
  if (lines.childElementCount) return lines;
  const list = element("ol", { tabIndex: 0, "aria-label": "Scenario" });
  texts[Number(card.dataset.text)].replace(/\n$/, "").split("\n").forEach((text) => list.append(element("li", {}, element("code", {}, text || " "))));
  lines.append(list);
  return lines;
}

/** Opens the text at a line and marks the table that begins there. */
function showLine(card, texts, line) {
  card.querySelector(".source").open = true;
  const items = [...fillSource(card, texts).querySelectorAll("li")];
  let end = line;
  while (end < items.length && !items[end].textContent.trimStart().startsWith("[")) end += 1;
  while (end > line && !items[end - 1].textContent.trim()) end -= 1;
  items.forEach((item, index) => item.classList.toggle("marked", index >= line - 1 && index < end));
  const first = items[line - 1];
  if (!first) return;
  first.tabIndex = -1;
  first.focus({ preventScroll: true });
  first.scrollIntoView({ block: "center" });
}
