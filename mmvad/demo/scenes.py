"""Renders small surveillance-like scenes: people walking, and now and then something else."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from mmvad.files import atomic_path
from mmvad.video.writer import encode_frames

WIDTH, HEIGHT, FPS = 192, 144, 25
ANOMALIES = ('Running', 'Vehicle', 'Fight', 'Explosion')


@dataclass(frozen=True)
class Scene:
    """One video to render.

    Attributes:
        name: File name without its extension.
        category: ``'Normal'`` or one of `ANOMALIES`.
        num_frames: Length.
        event: First and last frame of the anomaly, both counted; None in a normal video.
        seed: Seed of camera, walkers and noise.
    """

    name: str
    category: str
    num_frames: int
    event: tuple[int, int] | None
    seed: int


def plan_scenes(split: str, num_normal: int, num_anomalous: int, seed: int) -> list[Scene]:
    """Choose lengths, kinds and times of a split's scenes; no two have the same camera.

    Args:
        split: Part of the names and the seeds.
        num_normal: Scenes without an anomaly.
        num_anomalous: Scenes with one.
        seed: Seed of the choice.

    Returns:
        The scenes, normal ones first.

    Example:
        >>> [scene.category for scene in plan_scenes('test', 1, 2, 0)]
        ['Normal', 'Running', 'Vehicle']
    """
    random = np.random.default_rng([seed, sum(map(ord, split))])
    kinds = ['Normal'] * num_normal
    kinds += [ANOMALIES[index % len(ANOMALIES)] for index in range(num_anomalous)]
    scenes = []
    for index, category in enumerate(kinds):
        num_frames = int(random.integers(160, 241))
        event = None
        if category != 'Normal':
            length = int(random.integers(48, 81))
            start = int(random.integers(16, num_frames - length - 8))
            event = (start, start + length - 1)
        name = f'{split}{index:03d}_{category}'
        scenes.append(Scene(name, category, num_frames, event, int(random.integers(2**31))))
    return scenes


def render_scene(scene: Scene) -> Iterator[np.ndarray]:
    """Render a scene frame by frame.

    Args:
        scene: What to render; the same scene gives the same frames.

    Yields:
        (HEIGHT, WIDTH, 3) uint8 RGB.
    """
    random = np.random.default_rng(scene.seed)
    background = _background(random)
    walkers = [_Walker(random) for _ in range(int(random.integers(2, 5)))]
    actor = _Walker(random)
    for frame_index in range(scene.num_frames):
        frame = background.copy()
        for walker in walkers:
            walker.draw(frame, walker.x + walker.speed * frame_index, walker.y, frame_index)
        if scene.event and scene.event[0] <= frame_index <= scene.event[1]:
            _draw_anomaly(frame, scene, actor, frame_index - scene.event[0], random)
        drift = 1 + 0.03 * np.sin(frame_index / 40 + scene.seed % 7)
        noise = random.normal(0, 2.5, frame.shape)
        yield np.clip(frame * drift + noise, 0, 255).astype(np.uint8)


def write_scenes(scenes: list[Scene], folder: Path) -> None:
    """Write each scene to ``<name>.mp4``; an existing file is kept."""
    for scene in scenes:
        path = folder / f'{scene.name}.mp4'
        if path.is_file():
            continue
        with atomic_path(path) as temporary:
            encode_frames(temporary, render_scene(scene), FPS, crf='20', preset='fast')


def list_lines(scenes: list[Scene], split: str) -> str:
    """Write the scenes in the line format of ``tools/data/custom``.

    Args:
        scenes: Scenes of one split.
        split: ``'train'``, which gives only the kind, or ``'test'``, which gives the event too.

    Returns:
        One line per scene.

    Example:
        >>> print(list_lines([Scene('a', 'Fight', 90, (10, 20), 0)], 'test'), end='')
        a.mp4  Fight  10  20  -1  -1  90
    """
    lines = []
    for scene in scenes:
        start, end = scene.event or (-1, -1)
        event = '' if split == 'train' else f'{start}  {end}  -1  -1  '
        lines.append(f'{scene.name}.mp4  {scene.category}  {event}{scene.num_frames}\n')
    return ''.join(lines)


class _Walker:
    """A person who crosses the picture at walking pace."""

    def __init__(self, random: np.random.Generator) -> None:
        self.y = int(random.integers(70, 125))
        self.height = self.y * 0.32  # nearer is lower in the picture and larger
        self.speed = float(random.uniform(0.25, 0.7) * random.choice([-1, 1])) * self.y / 100
        self.x = float(random.uniform(0, WIDTH))
        self.colour = tuple(int(value) for value in random.integers(30, 200, 3))
        self.stride = float(random.uniform(0.25, 0.4))

    def draw(self, frame: np.ndarray, x: float, y: int, time: float, pace: float = 1.0) -> None:
        """Draw shadow, legs, body and head with the feet at (x, y)."""
        x, tall = int(x % (WIDTH + 40)) - 20, self.height
        swing = int(tall * 0.22 * np.sin(time * self.stride * pace))
        cv2.ellipse(frame, (x, y), (int(tall * 0.3), int(tall * 0.08)), 0, 0, 360, (40, 40, 45), -1)
        hip, neck = (x, int(y - tall * 0.45)), (x, int(y - tall * 0.85))
        for side in (-1, 1):
            cv2.line(frame, hip, (x + side * swing, y), (45, 40, 60), 3, cv2.LINE_AA)
        cv2.line(frame, hip, neck, self.colour, max(4, int(tall * 0.22)), cv2.LINE_AA)
        head = (x, int(y - tall * 0.97))
        cv2.circle(frame, head, max(2, int(tall * 0.1)), (200, 160, 130), -1, cv2.LINE_AA)


def _background(random: np.random.Generator) -> np.ndarray:
    """Draw a wall with windows above a paved ground, in colours of their own."""
    wall, ground = random.integers(90, 170, 3), random.integers(100, 160, 3)
    frame = np.empty((HEIGHT, WIDTH, 3), np.float32)
    frame[:60], frame[60:] = wall, ground
    for x in range(int(random.integers(5, 20)), WIDTH - 15, int(random.integers(28, 45))):
        cv2.rectangle(frame, (x, 12), (x + 14, 38), tuple(map(float, wall * 0.6)), -1)
    for row in range(66, HEIGHT, int(random.integers(9, 15))):
        cv2.line(frame, (0, row), (WIDTH, row), tuple(map(float, ground * 0.9)), 1)
    texture = cv2.GaussianBlur(random.normal(0, 12, frame.shape[:2]), (0, 0), 1.2)
    return np.clip(frame + texture[..., None], 0, 255).astype(np.uint8)


def _draw_anomaly(
    frame: np.ndarray, scene: Scene, actor: _Walker, time: int, random: np.random.Generator
) -> None:
    """Draw what happens `time` frames after the event began."""
    if scene.category == 'Running':
        actor.draw(frame, actor.x + 5.0 * time, actor.y, time, pace=3.0)
    elif scene.category == 'Vehicle':
        x = int(-60 + 4.5 * time) % (WIDTH + 120) - 60
        cv2.rectangle(frame, (x, 78), (x + 70, 112), actor.colour, -1)
        cv2.rectangle(frame, (x + 14, 64), (x + 56, 80), (60, 80, 100), -1)
        for wheel in (x + 14, x + 56):
            cv2.circle(frame, (wheel, 113), 8, (25, 25, 25), -1, cv2.LINE_AA)
    elif scene.category == 'Fight':
        centre = 60 + actor.y % 70
        for side in (-1, 1):
            shake = random.integers(-7, 8, 2)
            x = centre + side * 8 + int(shake[0]) + 20
            actor.draw(frame, x, actor.y + int(shake[1] // 2), time, pace=6.0)
    else:
        radius = int(12 + 38 * abs(np.sin(time / 6)))
        centre = (40 + actor.y, 90)
        cv2.circle(frame, centre, radius, (255, 150 + 10 * (time % 9), 60), -1, cv2.LINE_AA)
        cv2.circle(frame, centre, radius // 2, (255, 245, 200), -1, cv2.LINE_AA)
