// The page as a whole: links open the card that they lead to, the filter hides what was not asked for.

const { texts } = json("claims");
const cards = [...document.querySelectorAll(".card")];
const builders = new Map(cards.map((card) => [card, bind(card, texts)]));

async function open() {
  const card = /^#run-\d+$/.test(location.hash) ? byId(location.hash.slice(1)) : null;
  if (!card) return;
  card.hidden = false;
  card.open = true;
  card.querySelector("summary").focus({ preventScroll: true });
  card.scrollIntoView({ block: "start" });
  await builders.get(card)();
  card.scrollIntoView({ block: "start" });
}
addEventListener("hashchange", open);
// The same link once more changes no address.
document.addEventListener("click", (event) => {
  const link = event.target.closest('a[href^="#run-"]');
  if (link && link.getAttribute("href") === location.hash) open();
});
open();

const form = document.querySelector(".filter");
function filter() {
  const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
  const verdicts = new Set([...form.querySelectorAll("input[name=verdict]:checked")].map((box) => box.value));
  let count = 0;
  for (const card of cards) {
    const text = card.textContent.toLowerCase();
    card.hidden = !verdicts.has(card.dataset.verdict) || !words.every((word) => text.includes(word));
    count += card.hidden ? 0 : 1;
  }
  form.querySelector(".shown").textContent = `${count} of ${cards.length} shown`;
}
form.addEventListener("input", filter);
form.addEventListener("submit", (event) => event.preventDefault());
filter();
