#!/usr/bin/env python3
"""Looks at every page of the built book in headless Chromium: nothing sticks out of a narrow or a wide screen, no page is
empty, no script fails. Leaves a picture of the top of each page.

    look.py CHROMIUM BOOK PICTURES
"""

import functools
import html
import http.server
import json
import pathlib
import re
import subprocess
import sys
import threading

WIDTHS = (360, 1440)

# Each page in a frame as wide as the screen. What is wider than it counts, unless it scrolls by itself, as code does; a
# table does as well, but then nobody knows that there is one more column.
LOOK = """<!doctype html><body><pre id="told"></pre><script>
const pages = %s, widths = %s;
async function look() {
  const told = [];
  for (const width of widths) for (const page of pages) {
    const frame = document.createElement("iframe");
    Object.assign(frame, {width, height: 800, src: page});
    await new Promise(loaded => { frame.onload = loaded; document.body.append(frame); });
    const inner = frame.contentDocument, main = inner.querySelector("main");
    const scrolls = e => e && e !== main && (/auto|scroll|hidden/.test(frame.contentWindow.getComputedStyle(e).overflowX) || scrolls(e.parentElement));
    const wide = main ? [...main.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > width + 1 && !scrolls(e)) : [];
    for (const table of inner.querySelectorAll("main table"))
      if (table.parentElement.scrollWidth > table.parentElement.clientWidth + 1) wide.push(table);
    told.push({page, width, words: main ? main.innerText.split(/\\s+/).length : 0,
               wide: wide.map(e => e.tagName + ": " + e.innerText.slice(0, 60))});
    frame.remove();
  }
  document.getElementById("told").textContent = JSON.stringify(told);
}
look();
</script>"""


def chromium(program, *arguments):
    fixed = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    return subprocess.run([program, *fixed, *arguments], check=True, capture_output=True, text=True, timeout=300).stdout


def main(program, book, pictures):
    book, pictures = pathlib.Path(book), pathlib.Path(pictures)
    left_out = {"404.html", "index.html", "print.html", "toc.html"}
    pages = sorted(page.name for page in book.glob("*.html") if page.name not in left_out)
    (book / "look.html").write_text(LOOK % (json.dumps(pages), json.dumps(WIDTHS)))

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=book))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    dom = chromium(program, "--virtual-time-budget=120000", "--dump-dom", f"{address}/look.html")
    (book / "look.html").unlink()
    told = json.loads(html.unescape(re.search(r'<pre id="told">(.*?)</pre>', dom, re.S).group(1)))
    wrong = [f"{one['page']} at {one['width']} px: {what} sticks out" for one in told for what in one["wide"]]
    wrong += [f"{one['page']} at {one['width']} px: only {one['words']} words" for one in told if one["words"] < 40]
    if len(told) != len(pages) * len(WIDTHS) or not pages:
        wrong.append(f"{len(told)} looks at {len(pages)} pages")
    for width in WIDTHS:
        for page in pages:
            file = pictures / f"{page.removesuffix('.html')}-{width}.png"
            size = f"--window-size={width},{800 if width < 800 else 900}"
            chromium(program, size, f"--screenshot={file}", f"{address}/{page}")
    print(f"{len(pages)} pages at {' and '.join(map(str, WIDTHS))} px, {len(wrong)} findings, pictures in {pictures}")
    sys.exit("\n".join(wrong) if wrong else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
