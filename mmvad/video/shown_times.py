"""Records when segments start as the frames of a video are read, in a few numbers per segment."""

from array import array

import numpy as np

from mmvad.timeline import SEGMENT_FRAMES


class ShownTimes:
    """When segments start, in seconds from the first frame, and which frame of the source that is.

    Example:
        >>> shown = ShownTimes()
        >>> for number in range(17):
        ...     shown.add(number / 4, number)
        >>> [edges.tolist() for edges in shown.edges(interval=0.25, num_sources=17)]
        [[0, 16, 17], [0.0, 4.0, 4.25], [0.0, 16.0, 17.0]]
    """

    def __init__(self) -> None:
        self._starts = array('d')
        self._ends = array('d')  # of whole segments, as far as known by then
        self._sources = array('d')
        self._count = 0
        self._last = 0.0
        self._lasted = 0.0

    def add(self, seconds: float, source: int) -> None:
        """Record a frame that is read.

        Args:
            seconds: When it is shown; must not decrease.
            source: Its number in the source.
        """
        if self._count % SEGMENT_FRAMES == 0:
            self._starts.append(seconds)
            self._sources.append(source)
        self._count += 1
        self._lasted, self._last = seconds - self._last, seconds
        if self._count % SEGMENT_FRAMES == 0:
            self._ends.append(seconds + self._lasted)

    def span(self, segment: int, interval: float) -> tuple[float, float]:
        """Return the start of a segment and the end of its last frame so far, in seconds.

        Args:
            segment: One of which a frame was added.
            interval: See `edges`.
        """
        if segment < len(self._ends):
            return self._starts[segment], self._ends[segment]
        return self._starts[segment], self._last + (self._lasted or interval)

    def edges(self, interval: float, num_sources: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Close the last segment after the frames so far, while another thread may add some.

        Args:
            interval: Seconds that the last frame is shown where there is none before it; otherwise
                it is shown as long as that one.
            num_sources: Frames of the source so far.

        Returns:
            Frames read, seconds, and frames of the source, at which segments start and the
            last one ends, each (segments + 1,).
        """
        count = self._count
        begun = -(-count // SEGMENT_FRAMES)
        end = self._last + (self._lasted or interval) if count else 0.0
        return (
            np.minimum(SEGMENT_FRAMES * np.arange(begun + 1), count),
            np.array([*self._starts[:begun], end]),
            np.array([*self._sources[:begun], num_sources], np.float64),
        )
