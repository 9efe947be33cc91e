"""Ours against the peers, taking turns on one core: a table, a JSON file and a chart. Started by `run`.

Times are processor time of the whole process, which on an idle machine is the time that passes, and on a busy one
leaves out what the others take.
"""
import argparse
import json
import platform
import statistics
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

import contenders
from contenders import DIMENSION, NETWORK_PEERS, ROOT, SEARCH_PEERS, Missing, Run, by_role, vision

FRAME = ROOT / "boards" / "sim" / "frames" / "016-enrolled.jpg"
# Each side runs for about so long in a turn.
TURN_SECONDS = 0.1


@dataclass
class Row:
    stage: str
    ours_ms: float
    peer: str
    peer_ms: float
    ratio: float
    agreement: str


class Ours:
    """The Rust side, which runs a stage when it is told to."""

    def __init__(self, program: str, work: Path) -> None:
        self.process = subprocess.Popen([program, str(work)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, stage: str, runs: int) -> tuple[list[float], np.ndarray]:
        """Milliseconds of each run, and what the last one gave."""
        assert self.process.stdin and self.process.stdout
        print(stage, runs, file=self.process.stdin, flush=True)
        answer = json.loads(self.process.stdout.readline() or '{"ms": [], "result": []}')
        if not answer["ms"]:
            raise SystemExit(f"our side failed at {stage}")
        return answer["ms"], np.array(answer["result"], np.float64)


def timed(run: Run, runs: int) -> tuple[list[float], np.ndarray]:
    times, result = [], np.zeros(0)
    for _ in range(runs):
        started = time.process_time()
        result = run()
        times.append((time.process_time() - started) * 1e3)
    return times, result


def turns(ours: Ours, stage: str, peers: dict[str, Run], rounds: int, agree, own: dict[str, str] = {}) -> list[Row]:
    """Medians of all sides over `rounds` turns each, after one to warm up; `own` names further stages of ours to compare with."""
    sides = {"ours": lambda n: ours.run(stage, n)}
    sides |= {name: (lambda s: lambda n: ours.run(s, n))(other) for name, other in own.items()}
    sides |= {name: (lambda r: lambda n: timed(r, n))(run) for name, run in peers.items()}
    times: dict[str, list[float]] = {name: [] for name in sides}
    results, runs = {}, {}
    for name, side in sides.items():
        side(2)
        once = statistics.median(side(3)[0])
        runs[name] = max(1, min(200, int(TURN_SECONDS * 1e3 / once)))
    for _ in range(rounds):
        for name, side in sides.items():
            times[name] += side(runs[name])[0]
    for name, side in sides.items():
        results[name] = side(1)[1]
    medians = {name: statistics.median(t) for name, t in times.items()}
    return [Row(stage, medians["ours"], name, medians[name], medians["ours"] / medians[name],
                agree(results["ours"], results[name])) for name in (*own, *peers)]


def cosine(a: np.ndarray, b: np.ndarray) -> str:
    if a.shape != b.shape:
        return f"{a.size} against {b.size} values"
    return f"cosine {a @ b / (np.linalg.norm(a) * np.linalg.norm(b)):.4f}"


def network_rows(ours: Ours, work: Path, image: np.ndarray, rounds: int) -> list[Row]:
    detector = by_role("detector")
    call = contenders.ort(contenders.onnx_f32(detector))
    face = vision.detect(lambda x: call.run(None, {"input": x}), detector, image)[0]
    inputs = {
        "detector": vision.letterbox(image, detector.size)[0],
        "embedder": vision.align(image, face),
        "liveness": vision.square_crop(image, face, 1.0, by_role("liveness").size),
    }
    rows = []
    for role, picture in inputs.items():
        network = by_role(role)
        x = vision.tensor(picture, network)
        x.astype("<f4").tofile(work / f"{role}.f32")
        peers = {}
        for name, make in NETWORK_PEERS.items():
            try:
                peers[name] = make(network, x, work)
            except Missing as why:
                print(f"{role}: {name} is left out: {why}")
        # The detector ships in f32.
        own = {} if role == "detector" else {"ours in f32": f"{role}-f32"}
        rows += turns(ours, role, peers, rounds, cosine, own)
    return rows


def frame_row(ours: Ours, work: Path, templates: np.ndarray, rounds: int) -> list[Row]:
    def agree(a: np.ndarray, b: np.ndarray) -> str:
        return f"box IoU {vision.overlap(a[:4], b[:4]):.3f}, best cosine {a[4]:.3f} and {b[4]:.3f}"
    peer = contenders.pipeline(FRAME.read_bytes(), templates, work)
    return turns(ours, "frame", {"Python: OpenCV, onnxruntime f32, faiss": peer}, rounds, agree)


def search_rows(ours: Ours, templates: np.ndarray, probes: np.ndarray, counts: list[int], rounds: int) -> list[Row]:
    rows = []
    for count in counts:
        peers = {name: make(templates[:count], probes) for name, make in SEARCH_PEERS.items()}
        stage = f"search-{count}"
        here = turns(ours, stage, peers, rounds, lambda a, b: "")
        best = [int(np.argmax(templates[:count] @ probe)) for probe in probes]
        mine = found(lambda: ours.run(stage, 1)[1], best)
        for row in here:
            row.agreement = f"top-1 as in f32: {mine} and {found(peers[row.peer], best)} of {len(best)}"
        rows += here
    return rows


def found(run: Run, best: list[int]) -> int:
    """For how many of the probes the most similar template is named."""
    answers = {int(turn): int(number) for number, _, turn in (run() for _ in best)}
    return sum(answers.get(turn) == number for turn, number in enumerate(best))


def unit_vectors(count: int, seed: int) -> np.ndarray:
    x = np.random.default_rng(seed).standard_normal((count, DIMENSION), dtype=np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def machine() -> str:
    cpu = next((line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.processor())
    flags = Path("/proc/cpuinfo").read_text()
    known = [f for f in ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "amx_int8", "asimddp") if f" {f} " in flags]
    return f"{cpu} ({', '.join(known)}), {platform.system()} {platform.machine()}, one thread"


def chart(rows: list[Row], title: str) -> str:
    """Bars of our time as a share of the peer's; the line is where both are equal."""
    left, width, step, most = 330, 420, 22, 2.0
    height = 60 + step * len(rows)
    svg = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 70} {height}" '
           'font-family="sans-serif" font-size="12">',
           f'<rect width="100%" height="100%" fill="white"/><text x="10" y="20" font-size="13">{title}</text>']
    for i, row in enumerate(rows):
        y = 40 + i * step
        bar = min(row.ratio, most) / most * width
        colour = "#2a7f62" if row.ratio <= 1 else "#b5651d"
        svg.append(f'<text x="{left - 8}" y="{y + 13}" text-anchor="end">{row.stage} / {row.peer}</text>'
                   f'<rect x="{left}" y="{y + 2}" width="{bar:.1f}" height="{step - 7}" fill="{colour}"/>'
                   f'<text x="{left + bar + 5:.1f}" y="{y + 13}">{row.ratio:.2f}</text>')
    x = left + width / most
    svg.append(f'<line x1="{x}" y1="34" x2="{x}" y2="{height - 14}" stroke="black" stroke-dasharray="3 3"/></svg>')
    return "\n".join(svg) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--ours", required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--json", type=Path, required=True)
    parser.add_argument("--chart", type=Path, default=None, help="default: peers.svg beside the JSON file")
    parser.add_argument("--only", choices=("networks", "frame", "search"), help="leave the other stages out")
    parser.add_argument("--quick", action="store_true", help="few rounds, and no gallery of a million")
    arguments = parser.parse_args()
    rounds = 3 if arguments.quick else 15
    counts = [10_000, 100_000] + ([] if arguments.quick else [1_000_000])

    work = arguments.work
    (work / "frame.jpg").write_bytes(FRAME.read_bytes())
    templates, probes = unit_vectors(max(counts), 1), unit_vectors(50, 2)
    templates.astype("<f4").tofile(work / "templates.f32")
    probes.astype("<f4").tofile(work / "probes.f32")
    ours = Ours(arguments.ours, work)
    image = contenders.cv2.imread(str(FRAME))
    rows = []
    if arguments.only in (None, "networks"):
        rows += network_rows(ours, work, image, rounds)
    if arguments.only in (None, "frame"):
        rows += frame_row(ours, work, templates, rounds)
    if arguments.only in (None, "search"):
        rows += search_rows(ours, templates, probes, counts, rounds)

    title = machine()
    print(f"{title}\nMedians of processor time in ms, taking turns.\n")
    print("| stage | ours | peer | its ms | ratio | agreement |\n|---|---|---|---|---|---|")
    for r in rows:
        print(f"| {r.stage} | {r.ours_ms:.3f} | {r.peer} | {r.peer_ms:.3f} | {r.ratio:.2f} | {r.agreement} |")
    arguments.json.write_text(json.dumps({"machine": title, "rows": [asdict(r) for r in rows]}, indent=1) + "\n")
    (arguments.chart or arguments.json.with_suffix(".svg")).write_text(chart(rows, title))


if __name__ == "__main__":
    main()
