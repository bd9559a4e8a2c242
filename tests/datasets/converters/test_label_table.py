"""Label tables: what is read, what is refused, with file and line."""

import numpy as np
import pytest

from mmvad.datasets.converters.label_table import Row, check_labels, convert_rows, read_table

TEN_SECONDS = np.arange(251) / 25


def table(tmp_path, text):
    path = tmp_path / 'labels.csv'
    path.write_text(text, encoding='utf-8')
    return path


def convert(rows, split='test'):
    return convert_rows(rows, split, 'gate', 'labels.csv', lambda video: TEN_SECONDS)[1]


def test_every_column_is_read(tmp_path):
    text = 'video,label,category,split,events\nx\\a.mp4,Anomalous,Fight,test,1:02-1:09.5 3.5-7\n'
    (row,) = read_table(table(tmp_path, text))
    assert row == Row(
        f'{tmp_path / "labels.csv"}, line 2', 'x/a.mp4', 1, 'Fight', 'test', ((3.5, 7), (62, 69.5))
    )


def test_hours_minutes_and_seconds():
    (entry,) = convert([Row('line 2', 'a.mp4', 1, 'Fight', 'test', ((2.0, 4.0),))])
    assert (entry['video'], entry['events'], entry['num_frames']) == ('a', [[50, 100]], None)


@pytest.mark.parametrize('text', ['video;label\na.mp4;0\n', '\ufeffLabel,Video\r\n0,"a.mp4"\r\n'])
def test_semicolons_marks_and_the_order_of_columns_do_not_matter(tmp_path, text):
    (row,) = read_table(table(tmp_path, text))
    assert (row.video, row.label, row.split, row.events) == ('a.mp4', 0, '', ())


@pytest.mark.parametrize(
    ('text', 'message'),
    [
        ('video,lable\na,0\n', "line 1: there is no column 'lable'; did you mean 'label'"),
        ('video\na\n', 'line 1: expected the header'),
        ('video,label,label\na,0,0\n', 'line 1: expected the header'),
        ('video,label\n', 'there is no row after the header'),
        ('video,label\n,0\n', 'line 2: video is empty'),
        ('video,label\na.mp4,2\n', "line 2: label must be one of 0, normal, 1, anomalous, got '2'"),
        ('video,label,split\na,0,tset\n', "got 'tset'; did you mean 'test'"),
        ('video,label\na.mp4,0\na.avi,0\n', "line 3: 'a' is listed already in"),
        ('video,label,events\na,0,1-2\n', 'line 2: a is normal and has events'),
        ('video,label,split\na,1,calibration\n', 'videos of split calibration are normal'),
        ('video,label,split\na,1,test\n', 'line 2: a is an anomalous video of the test and has no'),
        ('video,label,events\na,1,3:9\n', 'an event is start-end in seconds'),
        ('video,label,events\na,1,9-3\n', 'line 2: event 9-3 is empty'),
        ('video,label\n"a,0\n', 'line 2: not a line of a CSV table'),
        ('video,label\na,0,1\n', 'line 2: expected 2 values, got 3'),
    ],
)
def test_a_malformed_table_is_refused_with_its_line(tmp_path, text, message):
    path = table(tmp_path, text)
    with pytest.raises(ValueError) as error:
        read_table(path)
    assert message in str(error.value) and str(path) in str(error.value)


def test_an_empty_label_is_allowed_until_it_counts(tmp_path):
    rows = read_table(table(tmp_path, 'video,label\na.mp4,\n'))
    with pytest.raises(ValueError, match=r'line 2: label of a\.mp4 is empty'):
        check_labels(rows)


def test_events_of_training_videos_stay_in_the_table():
    (entry,) = convert([Row('line 2', 'a.mp4', 1, '', 'train', ((1, 2),))], 'train')
    assert (entry['events'], entry['category']) == ([], 'Anomaly')


@pytest.mark.parametrize(
    ('events', 'message'),
    [
        (((9, 12),), r'line 2: event 9-12 of a.mp4: it ends after the video, which is 10.00 s'),
        (((1, 3), (2, 4)), 'line 2: event 2-4 of a.mp4 overlaps the one before'),
    ],
)
def test_events_that_do_not_fit_their_video_are_refused(events, message):
    with pytest.raises(ValueError, match=message):
        convert([Row('line 2', 'a.mp4', 1, '', 'test', events)])


def test_a_category_that_contradicts_the_label_is_refused():
    with pytest.raises(ValueError, match=r"line 2 \(a\): category 'Normal' and label 0"):
        convert([Row('line 2', 'a.mp4', 0, 'Fight', 'test')])
