import numpy as np
import pytest

from mmvad.paper.published import PublishedRow
from mmvad.paper.tables import SHUFFLE, Table, find_table, make_table, runs_of
from mmvad.scores.scored_video import ScoredVideo
from mmvad.scores.scores_file import ScoresFile, write_scores

ROWS = (
    PublishedRow('Conv-AE', '–', 50.6),
    PublishedRow('Sultani et al.', 'I3D RGB', 81.39, 'sultani_ucf'),
    PublishedRow('Salient', 'I3D RGB', 84.74, 'salient_ucf'),
)


def test_rows_hold_published_and_measured_numbers_and_the_reason_of_a_failure(failing):
    table = Table('table3', 'Compared', 'ucf', ROWS)
    (oldest, sultani, salient), failed = make_table(table, [0, 1], ['held_out', 'last'], failing)
    assert oldest.published == 50.6 and oldest.measured == {} and oldest.note == ''
    assert sultani.measured == {'held_out': [], 'last': []}
    assert sultani.note == 'status 1: sultani_ucf: error: its data are not there'
    assert salient.measured == {'held_out': [75.0, 75.0], 'last': [75.0, 75.0]}
    assert len(failed) == 4


def test_rows_hold_macro_within_beside_the_papers_metric(place, tmp_path, monkeypatch):
    table = Table('table3', 'Compared', 'ucf', ROWS[1:2])
    (undefined,), _ = make_table(table, [0], ['last'], place)  # no video has both classes
    assert undefined.measured == {'last': [75.0]} and np.isnan(undefined.within['last']).all()
    fire = ScoredVideo('f', [0.1, 0.5, 0.9, 0.2], label=1, annotated_events=[(16, 32)])
    normal = ScoredVideo('n', [0.8], label=0, annotated_events=[])
    write_scores(tmp_path / 'other.json', ScoresFile([normal, fire]))
    monkeypatch.setenv('STAND_IN_SCORES', str(tmp_path / 'other.json'))
    (row,), _ = make_table(table, [1], ['last'], place)
    assert row.measured == {'last': [50.0]}
    assert row.within['last'] == [pytest.approx(200 / 3)]


def test_reordered_rows_shuffle_the_segments_of_the_training_videos_only():
    row = PublishedRow('Salient', 'I3D RGB', None, 'salient_ucf', reorder=True)
    assert runs_of(row, [0], ['last'])['last'][0].options == SHUFFLE
    assert all(key.startswith('train_dataloader') for key in SHUFFLE)


def test_table_1_is_the_same_systems_twice():
    rows = find_table('table1', None).rows
    assert [row.reorder for row in rows] == [False, True] * 3
    assert [row.config for row in rows[::2]] == ['sultani_ucf', 'rtfm_ucf', 'salient_ucf']


def test_table_1_on_another_data_set_has_that_ones_configs_and_nothing_published():
    rows = find_table('table1', 'ped2').rows
    assert rows[4].config == 'salient_ped2' and {row.value for row in rows} == {None}


@pytest.mark.parametrize(
    ('name', 'data', 'message'),
    [('table3', 'xd', 'table3 is about ucf; table5 is about xd'), ('table9', None, 'no table')],
)
def test_a_table_of_another_data_set_is_refused(name, data, message):
    with pytest.raises(ValueError, match=message):
        find_table(name, data)
