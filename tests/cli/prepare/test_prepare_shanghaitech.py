"""The command writes what the converter gives; the converter has tests of its own."""

import numpy as np
from prepared_files import videos, write

from mmvad.cli.prepare.shanghaitech import main
from mmvad.datasets.annotations import load_annotations


def test_shanghaitech_writes_a_file_a_split(tmp_path):
    write(tmp_path, SH_Train__dot__txt='01_002\n', SH_Test__dot__txt='01_0014\n')
    (tmp_path / 'test_frame_mask').mkdir()
    np.save(tmp_path / 'test_frame_mask' / '01_0014.npy', np.repeat([0, 1], [3, 17]))
    main(['--source', str(tmp_path), '--out', str(tmp_path / 'out')])
    assert videos(tmp_path / 'out' / 'train.json') == ['01_002']
    assert load_annotations(tmp_path / 'out' / 'test.json')[1][0]['events'] == [[3, 32]]
