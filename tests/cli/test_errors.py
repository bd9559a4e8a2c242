import argparse

import pytest

from mmvad.cli.errors import parse_arguments, report_errors

PARSER = argparse.ArgumentParser('mmvad train')


def fail(error):
    def job():
        raise error

    return job


@pytest.mark.parametrize(('given', 'status'), [(None, 0), (0, 0), (1, 1)])
def test_status_of_the_job_is_given_on(given, status):
    assert report_errors(PARSER, lambda: given) == status


def test_error_of_the_user_is_one_line_and_status_2(capsys):
    assert report_errors(PARSER, fail(ValueError('expected 3 crops,\n  got 2'))) == 2
    assert capsys.readouterr().err == 'mmvad train: error: expected 3 crops, got 2\n'
    assert report_errors(PARSER, fail(FileNotFoundError('no such config'))) == 2
    assert capsys.readouterr().err == 'mmvad train: error: no such config\n'


def test_error_without_a_text_is_named(capsys):
    assert report_errors(PARSER, fail(OSError())) == 2
    assert capsys.readouterr().err == 'mmvad train: error: OSError\n'


def test_passwords_are_not_printed(capsys):
    report_errors(PARSER, fail(OSError('rtsp://me:secret@gate: no answer')))
    assert 'secret' not in capsys.readouterr().err


def test_bug_is_one_line_with_its_kind_and_place(capsys):
    assert report_errors(PARSER, fail(KeyError('head'))) == 1
    error = capsys.readouterr().err
    assert error.startswith("mmvad train: error: KeyError: 'head' (test_errors.py, line ")
    assert error.endswith('); --debug shows the traceback\n') and error.count('\n') == 1


@pytest.mark.parametrize('error', [ValueError('crops'), KeyError('head')])
def test_debug_raises_the_error_itself(error):
    parser = argparse.ArgumentParser('mmvad train')
    assert parse_arguments(parser, ['--debug']).debug is True
    with pytest.raises(type(error)):
        report_errors(parser, fail(error))


def test_missing_package_is_an_error_of_the_user(capsys):
    assert report_errors(PARSER, fail(ImportError('export needs onnx'))) == 2
    assert 'mmvad train: error: export needs onnx' in capsys.readouterr().err


def test_further_kinds_can_be_named(capsys):
    assert report_errors(PARSER, fail(KeyError('head')), (KeyError,)) == 2
    assert capsys.readouterr().err == "mmvad train: error: 'head'\n"
