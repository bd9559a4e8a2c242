import argparse
from pathlib import Path

from mmvad.cli.prepare.files import add_folders, add_lists, fill_folders, save_split
from mmvad.datasets.annotations import load_annotations, make_entry, make_metainfo


def test_folders_are_those_of_the_data_set_unless_given():
    parser = argparse.ArgumentParser()
    add_folders(parser, 'ped2')
    add_lists(parser)
    args = parser.parse_args(['--out', 'there', '--test-list', 'a.list'])
    fill_folders(args)
    assert args.source == Path('data/ped2/annotations') and args.out == Path('there')
    assert (args.train_list, args.test_list) == (None, 'a.list')


def test_a_split_is_written_and_counted(tmp_path, capsys):
    path = tmp_path / 'new' / 'test.json'
    save_split(path, make_metainfo('toy', 'test', 'ceil'), [make_entry('a', 'Normal', 40)])
    assert capsys.readouterr().out == f'{path}: 1 video\n'
    assert load_annotations(path)[1][0]['video'] == 'a'


def test_folders_come_from_the_data_root_unless_a_flag_names_them():
    parser = argparse.ArgumentParser()
    add_folders(parser, 'ped2')
    for argv, source, out in (
        ([], 'data/ped2/annotations', 'data/ped2/annotations'),
        (['--data-root', 'x'], 'x/annotations', 'x/annotations'),
        (['--data-root', 'x', '--out', 'y'], 'x/annotations', 'y'),
    ):
        args = parser.parse_args(argv)
        fill_folders(args)
        assert (args.source.as_posix(), args.out.as_posix()) == (source, out)
