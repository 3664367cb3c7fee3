// The pages that `.ci/report` wrote, in Chromium: what a person would do with them, and what must not happen.
//
//   node report.cjs CHROMIUM FOLDER PICTURES      FOLDER has suite.html and changed.html

"use strict";
const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");
const { chromium } = require("playwright-core");

const [program, folder, pictures] = process.argv.slice(2);
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const BYTES_MAX = 2_000_000;
const PICTURE_BYTES_MAX = 150_000;
const WIDTHS = [360, 1440];

/** A page, opened, with everything that went wrong in `troubles`. */
async function open(browser, file, { width, height = 900, scheme = "light", hash = "" }) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, reducedMotion: "reduce" });
  const page = await context.newPage();
  const troubles = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && troubles.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => troubles.push(`exception: ${error.message}`));
  const address = pathToFileURL(path.join(folder, file)).href;
  page.on("request", (request) => request.url().split("#")[0] !== address && troubles.push(`request: ${request.url()}`));
  await page.goto(address + hash);
  return { page, troubles, close: () => context.close() };
}

const ready = (page, run) => page.waitForSelector(`#run-${run} .stage[data-ready]`, { state: "attached" });
const at = (page, run) => page.$eval(`#run-${run} .player input`, (slider) => Number(slider.value));
const failure = (page) => page.$eval(".card[data-verdict=fail]", (card) => Number(card.dataset.run));

async function fits(page, what) {
  const [wide, seen] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert(wide <= seen, `${what}: ${wide} px wide in a window of ${seen} px`);
}

/** Every rule that axe-core has, best practices included. */
async function accessible(page, what) {
  // Evaluated, not put in as an element: the page's own policy stays in force.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 4).map((node) => node.html).join("  ")}`);
  assert.deepStrictEqual(told, [], what);
}

/** From the top of the page to the moment of a failure, with Tab and Enter only. */
async function byKeyboard(page) {
  const run = await failure(page);
  const focused = () => page.evaluate(() => document.activeElement.outerHTML.slice(0, 200));
  const tabTo = async (selector) => {
    for (let presses = 0; presses < 400; presses += 1) {
      await page.keyboard.press("Tab");
      if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
    }
    assert.fail(`Tab never came to ${selector}, but to ${await focused()}`);
  };
  await tabTo("a.go");
  await page.keyboard.press("Enter");
  await ready(page, run);
  assert(await page.evaluate((id) => document.activeElement === document.querySelector(`#run-${id} > summary`), run), await focused());
  await tabTo("button.jump");
  const wanted = Number(await page.evaluate(() => document.activeElement.dataset.at));
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.matches(".plots"));
  assert(Math.abs((await at(page, run)) - wanted) < 0.01, `at ${await at(page, run)} s instead of ${wanted} s`);
  await page.keyboard.press("Shift+ArrowLeft");
  await page.keyboard.press("ArrowRight");
  assert(Math.abs((await at(page, run)) - (wanted - 1 + 1 / 30)) < 0.01, "arrow keys move the time");
  // The line of the expectation, and out again.
  await page.$eval(`#run-${run} button.line`, (button) => button.focus());
  await page.keyboard.press("Enter");
  const marked = await page.$$eval(`#run-${run} .source .marked`, (lines) => lines.map((line) => line.textContent));
  assert.strictEqual(marked[0], "[[expect]]");
  // A closed card opens, too.
  const other = await page.$eval(".card:not([open])", (card) => Number(card.dataset.run));
  await page.$eval(`#run-${other} > summary`, (summary) => summary.focus());
  await page.keyboard.press("Enter");
  await ready(page, other);
}

async function plays(page) {
  const run = await failure(page);
  await ready(page, run);
  const card = page.locator(`#run-${run}`);
  await card.locator(".player select").selectOption("4");
  await card.locator(".player input").fill("1");
  const [before, picture] = [await at(page, run), await card.locator(".views canvas").first().evaluate((view) => view.toDataURL())];
  await card.locator(".play").click();
  await page.waitForFunction(([id, from]) => Number(document.querySelector(`#run-${id} .player input`).value) > from + 1, [run, before]);
  await card.locator(".play").click();
  const stopped = await at(page, run);
  assert((await card.locator(".views canvas").first().evaluate((view) => view.toDataURL())) !== picture, "the view moves");
  await page.waitForTimeout(100);
  assert.strictEqual(await at(page, run), stopped, "pause stops it");
}

async function filters(page) {
  const shown = () => page.$$eval(".card", (cards) => cards.filter((card) => !card.hidden).length);
  const all = await shown();
  await page.fill("input[type=search]", "planted");
  assert.strictEqual(await shown(), 1);
  await page.fill("input[type=search]", "");
  await page.uncheck("input[value=pass]");
  assert.strictEqual(await shown(), 1);
  await page.check("input[value=pass]");
  assert.strictEqual(await shown(), all);
}

async function picture(page, name, options) {
  const file = path.join(pictures, `${name}.png`);
  // Which commit it was is no part of the picture.
  await page.$$eval("header code, #changed ~ p code:first-of-type", (parts) => parts.forEach((part) => (part.textContent = "c0ffee5")));
  await page.screenshot({ path: file, ...options });
  const { size } = fs.statSync(file);
  assert(size < PICTURE_BYTES_MAX, `${file} has ${size} bytes`);
}

async function suite(browser) {
  const { size } = fs.statSync(path.join(folder, "suite.html"));
  assert(size < BYTES_MAX, `the page of the suite has ${size} bytes`);
  for (const width of WIDTHS) {
    for (const scheme of ["light", "dark"]) {
      const what = `suite, ${width} px, ${scheme}`;
      const { page, troubles, close } = await open(browser, "suite.html", { width, scheme });
      await fits(page, what);
      if (scheme === "light") await picture(page, `report-top-${width}`);
      await byKeyboard(page);
      await plays(page);
      await filters(page);
      await fits(page, `${what}, opened`);
      await page.$$eval(".card details", (parts) => parts.forEach((part) => (part.open = true)));
      await fits(page, `${what}, all of a card opened`);
      await accessible(page, what);
      assert.deepStrictEqual(troubles, [], what);
      await close();
      console.log(`${what}: in order`);
    }
  }
  // Every card at once: each can be drawn.
  const { page, troubles, close } = await open(browser, "suite.html", { width: 1440 });
  for (const card of await page.$$(".card")) {
    await card.evaluate((one) => (one.open = true));
    await card.scrollIntoViewIfNeeded();
    await page.waitForSelector(`#${await card.getAttribute("id")} .stage[data-ready]`, { state: "attached" });
    await card.evaluate((one) => (one.open = false));
  }
  assert.deepStrictEqual(troubles, [], "all cards");
  await close();
  console.log(`suite: every card drawn; the page has ${size} bytes`);
}

/** The pictures of the book. */
async function portraits(browser) {
  for (const [width, scheme] of [[1440, "light"], [360, "dark"]]) {
    const { page, close } = await open(browser, "suite.html", { width, height: width > 600 ? 1000 : 780, scheme });
    const run = await failure(page);
    await page.goto(`${page.url()}#run-${run}`);
    await ready(page, run);
    await page.waitForTimeout(200);
    await picture(page, `report-card-${width}`);
    await page.$eval(`#run-${run} .views`, (views) => views.scrollIntoView({ block: "start" }));
    await picture(page, `report-plots-${width}`);
    await close();
  }
}

async function changed(browser) {
  for (const width of WIDTHS) {
    const { page, troubles, close } = await open(browser, "changed.html", { width, hash: "#run-0" });
    await ready(page, 0);
    if (width > 600) {
      await page.$eval("#run-0 .player", (player) => player.scrollIntoView());
      await picture(page, "report-baseline-1440");
    }
    await page.$eval("#changed", (heading) => heading.scrollIntoView());
    await page.$$eval("details.changed", (parts) => parts.slice(0, 1).forEach((part) => (part.open = true)));
    assert(await page.$(".swatch.grey"), "the baseline is drawn");
    await fits(page, `changed, ${width} px`);
    await accessible(page, `changed, ${width} px`);
    if (width > 600) await picture(page, "report-changed-1440", { clip: { x: 0, y: 0, width, height: 760 } });
    assert.deepStrictEqual(troubles, [], "changed");
    await close();
    console.log(`changed, ${width} px: in order`);
  }
}

(async () => {
  const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox", "--force-color-profile=srgb"] });
  try {
    await suite(browser);
    await portraits(browser);
    await changed(browser);
  } finally {
    await browser.close();
  }
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
