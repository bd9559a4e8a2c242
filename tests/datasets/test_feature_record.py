import logging

import numpy as np
import pytest
from mmengine.logging import MMLogger

from mmvad.datasets.feature_record import (
    FORMAT,
    common_record,
    differences,
    record_path,
    rounding_differences,
    write_json,
)

PLAIN = dict(network='i3d', tail='ceil', dtype='float32')


def write_recorded(folder, *records):
    paths = []
    for index, features in enumerate(records):
        path = folder / f'{index}.npy'
        np.save(path, np.zeros((1, 1, 1), np.float32))
        write_json(record_path(path), dict(format=FORMAT, features=features))
        paths.append(path)
    return paths


@pytest.mark.parametrize('dtype', ['bfloat16', None])
def test_float_type_changes_features_by_rounding_only(dtype):
    other = dict(PLAIN, dtype=dtype)
    assert differences(PLAIN, other) == []
    assert rounding_differences(PLAIN, other) == [f"dtype: 'float32' and {dtype!r}"]


def test_float_type_that_nobody_knows_is_a_difference():
    other = dict(PLAIN, dtype='int8')
    assert differences(PLAIN, other) == ["dtype: 'float32' and 'int8'"]
    assert rounding_differences(PLAIN, other) == []


def test_everything_else_is_a_difference():
    other = dict(network='c3d', dtype='bfloat16', fps=25)
    assert differences(PLAIN, other) == [
        "network: 'i3d' and 'c3d'",
        "tail: 'ceil' and None",
        'fps: None and 25',
    ]


def test_files_of_one_set_may_differ_by_rounding_which_is_told(tmp_path):
    lines = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logger = MMLogger.get_instance('records', logger_name='records', log_level='INFO')
    logger.addHandler(handler)
    paths = write_recorded(tmp_path, PLAIN, dict(PLAIN, dtype='bfloat16'), PLAIN)
    assert common_record(paths) == PLAIN
    assert lines == [
        f'1 feature files differ from {paths[0]} by rounding only, the first is {paths[1]}: '
        "dtype: 'float32' and 'bfloat16'"
    ]


def test_files_of_one_set_that_differ_otherwise_are_refused(tmp_path):
    paths = write_recorded(tmp_path, PLAIN, dict(PLAIN, tail='floor', dtype='bfloat16'))
    with pytest.raises(ValueError, match=r"0\.npy and .*1\.npy differ in tail: 'ceil' and 'floor'"):
        common_record(paths)
