"""The command writes what the converter gives; the converter has tests of its own."""

from prepared_files import videos, write

from mmvad.cli.prepare.xd_violence import main
from mmvad.datasets.annotations import load_annotations


def test_xd_violence_writes_a_file_a_split(tmp_path):
    crops = ''.join(f'/x/v=1_label_G-0-0__{crop}.npy\n' for crop in range(5))
    write(
        tmp_path,
        rgb__dot__list=crops,
        rgb_test__dot__list=crops,
        audio__dot__list='/x/v=1_label_G-0-0__vggish.npy\n',
        audio_test__dot__list='/x/v=1_label_G-0-0__vggish.npy\n',
        annotations__dot__txt='v=1_label_G-0-0.mp4 3 9\n',
    )
    main(['--source', str(tmp_path), '--out', str(tmp_path), '--audio'])
    assert videos(tmp_path / 'train.json') == ['v=1_label_G-0-0']
    assert load_annotations(tmp_path / 'test.json')[1][0]['events'] == [[3, 9]]
