"""How a liveness score is judged: each camera left out in turn, rates of ISO/IEC 30107-3, and calibration at the site."""
from dataclasses import dataclass

import numpy as np

CALIBRATING = 20


@dataclass
class Presentations:
    """Images in the order of their files: camera, whether bona fide, and of each its score (higher is bona fide), or the numbers that
    one is made of (images by numbers)."""
    camera: np.ndarray
    bona_fide: np.ndarray
    numbers: np.ndarray

    def at(self, camera: str) -> tuple[np.ndarray, np.ndarray]:
        """Bona fide and attack rows of a camera."""
        here = self.camera == camera
        return self.numbers[here & self.bona_fide], self.numbers[here & ~self.bona_fide]

    def cameras(self) -> list[str]:
        """Their names, sorted."""
        return sorted(set(self.camera))

    def scored(self, scores: np.ndarray) -> "Presentations":
        """The same images with their scores."""
        return Presentations(self.camera, self.bona_fide, scores)


def logistic(x: np.ndarray, y: np.ndarray, counts: np.ndarray, penalty: float, start: np.ndarray | None = None) -> np.ndarray:
    """Weights and bias of a logistic regression on standardised numbers, given back for the numbers as they are. `counts` is
    what each row weighs, `penalty` that of the squared weights (ridge), `start` where the search begins. Newton's method; the curvature,
    which only guides it, in single precision."""
    mean = np.average(x, axis=0, weights=counts)
    spread = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=counts)) + 1e-6
    a = np.hstack([(x - mean) / spread, np.ones((len(x), 1))])
    ridge = np.append(np.full(x.shape[1], penalty), 0.0)
    w = np.zeros(a.shape[1])
    if start is not None:
        w = np.append(start[:-1] * spread, start[-1] + start[:-1] @ mean)
    for _ in range(100):
        p = 1 / (1 + np.exp(-np.clip(a @ w, -40, 40)))
        scaled = (a * np.sqrt(counts * p * (1 - p) + 1e-9)[:, None]).astype(np.float32)
        curvature = (scaled.T @ scaled).astype(float) + np.diag(ridge)
        step = np.linalg.solve(curvature, a.T @ (counts * (y - p)) - ridge * w)
        w += step
        if np.abs(step).max() < 1e-4:
            break
    weights = w[:-1] / spread
    return np.append(weights, w[-1] - weights @ mean)


def auc(live: np.ndarray, attack: np.ndarray) -> float:
    """Area under the ROC curve; ties count half."""
    n = np.sort(attack)
    return float((np.searchsorted(n, live, "left") + np.searchsorted(n, live, "right")).mean() / 2 / len(n))


def eer(live: np.ndarray, attack: np.ndarray) -> float:
    """Equal error rate: the mean of APCER and BPCER where they are closest."""
    t = np.unique(np.concatenate([live, attack]))
    bpcer = np.searchsorted(np.sort(live), t, "left") / len(live)
    apcer = 1 - np.searchsorted(np.sort(attack), t, "left") / len(attack)
    k = np.argmin(np.abs(apcer - bpcer))
    return float((apcer[k] + bpcer[k]) / 2)


def apcer(live: np.ndarray, attack: np.ndarray, bpcer: float) -> float:
    """APCER at the highest threshold whose BPCER is no more than the wanted one."""
    return float((attack >= np.sort(live)[int(bpcer * len(live))]).mean())


def mean_auc(scored: Presentations) -> float:
    """Of the cameras, each by itself."""
    return float(np.mean([auc(*scored.at(c)) for c in scored.cameras()]))


def tracks(scores: np.ndarray, frames: int) -> np.ndarray:
    """Means of so many scores in a row; what is left over is dropped."""
    count = len(scores) // frames
    return scores[:count * frames].reshape(count, frames).mean(1)


def pooled(scored: Presentations, frames: int, at_site: bool) -> tuple[np.ndarray, np.ndarray]:
    """Decisions over all cameras. At the site: a score's standing among the camera's first bona fide ones, as the
    program reckons it (src/domain/site_calibration.rs)."""
    live, attack = [], []
    for camera in scored.cameras():
        a, b = scored.at(camera)
        if at_site:
            known, a = np.sort(a[:CALIBRATING]), a[CALIBRATING:]

            def standing(v: np.ndarray) -> np.ndarray:
                return (np.searchsorted(known, v, "left") + np.searchsorted(known, v, "right")) / 2 / len(known)
            a, b = standing(a), standing(b)
        live.append(tracks(a, frames))
        attack.append(tracks(b, frames))
    return np.concatenate(live), np.concatenate(attack)


def table(name: str, scored: Presentations) -> None:
    """Print a method's rows: each camera, pooled, and pooled over 1, 2 and 5 images with and without the site's scale."""
    print(f"\n{name}\n| camera | AUC | EER % | APCER % at BPCER 5 % | 15 % |\n|---|---|---|---|---|")

    def row(label: str, live: np.ndarray, attack: np.ndarray) -> None:
        print(f"| {label} | {auc(live, attack):.3f} | {100 * eer(live, attack):.1f} | "
              f"{100 * apcer(live, attack, .05):.1f} | {100 * apcer(live, attack, .15):.1f} |", flush=True)
    for camera in scored.cameras():
        row(camera, *scored.at(camera))
    print(f"| mean | {mean_auc(scored):.3f} | | | |")
    for frames in (1, 2, 5):
        row(f"pooled, {frames} image{'s'[:frames > 1]}", *pooled(scored, frames, False))
    for frames in (1, 2, 5):
        row(f"at the site, {frames} image{'s'[:frames > 1]}", *pooled(scored, frames, True))
