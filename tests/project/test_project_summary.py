"""The summary page says what was done, and whether the threshold counts."""

import json
from html.parser import HTMLParser

import pytest

from mmvad.project.folder import ProjectFolder
from mmvad.project.running import RunResult
from mmvad.project.state import Record
from mmvad.project.summary import results_html, write_summary

VALUES = {'AUC': 0.8125, 'AP': None, 'false_alarms_per_hour': 967.16, 'AUC/<Fight>': 0.75}
THRESHOLD = dict(rule=dict(threshold=0.75), target_false_alarms_per_hour=1.0, normal_hours=30.0)


class Text(HTMLParser):
    """Keep the text, links and tags of a page."""

    def __init__(self, page):
        super().__init__()
        self.parts, self.links, self.tags = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.links += [value for name, value in attributes if name in ('href', 'src')]

    def handle_data(self, data):
        self.parts.append(data)

    @property
    def text(self):
        return ' '.join(' '.join(self.parts).split())


@pytest.fixture
def project(tmp_path):
    project = ProjectFolder(tmp_path / 'gate & yard')
    project.tested.mkdir(parents=True)
    rows = 'a.mp4,0,train,\nb.mp4,1,train,\nc.mp4,1,test,1-2\nd.mp4,0,test,\n'
    project.table.write_text(f'video,label,split,events\n{rows}')
    (project.tested / 'metrics.json').write_text(json.dumps(dict(values=VALUES)))
    return project


def written(project, reason='', **threshold):
    weights = project.work_dir / 'epoch_2.pth'
    file = None
    if threshold:
        file = project.path / 'threshold.json'
        file.write_text(json.dumps(threshold))
    records = [
        Record('features', 'k', 'done', "mmvad extract '<b>'", 'turns', 130.0),
        Record('calibration', '', 'refused', 'mmvad calibrate', 'chooses', 0.0, reason),
    ]
    files = (None, file) if reason else (file, None)
    result = RunResult(weights, *files, reason, records, {'features'})
    return Text(write_summary(project, result).read_text())


def test_an_uncalibrated_run_is_marked_with_its_reason(project):
    page = written(project, reason='46 s are too few')
    assert 'Not calibrated 46 s are too few. The threshold is 0.5.' in page.text
    page = written(project, '46 s are too few', **THRESHOLD)
    assert 'Not calibrated 46 s are too few. The threshold of these pages, 0.75,' in page.text
    assert 'is provisional: it lets one event pass in 30 hours of normal video' in page.text


def test_a_calibrated_run_says_on_what(project):
    page = written(project, **THRESHOLD)
    assert 'Threshold 0.75 keeps false alarms to at most 1 an hour on 30 hours' in page.text
    assert 'the normal videos of the test, so the false alarms' in page.text
    table = project.table.read_text()
    project.table.write_text(f'{table}e.mp4,0,calibration,\n')
    assert 'neither train nor are tested' in written(project, **THRESHOLD).text


def test_results_steps_and_what_comes_next_are_shown(project):
    page = written(project, reason='x')
    assert 'frame AUC 0.8125' in page.text and 'frame AP undefined' in page.text
    assert 'false alarms an hour 967.2' in page.text
    assert "features 2.2 min, by an earlier run turns mmvad extract '<b>'" in page.text
    assert 'calibration not run chooses x mmvad calibrate' in page.text
    assert '2 test videos are few' in page.text
    assert 'mmvad infer NEW_VIDEOS --weights' in page.text
    assert 'train 1 1 test 1 1' in page.text


def test_the_page_leads_to_the_review_page_and_fetches_nothing(project):
    (project.work_dir).mkdir()
    (project.work_dir / 'training_curves.png').write_bytes(b'picture')
    page = written(project, reason='x')
    assert page.links == ['review.html', 'data:image/png;base64,cGljdHVyZQ==']
    assert 'script' not in page.tags and 'b' not in page.tags


def test_categories_are_shown_where_there_are_several():
    assert 'Fire' not in results_html({'AUC': 0.5, 'AUC/Fire': 0.5}, 5)
    text = results_html({'AUC': 0.5, 'AUC/<Fire>': 0.5, 'AUC/Fight': 0.75}, 500)
    assert 'AUC, &lt;Fire&gt;' in text and 'few' not in text
