"""The command writes what the converter gives; the converter has tests of its own."""

from prepared_files import write

from mmvad.cli.prepare.custom import main
from mmvad.datasets.annotations import load_annotations


def test_custom_writes_the_split_it_is_told(tmp_path):
    write(tmp_path, mine__dot__csv='video,label,num_frames,events\ngate/a.mp4,1,40,3:9\n')
    out = tmp_path / 'test.json'
    arguments = [str(tmp_path / 'mine.csv'), str(out), '--split', 'test', '--dataset', 'mine']
    assert main([*arguments, '--tail', 'unknown', '--folder', 'test']) == 0
    metainfo, data_list = load_annotations(out)
    assert (metainfo['dataset'], metainfo['tail']) == ('mine', None)
    assert data_list[0]['video'] == 'test/gate/a'
