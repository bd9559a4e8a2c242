"""Draws the score, the curve and the events of a video around its frames."""

import cv2
import numpy as np

from mmvad.clock import format_seconds
from mmvad.scores.events import Event
from mmvad.scores.scored_video import ScoredVideo
from mmvad.timeline import SEGMENT_FRAMES
from mmvad.visualization.figures import BLUE, VERMILION

BACKGROUND, GREY, LIGHT = (24, 24, 24), (110, 110, 110), (225, 225, 225)


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


SCORE, EVENT = _rgb(BLUE), _rgb(VERMILION)


class Annotator:
    """Draws the score of a frame, the curve of its video and a border around events.

    Below the picture: the frame's score as a number and as a bar with a tick at the threshold, then
    the curve of the whole video over its time, with its events and the position of the frame. In an
    event the picture has a border and the text says so, for readers who do not see the colour.

    Args:
        width: Pixels of the picture.
        height: Pixels of the picture.
        scored: The scores and events of the video.
        threshold: Where the tick is drawn.

    Raises:
        ValueError: The video could not be scored.

    Example:
        >>> annotator = Annotator(64, 48, ScoredVideo('a', [0.25, 0.75]), threshold=0.5)
        >>> picture = np.zeros((48, 64, 3), np.uint8)
        >>> annotator.draw(picture, 3, 0.1).shape == (annotator.height, annotator.width, 3)
        True
    """

    def __init__(self, width: int, height: int, scored: ScoredVideo, threshold: float) -> None:
        if scored.error is not None:
            raise ValueError(f'video {scored.name!r} has no scores to draw: {scored.error}')
        self._scored = scored
        self._threshold = threshold
        edges = scored.clock.edges
        self._in_seconds = edges is not None
        self._edges = scored.clock.frame_edges if edges is None else edges  # (S + 1,)
        self._picture = (width, height)
        self._row = max(14, min(height, width) // 14)  # height of a line of text
        self._border = max(2, min(height, width) // 60)
        self.width = width + width % 2  # the encoder only takes even sides
        below = 3 * self._row
        self.height = height + below + (height + below) % 2
        self._canvas = np.full((self.height, self.width, 3), BACKGROUND, np.uint8)
        self._draw_curve()

    def draw(self, picture: np.ndarray, frame: int, seconds: float) -> np.ndarray:
        """Draw one frame.

        Args:
            picture: (H, W, 3) uint8, RGB; one of another size, as where a stream changes its
                resolution, is scaled to that of the video.
            frame: Scored frame that it belongs to (`Clock.frame_at`).
            seconds: Its time.

        Returns:
            (height, width, 3) uint8, RGB, a new array. Frames after the last segment have no
            score.
        """
        canvas = self._canvas.copy()
        width, height = self._picture
        if picture.shape[:2] != (height, width):
            picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        canvas[:height, :width] = picture
        segment = frame // SEGMENT_FRAMES
        event = self._event_at(segment)
        if event is not None:
            edge = self._border
            for part in (
                canvas[:edge, :width],
                canvas[height - edge : height, :width],
                canvas[:height, :edge],
                canvas[:height, width - edge : width],
            ):
                part[:] = EVENT
        scores = self._scored.scores
        score = float(scores[segment]) if segment < len(scores) else None
        self._draw_score(canvas, score, event, seconds)
        column = self._column(seconds if self._in_seconds else frame)
        canvas[height + self._row :, column : column + 1] = LIGHT
        return canvas

    def _event_at(self, segment: int) -> Event | None:
        events = self._scored.events
        return next((e for e in events if e.start_segment <= segment < e.end_segment), None)

    def _column(self, position: float) -> int:
        """Column of the curve at a time or frame."""
        start, end = self._edges[0], self._edges[-1]
        share = (position - start) / max(end - start, 1e-9)
        return min(self._picture[0] - 1, max(0, int(share * self._picture[0])))

    def _draw_score(
        self, canvas: np.ndarray, score: float | None, event: Event | None, seconds: float
    ) -> None:
        width, height = self._picture
        text = 'no score' if score is None else f'{score:.2f}'
        text += f'  {format_seconds(int(seconds))}'
        text += '' if event is None else f'  EVENT {event.id}'
        scale = self._row / 34
        base = height + self._row - self._row // 4
        cv2.putText(canvas, text, (4, base), cv2.FONT_HERSHEY_SIMPLEX, scale, LIGHT, 1, cv2.LINE_AA)
        left, right = width // 2 + 4, width - 4
        top, bottom = height + self._row // 4, height + self._row - self._row // 4
        cv2.rectangle(canvas, (left, top), (right, bottom), GREY, 1)
        if score is not None:
            colour = EVENT if np.float32(score) >= np.float32(self._threshold) else SCORE
            end = left + round(score * (right - left))
            cv2.rectangle(canvas, (left, top), (end, bottom), colour, -1)
        tick = left + round(self._threshold * (right - left))
        cv2.line(canvas, (tick, top - 2), (tick, bottom + 2), LIGHT, 1)

    def _draw_curve(self) -> None:
        """Draw the highest score of each column once, for all frames."""
        width, height = self._picture
        scores, last_segment = self._scored.scores, len(self._scored.scores) - 1
        top, bottom = height + self._row + 2, height + 3 * self._row - 2
        borders = np.linspace(self._edges[0], self._edges[-1], width + 1)
        firsts = np.searchsorted(self._edges, borders[:-1], 'right') - 1
        firsts = np.minimum(firsts, last_segment)
        ends = np.searchsorted(self._edges, borders[1:], 'left')
        ends = np.maximum(firsts + 1, np.minimum(ends, last_segment + 1))
        in_event = np.zeros(len(scores) + 1, np.int64)
        for event in self._scored.events:
            in_event[event.start_segment + 1 : event.end_segment + 1] = 1
        in_event = np.cumsum(in_event)  # segments of events before each segment
        for column, (first, end) in enumerate(zip(firsts, ends, strict=True)):
            peak = float(scores[first:end].max())
            start = bottom - round(peak * (bottom - top))
            is_event = in_event[end] > in_event[first]
            self._canvas[start:bottom, column] = EVENT if is_event else SCORE
        line = bottom - round(self._threshold * (bottom - top))
        self._canvas[line, :width:4] = LIGHT
