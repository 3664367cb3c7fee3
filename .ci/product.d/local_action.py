#!/usr/bin/env python3
"""Runs the steps of action.yml here, as GitHub would, with the inputs of the workflow in docs/ci.md.

Usage: local_action.py PROGRAM RELEASES

PROGRAM is a built tiltyard, RELEASES a folder with an archive and its checksum. Wants PyYAML. A project of nobody's is
made in a temporary folder, with scenarios of its own. What is run:

  built       the example, as it stands: no release is found, so `cargo install` builds it from here
  released    the same with an archive that a server on this machine hands out
  damaged     the same with an archive that is not what its checksum says: the job ends
  failing     a scenario that fails: exit code, summary, annotations, JUnit, run files, outputs
  wrong       a scenario that is no scenario

`uses:` steps run on GitHub only; they are named. A step runs where its `if:` says so.
"""

import functools
import http.server
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import xml.etree.ElementTree

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
TARGET = f"{os.uname().machine}-unknown-linux-musl"


def example():
    """The workflow of docs/ci.md."""
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/ci.md").read_text(), re.DOTALL)
    (text,) = [block for block in blocks if "uses: OWNER/tiltyard@" in block]
    return text


def evaluate(text, context):
    """An expression of GitHub's, as far as action.yml and the example go."""
    words = r"!cancelled\(\)|'[^']*'|&&|\|\||==|!=|[()]|[a-z][\w.-]*|\S"
    python = []
    for word in re.findall(words, text):
        if word == "!cancelled()":
            python.append("True")
        elif word in ("&&", "||"):
            python.append({"&&": "and", "||": "or"}[word])
        elif word[0] == "'" or word in ("==", "!=", "(", ")"):
            python.append(word)
        elif re.fullmatch(r"(inputs|github|runner|steps)(\.[\w-]+)+", word):
            python.append(repr(context.get(word, "")))
        else:
            sys.exit(f"local_action.py cannot evaluate `{word}` of `{text}`")
    return eval(" ".join(python), {"__builtins__": {}})


def fill(value, context):
    return re.sub(r"\$\{\{(.*?)\}\}", lambda found: str(evaluate(found[1].strip(), context)), str(value))


def outputs(path):
    return dict(line.split("=", 1) for line in path.read_text().splitlines())


def act(project, inputs, server, ref):
    """Exit code, outputs of the action, summary, what was printed, and the steps that were left to GitHub."""
    unknown = set(inputs) - set(ACTION["inputs"])
    assert not unknown, f"no inputs of the action: {unknown}"
    temp = pathlib.Path(tempfile.mkdtemp(dir=project.parent))
    context = {f"inputs.{name}": inputs.get(name, one.get("default", "")) for name, one in ACTION["inputs"].items()}
    context |= {"github.action_path": str(ROOT), "github.action_ref": ref, "github.action_repository": "OWNER/tiltyard"}
    context |= {"runner.os": "Linux", "runner.arch": {"x86_64": "X64", "aarch64": "ARM64"}[os.uname().machine]}
    files = {name: temp / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_PATH")}
    files["GITHUB_STEP_SUMMARY"].write_text("of another step\n")
    files["GITHUB_PATH"].touch()
    base = os.environ | {name: str(path) for name, path in files.items() if name != "GITHUB_OUTPUT"}
    base |= {"GITHUB_SERVER_URL": server, "GITHUB_WORKSPACE": str(project), "GITHUB_SHA": "0123456789abcdef"}
    base |= {"RUNNER_TEMP": str(temp), "RUNNER_OS": "Linux", "RUNNER_ARCH": context["runner.arch"]}
    code, printed, left = 0, "", []
    for index, step in enumerate(ACTION["runs"]["steps"]):
        condition = step.get("if", "").removeprefix("${{").removesuffix("}}").strip()
        # Without a word about it, a step runs only while all went well.
        due = code == 0 if "cancelled()" not in condition else True
        if not due or (condition and not evaluate(condition, context)):
            continue
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"]), f"not pinned: {step['uses']}"
            left.append((step["uses"].split("@")[0], {key: fill(value, context) for key, value in step["with"].items()}))
            continue
        script, out = temp / f"step{index}.sh", temp / f"output{index}"
        script.write_text(step["run"])
        out.touch()
        assert "${{" not in step["run"], "an expression in a script is code that somebody else may write"
        variables = {name: fill(value, context) for name, value in step.get("env", {}).items()}
        folder = project / fill(step.get("working-directory", "."), context)
        environment = base | variables | {"GITHUB_OUTPUT": str(out)}
        # As `shell: bash` does on GitHub.
        bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", script]
        ran = subprocess.run(bash, cwd=folder, env=environment, capture_output=True, text=True)
        printed += ran.stdout + ran.stderr
        code = code or ran.returncode
        if "id" in step:
            context |= {f"steps.{step['id']}.outputs.{name}": value for name, value in outputs(out).items()}
    named = {name: fill(one["value"], context) for name, one in ACTION["outputs"].items()}
    return code, named, files["GITHUB_STEP_SUMMARY"].read_text(), printed, left, context


def project(folder):
    """A repository of somebody who builds a tracker: two scenarios, nothing of ours."""
    scenarios = folder / "scenarios"
    scenarios.mkdir(parents=True)
    shutil.copy(ROOT / "scenarios/motion/step.toml", scenarios)
    shutil.copy(ROOT / "scenarios/motion/ramp.toml", scenarios)
    return folder


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def serve(folder):
    handler = functools.partial(Quiet, directory=folder)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def check(condition, what, printed):
    if not condition:
        sys.exit(f"the action: {what}\n{printed}")


def main(program, releases):
    work = pathlib.Path(tempfile.mkdtemp())
    try:
        run(pathlib.Path(program).resolve(), pathlib.Path(releases).resolve(), work)
    finally:
        shutil.rmtree(work)


def run(program, releases, work):
    workflow = yaml.safe_load(example())
    (step,) = [one for one in workflow["jobs"]["scenarios"]["steps"] if one.get("uses", "").startswith("OWNER/tiltyard@")]
    inputs, ref = step["with"], step["uses"].split("@")[1]
    empty, full, damaged = work / "empty", work / "full", work / "damaged"
    for folder in (empty, full, damaged):
        place = folder / f"OWNER/tiltyard/releases/download/{ref}"
        place.mkdir(parents=True)
        if folder != empty:
            for file in releases.glob(f"tiltyard-{TARGET}.*"):
                shutil.copy(file, place)
    (archive,) = damaged.glob(f"**/tiltyard-{TARGET}.tar.gz")
    with archive.open("ab") as stream:
        stream.write(b"x")

    told = []
    for name, server in (("built", serve(empty)), ("released", serve(full))):
        here = project(work / name)
        code, named, summary, printed, left, _ = act(here, inputs, server, ref)
        check(code == 0, f"{name}: exit code {code}", printed)
        check((named["passed"], named["failed"], named["exit-code"]) == ("6", "0", "0"), f"{name}: {named}", printed)
        check(summary.startswith("of another step\n## ✅ Tiltyard: 6 of 6 runs passed"), f"{name}: {summary}", printed)
        check("::error" not in printed, f"{name}: an annotation where nothing failed", printed)
        check(len((here / "history.jsonl").read_text().splitlines()) == 1, f"{name}: no line of history", printed)
        uses = [action for action, _ in left]
        check(uses == (["actions/cache"] if name == "built" else []), f"{name}: {uses}", printed)
        told.append(f"{name}: 6 runs passed; left to GitHub: {', '.join(uses) or 'nothing'}")

    code, *_, printed, _, _ = act(project(work / "damaged-project"), inputs, serve(damaged), ref)
    check(code != 0 and "tiltyard 0" not in printed, "a damaged archive was taken", printed)
    told.append("damaged: the archive is refused")

    here = project(work / "failing")
    step = here / "scenarios/step.toml"
    step.write_text(step.read_text().replace('holds = "1 s"', 'holds = "60 s"'))
    line = 1 + step.read_text().splitlines().index("[[expect]]")
    args = "--label\nwith a space; and $(nothing) run"
    code, named, summary, printed, left, context = act(here, inputs | {"program": str(program), "args": args}, "", ref)
    check((code, named["exit-code"]) == (1, "1"), f"failing: exit code {code}", printed)
    check((named["passed"], named["failed"]) == ("3", "3"), f"failing: {named}", printed)
    annotation = f"::error file=scenarios/step.toml,line={line},title=step%3A "
    check(printed.count("::error ") == printed.count(annotation) == 1, f"failing: no {annotation}", printed)
    check("3 of 6 runs passed, 3 " in summary, f"failing: {summary}", printed)
    check("tiltyard run scenarios/step.toml --seed 2" in summary, "failing: no command", printed)
    check("with a space; and $(nothing) run" in (here / "history.jsonl").read_text(), "failing: an argument was cut", "")
    suites = xml.etree.ElementTree.parse(named["junit"]).getroot()
    check(suites.get("failures") == "3" and suites.get("tests") == "6", "failing: JUnit", printed)
    ((action, given),) = left
    out = pathlib.Path(given["path"])
    check(action == "actions/upload-artifact" and given["name"] == "tiltyard", f"failing: {left}", printed)
    check(len(list((out / "runs").glob("*.mcap"))) == 3 and (out / "runs/last.json").is_file(), "failing: run files", printed)
    makes_pages = "--html" in subprocess.run([program, "run", "--help"], capture_output=True, text=True).stdout
    check(bool(named["report"]) == makes_pages, f"failing: report is `{named['report']}`", printed)
    check(not makes_pages or out / "report.html" == pathlib.Path(named["report"]), "failing: the page", printed)
    again = subprocess.run([program, "rerun", out / "runs/last.json"], cwd=here, capture_output=True, text=True)
    check(again.returncode == 1 and "of 3 runs" in again.stdout, "failing: rerun of the artifact", again.stdout + again.stderr)
    page = "with its page" if makes_pages else "no page (this build makes none)"
    told.append(f"failing: exit 1, annotated, summarised, 3 run files, {page}; left to GitHub: {action}")

    (here / "scenarios/step.toml").write_text("schema = 1\n")
    code, named, _, printed, left, _ = act(here, inputs | {"program": str(program), "upload": "never"}, "", ref)
    check((code, named["exit-code"], left) == (2, "2", []), f"wrong: {code}, {named}, {left}", printed)
    told.append("wrong: exit 2, nothing uploaded")
    print(*told, sep="\n")


if __name__ == "__main__":
    if len(sys.argv) == 2 and sys.argv[1] == "--example":
        print(example(), end="")
    elif len(sys.argv) == 3:
        main(*sys.argv[1:])
    else:
        sys.exit(__doc__)
