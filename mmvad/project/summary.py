"""The summary page of a run: what came out, what was done, and whether the threshold counts."""

import base64
import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from mmvad.datasets.converters.label_table import Row, read_table
from mmvad.datasets.converters.table_splits import assign_splits, calibration_rows
from mmvad.files import atomic_path, escape_controls, read_json
from mmvad.project.folder import ProjectFolder
from mmvad.project.running import RunResult, command_line
from mmvad.project.state import REFUSED, Record
from mmvad.project.steps import METRICS
from mmvad.scores.calibration_support import describe_hours

TEMPLATE = Path(__file__).parent / 'summary.html'
CURVES = 'training_curves.png'
FEW = 100  # test videos, below which a number says little
MEANING = {  # of the metrics that the page shows first
    'AUC': (
        'frame AUC',
        'how well scores rank anomalous frames above normal ones, over all test videos; '
        '0.5 is chance',
    ),
    'AP': ('frame AP', 'precision over all thresholds; chance is the share of anomalous frames'),
    'AUC_macro_within': ('AUC within videos', 'the frame AUC of each video, then the mean'),
    'false_alarms_per_hour': (
        'false alarms an hour',
        'events in normal test videos, at the threshold that cuts events',
    ),
}


def write_summary(project: ProjectFolder, result: RunResult) -> Path:
    """Write the summary page of a run: one HTML file that fetches nothing.

    Args:
        project: The folder, with all that the run wrote.
        result: What the run did.

    Returns:
        The page.

    Raises:
        OSError, ValueError: A file of the run is gone or malformed, or the page cannot be written.
    """
    rows = assign_splits(read_table(project.table))
    metrics = read_json(project.tested / METRICS, 'metrics')
    threshold = result.threshold or result.provisional
    found = None if threshold is None else read_json(threshold)
    tested = sum(row.split == 'test' for row in rows)
    texts = {
        'title': _safe(f'{project.path.resolve().name}: a detector for these videos'),
        'subtitle': _safe(f'mmvad run {project.path}, {len(rows)} videos'),
        'calibration': calibration_mark(found, result.uncalibrated, rows),
        'review': quote(project.review_page.name),
        'results': results_html(metrics['values'], tested),
        'videos': videos_html(rows),
        'steps': '\n'.join(step_html(one, one.name in result.skipped) for one in result.records),
        'curves': curves_html(project.work_dir / CURVES),
        'next': _safe(next_commands(project, result.weights)),
    }
    page = re.sub(r'\{\{(\w+)\}\}', lambda match: texts[match[1]], TEMPLATE.read_text('utf-8'))
    with atomic_path(project.summary_page) as draft:
        draft.write_text(page, encoding='utf-8', errors='backslashreplace', newline='\n')
    return project.summary_page


def calibration_mark(found: Mapping | None, reason: str, rows: Sequence[Row]) -> str:
    """Say in a marked section whether the threshold is calibrated.

    Args:
        found: Content of the threshold file, which is provisional where there is a reason; None
            where there is none.
        reason: Why the threshold is not calibrated; empty where it is.
        rows: Of the table, with splits.

    Returns:
        HTML.

    Example:
        >>> 'Not calibrated' in calibration_mark(None, '46 s are too few', [])
        True
    """
    if reason or found is None:
        threshold = 'The threshold is 0.5'
        if found is not None:
            threshold = (
                f'The threshold of these pages, {found["rule"]["threshold"]:.6g}, is provisional: '
                f'it lets one event pass in {describe_hours(found["normal_hours"])} of normal video'
            )
        return (
            '<section class="mark"><h2>Not calibrated</h2>'
            f'<p>{_safe(reason)}.</p>'
            f'<p>{threshold}. How many alarms an hour it gives at your cameras is not known. Add '
            'normal recordings to the table, with <code>calibration</code> in the column '
            '<code>split</code>, and run again.</p></section>'
        )
    _, own = calibration_rows(rows)
    where = (
        'normal videos that neither train nor are tested'
        if own
        else 'the normal videos of the test, so the false alarms that are counted there follow '
        'from the choice; videos of split <code>calibration</code> would be independent'
    )
    return (
        '<section class="mark good"><h2>Calibrated</h2>'
        f'<p>Threshold {found["rule"]["threshold"]:.4g} keeps false alarms to at most '
        f'{found["target_false_alarms_per_hour"]:g} an hour on '
        f'{describe_hours(found["normal_hours"])} of normal video ({where}).</p></section>'
    )


def results_html(metrics: Mapping[str, float | None], tested: int) -> str:
    """Lay out metrics as a table; those of categories follow the others.

    Args:
        metrics: Value by name; ``AUC/Fight`` is that of a category.
        tested: Videos of the test.

    Example:
        >>> '<td class="number">0.8125</td>' in results_html({'AUC': 0.8125}, 16)
        True
    """
    rows = [
        f'<tr><th scope="row">{words}</th><td class="number">{_number(metrics[name])}</td>'
        f'<td class="quiet">{meaning}</td></tr>'
        for name, (words, meaning) in MEANING.items()
        if name in metrics
    ]
    rows += [
        f'<tr><th scope="row">{_safe(name.replace("/", ", ", 1))}</th>'
        f'<td class="number">{_number(value)}</td><td class="quiet"></td></tr>'
        for name, value in metrics.items()
        if name.startswith('AUC/') and sum(other.startswith('AUC/') for other in metrics) > 1
    ]
    few = (
        f'<p class="quiet">{tested} test videos are few: such numbers change by several hundredths '
        'with the seed of the training and with the choice of videos.</p>'
        if tested < FEW
        else ''
    )
    return f'<table><tbody>{"".join(rows)}</tbody></table>{few}'


def videos_html(rows: Sequence[Row]) -> str:
    """Count the videos of each split.

    Example:
        >>> '<td class="number">1</td>' in videos_html([Row('', 'a.mp4', 0, split='train')])
        True
    """
    lines = []
    for split in ('train', 'test', 'calibration'):
        labels = [row.label for row in rows if row.split == split]
        if labels:
            lines.append(
                f'<tr><th scope="row">{split}</th><td class="number">{labels.count(0)}</td>'
                f'<td class="number">{labels.count(1)}</td></tr>'
            )
    head = (
        '<tr><th scope="col">split</th><th scope="col" class="number">normal</th>'
        '<th scope="col" class="number">anomalous</th></tr>'
    )
    return f'<table><thead>{head}</thead><tbody>{"".join(lines)}</tbody></table>'


def step_html(record: Record, skipped: bool) -> str:
    """Show one step: its name, its time, its command.

    Args:
        record: How it went.
        skipped: It was done by an earlier run.

    Example:
        >>> record = Record('test', '', 'done', 'mmvad test a.py b.pth', 'tests', 3.25)
        >>> '3.2 s, by an earlier run' in step_html(record, skipped=True)
        True
    """
    time = 'not run' if record.status == REFUSED and not record.seconds else _time(record.seconds)
    how = f'{time}, by an earlier run' if skipped else time
    texts = [text for text in (record.about, record.reason) if text]
    about = ''.join(f'<p class="quiet">{_safe(text)}</p>' for text in texts)
    return (
        f'<li><p><strong>{_safe(record.name)}</strong><span class="quiet">{how}</span></p>'
        f'{about}<pre>{_safe(record.command)}</pre></li>'
    )


def curves_html(path: Path) -> str:
    """Put the picture of the training into the page, where there is one."""
    if not path.is_file():
        return ''
    data = base64.b64encode(path.read_bytes()).decode()
    return (
        '<section><h2>The training</h2><p><img alt="loss over the training" '
        f'src="data:image/png;base64,{data}"></p></section>'
    )


def next_commands(project: ProjectFolder, weights: Path) -> str:
    """Name the commands that use the detector."""
    extractor = ['--extractor', str(project.feature_config)]
    camera = ['--out-dir', 'camera']
    common = ['--weights', str(weights), *extractor]
    return '\n'.join(
        [
            command_line(['infer', 'NEW_VIDEOS', *common, '--out-dir', 'scored', '--report']),
            command_line(
                ['infer', 'rtsp://CAMERA', '--live', '--scoring', 'sliding', *common, *camera]
            ),
        ]
    )


def _time(seconds: float) -> str:
    return f'{seconds:.1f} s' if seconds < 120 else f'{seconds / 60:.1f} min'


def _number(value: float | None) -> str:
    if value is None:
        return 'undefined'
    return f'{value:.4f}' if value <= 1 else f'{value:.1f}'


def _safe(text: str) -> str:
    return html.escape('\n'.join(escape_controls(line) for line in text.split('\n')))
