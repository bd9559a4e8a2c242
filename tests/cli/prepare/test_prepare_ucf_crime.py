"""The command writes what the converter gives; the converter has tests of its own."""

from pathlib import Path

from prepared_files import videos, write

from mmvad.cli.prepare.ucf_crime import main
from mmvad.datasets.annotations import load_annotations


def test_ucf_crime_writes_a_file_a_split_and_family(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    folder = Path('data/ucf_crime/annotations')
    write(
        folder,
        Anomaly_Train__dot__txt='Abuse/Abuse001_x264.mp4\n',
        Temporal_Anomaly_Annotation_frames__dot__txt='Arson011_x264.mp4 Arson 3 9 -1 -1 40\n',
        train__dot__list='G:\\x\\Abuse001_x264_i3d.npy\r\n',
    )
    main(['--train-list', 'train.list'])
    main(['--family', 'inception'])
    assert videos(folder / 'train.json') == ['Abuse/Abuse001_x264']
    assert load_annotations(folder / 'test.json')[1][0]['events'] == [[3, 10]]
    assert load_annotations(folder / 'test_inception.json')[1][0]['events'] == [[3, 9]]
    assert load_annotations(folder / 'train_inception.json')[0]['tail'] == 'floor'
    assert f'{folder}/train.json: 1 video\n' in capsys.readouterr().out
