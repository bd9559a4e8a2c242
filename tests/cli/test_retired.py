import argparse

import pytest

from mmvad.cli.retired import add_retired_flags


def parser_of_today():
    parser = argparse.ArgumentParser('infer')
    parser.add_argument('--scoring', default='bags')
    add_retired_flags(parser, {'--mode': '--scoring', '--sound': 'a part of --features'})
    return parser


@pytest.mark.parametrize(
    ('words', 'line'),
    [
        (['--mode', 'sliding'], 'infer: error: --mode is now --scoring'),
        (['--mode'], 'infer: error: --mode is now --scoring'),
        (['--mode=sliding'], 'infer: error: --mode is now --scoring'),
        (['--sound', '--scoring', 'bags'], 'infer: error: --sound is now a part of --features'),
    ],
)
def test_an_old_flag_ends_with_status_2_and_names_the_one_of_today(words, line, capsys):
    with pytest.raises(SystemExit, match=r'^2$'):
        parser_of_today().parse_args(words)
    assert capsys.readouterr().err.splitlines()[-1] == line


def test_old_flags_leave_neither_values_nor_help():
    parser = parser_of_today()
    assert vars(parser.parse_args([])) == dict(scoring='bags')
    assert '--mode' not in parser.format_help() and '--sound' not in parser.format_usage()
