"""The command writes what the converter gives; the converter has tests of its own."""

import numpy as np
from prepared_files import videos, write

from mmvad.cli.prepare.ped2 import main
from mmvad.datasets.annotations import load_annotations


def test_ped2_writes_a_file_a_split(tmp_path):
    write(tmp_path, ped2__dot__list='Train007_i3d.npy', **{'ped2-test.list': 'Test001_i3d.npy'})
    np.save(tmp_path / 'Test001_i3d.npy', np.zeros((1, 1, 4), np.float32))
    np.save(tmp_path / 'gt-ped2.npy', np.repeat([0, 1], [3, 13]))
    folder = str(tmp_path)
    main(['--source', folder, '--features', folder, '--out', folder])
    assert videos(tmp_path / 'train.json') == ['Train007']
    assert load_annotations(tmp_path / 'test.json')[1][0]['events'] == [[3, 16]]
