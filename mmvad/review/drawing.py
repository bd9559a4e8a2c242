"""Draws everything that a report holds from scored videos."""

import os
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import av

from mmvad.addresses import hide_addresses, is_address
from mmvad.review.annotated_video import write_annotated_video
from mmvad.review.media import has_pictures
from mmvad.review.outputs import Outputs, Plan, plan_outputs
from mmvad.review.page import check_segments, write_page
from mmvad.review.table import write_table
from mmvad.scores.rule import EventRule
from mmvad.scores.scored_video import ScoredVideo
from mmvad.scores.scores_file import ScoresFile
from mmvad.scores.threshold_file import DEFAULT
from mmvad.visualization.figures import save_png
from mmvad.visualization.score_curve import score_curve


def draw(
    scores: ScoresFile,
    outputs: Outputs,
    progress: Callable[[int, int], None] = lambda index, frames: None,
    inputs: Iterable[str | os.PathLike] = (),
    title: str | None = None,
) -> dict[str, str]:
    """Write curves, annotated videos, table and review page of scored videos.

    What cannot be drawn is named and does not stop the others.

    Args:
        scores: What to draw; its rule gives the threshold, 0.5 where it has none.
        outputs: What to write.
        progress: Called with the number of the video and the frames drawn since the last call;
            once at the end of each video with 0.
        inputs: Files that must not be overwritten, besides the videos.
        title: Heading of the page.

    Returns:
        The reason for each output that failed, by the name of the video or the path of the table
        or page.

    Raises:
        OSError: An output cannot be written; raised before anything is drawn.
        ValueError: The scores are those of whole videos, an input would be overwritten, two
            outputs have one name, or a video is too large for the page.
    """
    check_segments(scores)
    outputs.check()
    plan = plan_outputs([scored.name for scored in scores.videos], outputs, inputs)
    if scores.rule is None:
        made_by = dict(scores.made_by, threshold_from=DEFAULT)
        scores = replace(scores, made_by=made_by).cut(EventRule())
    failed, copies = {}, {}
    for index, scored in enumerate(scores.videos):
        if scored.error is None:
            with _named(scored.name, failed):
                _draw_curve(scored, plan, scores.rule.threshold)
            with _named(scored.name, failed):
                copies |= _draw_video(
                    scored, plan, outputs, scores.rule.threshold, _of(index, progress)
                )
        progress(index, 0)
    if plan.table is not None:
        with _named(str(plan.table), failed):
            write_table(scores, plan.table)
    if plan.page is not None:
        with _named(str(plan.page), failed):
            write_page(scores, plan.page, outputs.embed, copies, title)
    return failed


def _of(index: int, progress: Callable[[int, int], None]) -> Callable[[int], None]:
    return lambda frames: progress(index, frames)


@contextmanager
def _named(name: str, failed: MutableMapping[str, str]) -> Iterator[None]:
    """Record what fails under a name, after what failed there before."""
    try:
        yield
    except (ValueError, OSError, av.FFmpegError) as error:
        reason = hide_addresses(str(error))
        failed[name] = f'{failed[name]}; {reason}' if name in failed else reason


def _draw_curve(scored: ScoredVideo, plan: Plan, threshold: float) -> None:
    if scored.name in plan.curves:
        is_file = not is_address(scored.name)
        title = (is_file and os.path.basename(scored.name)) or scored.name
        save_png(score_curve(scored, threshold, title), plan.curves[scored.name])


def _draw_video(
    scored: ScoredVideo,
    plan: Plan,
    outputs: Outputs,
    threshold: float,
    progress: Callable[[int], None],
) -> dict[str, Path]:
    """Write the annotated video, where there is a file to make it from.

    Returns:
        The annotated video by the video's name, where one was written.
    """
    out = plan.videos.get(scored.name)
    if out is None:
        return {}
    if scored.started_at is not None or not has_pictures(scored.name):
        if outputs.all_videos:
            raise FileNotFoundError('no annotated video: there is no video file of this name')
        return {}
    write_annotated_video(scored.name, out, scored, threshold, progress)
    return {scored.name: out}
