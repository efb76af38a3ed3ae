"""Measures the reporter beside the libraries a service would use otherwise, and writes the table.

    python benchmarks/reporter.py [--quick] [--write]

The peers live in a virtual environment of their own in the user's cache, made on first use. Every sample is a fresh
process; each case runs in several of them, and the median is shown with the range. `--write` puts the table into
docs/performance-reporter.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import venv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PEERS = (
    "prometheus_client==0.26.0",
    "opentelemetry-sdk==1.45.2",
    "statsd==4.0.1",
    "aws-embedded-metrics==3.5.0",
    "langfuse==5.0.4",
    "aliyun-python-sdk-core==2.16.1",
    "aliyun-python-sdk-cms==7.0.33",
)
OK = b'HTTP/1.1 200 OK\r\nx-log-requestid: 1\r\nContent-Length: 43\r\n\r\n{"Code":"200","Message":"","RequestId":"x"}'
BUSY = b'HTTP/1.1 400 Bad\r\nContent-Length: 26\r\n\r\n{"Code":"Throttling.User"}'
RECORDING = [
    # case, goal, bar
    ("record", "R1", 0.10),
    ("handle", "R2", 0.03),
    ("threads 8", "R3", 0.15),
    ("threads 32", "R3", 0.15),
    ("decorator", "R4", 0.16),
    ("coroutine", "R4", 0.24),
    ("block", "R4", 0.34),
    ("prometheus_client, pre-bound", "peer", None),
    ("opentelemetry-sdk Histogram.record", "peer", None),
    ("statsd timing, UDP", "peer", None),
    ("aws-embedded-metrics put_metric", "peer", None),
    ("langfuse @observe on a no-op", "peer", None),
]
REFERENCE_MS, VENDOR_MS = 147.0, 72.0
"""prometheus_client's minute and the vendor client's import on the machine whose milliseconds are the bars."""
SERVICES = {"answers at once": "fine", "answers in 20 ms": "slow", "never answers": "hang",
            "throttles": "throttle", "refuses connections": "refuse"}  # fmt: skip


def interpreter() -> Path:
    """The Python of the peers' environment."""
    folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "flowvigil" / "benchmark-peers"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        print("installing the peers into", folder, file=sys.stderr)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS], check=True)
        (folder / "ready").touch()
    return python


def sample(script: str, *arguments: str) -> dict[str, Any]:
    """The figures of one fresh process."""
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent), "no_proxy": "*"}
    for name in ("FLOWVIGIL_SETTINGS", "PYTHONDONTWRITEBYTECODE"):  # users' second run finds compiled modules
        environment.pop(name, None)
    done = subprocess.run(
        [interpreter(), str(HERE / script), *arguments], env=environment, capture_output=True, text=True, check=False
    )
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        raise RuntimeError(f"{script} {arguments}: {done.stderr[-500:]}")
    figures: dict[str, Any] = json.loads(lines[-1])
    return figures


def several(rounds: int, script: str, *arguments: str) -> dict[str, list[float]]:
    """Each figure's values over the rounds."""
    samples = [sample(script, *arguments) for _ in range(rounds)]
    return {name: [one[name] for one in samples] for name in samples[0]}


def scaled(found: dict[str, list[float]], name: str, at: float = REFERENCE_MS, by: str = "reference_ms") -> list[float]:
    """Milliseconds as they would be where the figure `by`, measured in the same process, is `at`."""
    return [value * at / reference for value, reference in zip(found[name], found[by], strict=True)]


def middle(values: list[float], form: str = ".3g") -> str:
    """Median and range."""
    return f"{statistics.median(values):{form}} ({min(values):{form}}–{max(values):{form}})"


@contextmanager
def service(mode: str) -> Iterator[str]:
    """The address of a service that behaves so, in a process of its own."""
    if mode in ("", "refuse"):
        yield "http://127.0.0.1:9" if mode else ""
        return
    with subprocess.Popen([sys.executable, __file__, "--serve", mode], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.terminate()


async def serve(mode: str) -> None:
    """Answer like CloudMonitor, or not."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                if mode == "hang":
                    await asyncio.sleep(3600)
                if mode == "slow":
                    await asyncio.sleep(0.02)
                writer.write(BUSY if mode == "throttle" else OK)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def recording(rounds: int) -> list[str]:
    lines = ["", "## What a call costs", ""]
    lines.append("Reference: `prometheus_client` `Histogram.labels(service, flow, status).observe(x)`.")
    lines += ["", "| what | ns | × reference | goal | bar | |", "|---|---:|---:|---|---:|---|"]
    for case, goal, bar in RECORDING:
        found = several(rounds, "reporter_recording.py", case)
        ratio = statistics.median(found["ratio"])
        met = "" if bar is None else "met" if ratio <= bar else "**missed**"
        shown = "" if bar is None else f"≤ {bar}"
        lines.append(f"| {case} | {middle(found['ns'])} | {middle(found['ratio'])} | {goal} | {shown} | {met} |")
    return lines


def bars(title: str, rows: list[tuple[str, list[float], str, float, bool]]) -> list[str]:
    """A table of figures with bars; the last column of a row says whether less is better."""
    lines = ["", f"## {title}", "", "| what | measured | goal | bar | |", "|---|---:|---|---:|---|"]
    for what, values, goal, bar, less in rows:
        value = statistics.median(values)
        met = "met" if (value <= bar if less else value >= bar) else "**missed**"
        lines.append(f"| {what} | {middle(values)} | {goal} | {'≤' if less else '≥'} {bar:g} | {met} |")
    return lines


def whole(rounds: int) -> list[str]:
    script = "reporter_whole.py"
    with service("fine") as url:
        minute, wire = several(rounds, script, "minute", url), several(rounds, script, "wire", url)
    with service("hang") as url:
        end = several(rounds, script, "end", url)
    tail, memory = several(rounds, script, "tail"), several(1, script, "memory")
    accuracy, imports = several(1, script, "accuracy"), several(rounds, script, "imports")
    all_ms = scaled(imports, "all_ms", VENDOR_MS, "vendor_ms")
    calls_ms = [60e6 / rate for rate in wire["vendor_1"]]  # the article's call, once for each run of that minute
    fewer = [theirs / ours for theirs, ours in zip(calls_ms, minute["cpu_ms"], strict=True)]
    title = "What the rest costs"
    rows = bars(
        title,
        [
            ("p99 of a call while 660 series are folded, × prometheus_client's", tail["ratio"], "R5", 0.25, True),
            ("p99.9 of it, ns", tail["p999_ns"], "R5", 3000, True),
            ("a minute of 60,000 runs and 100 series, CPU ms*", scaled(minute, "cpu_ms"), "R7", 40, True),
            ("the same, × prometheus_client scraped every 15 s", minute["ratio"], "R7", 0.25, True),
            ("60,000 calls of aliyunsdkcore, one a run, × ours", fewer, "R7", 500, False),
            ("what its callers spend of it, ms*", scaled(minute, "callers_wait_ms"), "R7", 15, True),
            ("worst error of P50, P95, P99 up to 4,096 runs, %", accuracy["exact"], "R8", 0, True),
            ("worst error beyond, %", accuracy["beyond"], "R8", 1, True),
            ("bytes of a buffered run", memory["buffered_run"], "R9", 42, True),
            ("bytes of an idle flow", memory["idle_series"], "R9", 1000, True),
            ("bytes of a flow folded from 60 runs", memory["series_of_60"], "R9", 2500, True),
            ("bytes of a flow folded from 1,000 runs", memory["series_of_1000"], "R9", 6000, True),
            ("raw datapoints/s of CPU, 100 a call, × aliyunsdkcore's", wire["raw_ratio"], "R10", 12, False),
            ("aggregated, 100 a call, × the same", wire["aggregated_ratio"], "R10", 6, False),
            ("aggregated, 20 a call, × its one call a run", wire["aggregated_20_ratio"], "R10", 35, False),
            ("end of a process when the service hangs, s (deadline 2)", end["seconds"], "R12", 2.3, True),
            ("import, ms*", scaled(imports, "import_ms", VENDOR_MS, "vendor_ms"), "R13", 5, True),
            ("import, MB", imports["import_mb"], "R13", 2, True),
            ("import with everything the threads load, ms*", all_ms, "R13", 25, True),
            ("import with everything the threads load, MB", imports["all_mb"], "R13", 10, True),
        ],
    )
    speed = statistics.median(minute["reference_ms"]) / REFERENCE_MS
    note = "\\* Scaled to the machine of the bars, where prometheus_client's minute takes 147 ms and the import of"
    note += f" aliyun-python-sdk-core 72 ms; this machine took {speed:.1f} times as long for that minute"
    return [*rows, "", f"{note} ({statistics.median(minute['cpu_ms']):.0f} ms of CPU for ours)."]


def loops(rounds: int) -> list[str]:
    """Each sample is a pair of processes at the same time, one without reporting: noise falls on both alike."""
    lines = [
        "",
        "## What the event loop feels",
        "",
        "50 concurrent flows of 200 ms, events sent each second, beside the",
    ]
    lines[-1] += " same process without reporting, at the same time. R6 asks for a p99 within 0.5 ms of it and 99 % of"
    lines += [
        lines.pop() + " the flows/s.",
        "",
        "| service | flows/s | × without | lag p99 ms | minus that without | |",
    ]
    lines.append("|---|---:|---:|---:|---:|---|")
    for name, mode in SERVICES.items():
        rates, shares, lags, more = [], [], [], []
        for _ in range(rounds):
            with service(mode) as url, ThreadPoolExecutor(2) as pool:
                ours, none = pool.map(lambda at: sample("reporter_whole.py", "loop", at), (url, ""))
            rates.append(ours["flows_s"])
            shares.append(ours["flows_s"] / none["flows_s"])
            lags.append(ours["lag_p99_ms"])
            more.append(ours["lag_p99_ms"] - none["lag_p99_ms"])
        met = statistics.median(more) <= 0.5 and statistics.median(shares) >= 0.99
        row = (middle(rates, ".1f"), middle(shares, ".3f"), middle(lags, ".2f"), middle(more, ".2f"))
        lines.append(f"| {name} | {' | '.join(row)} | {'met' if met else '**missed**'} |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round a case instead of three")
    parser.add_argument("--write", action="store_true", help="write docs/performance-reporter.md")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve:
        asyncio.run(serve(asked.serve))
        return
    rounds = 1 if asked.quick else 3
    head = (HERE / "reporter_notes.md").read_text("utf-8").rstrip().splitlines()
    load = os.getloadavg()[0]
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores, {rounds} rounds a case, load {load:.1f}."
    text = "\n".join([*head, "", machine, *recording(rounds), *whole(rounds), *loops(2 * rounds)]) + "\n"
    print(text)
    if asked.write:
        (HERE.parent / "docs" / "performance-reporter.md").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
