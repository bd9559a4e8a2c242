import os

import pytest

from mmvad.engine.runner.last_checkpoint import last_checkpoint, selected_checkpoint


@pytest.fixture
def folder(tmp_path):
    def fill(*names, pointer=None):
        for name in names:
            (tmp_path / name).touch()
        if pointer is not None:
            (tmp_path / 'last_checkpoint').write_text(pointer)
        return tmp_path

    return fill


def test_file_of_mmengine_names_the_last_checkpoint(folder):
    work_dir = folder('epoch_80.pth', 'epoch_79.pth', pointer='elsewhere/epoch_79.pth\n')
    assert last_checkpoint(work_dir) == work_dir / 'epoch_79.pth'
    other = work_dir / 'named.pth'
    other.touch()
    (work_dir / 'last_checkpoint').write_text(str(other))
    assert last_checkpoint(work_dir) == other


@pytest.mark.parametrize('pointer', [None, '', '/runs/salient/epo'])
def test_newest_epoch_is_taken_where_no_file_names_the_last(folder, pointer):
    work_dir = folder('epoch_9.pth', 'epoch_80.pth', 'best_x_epoch_90.pth', pointer=pointer)
    assert last_checkpoint(work_dir) == work_dir / 'epoch_80.pth'


def test_folder_without_checkpoints_has_no_last_one(folder, tmp_path):
    assert last_checkpoint(folder('train.log')) is None
    assert last_checkpoint(tmp_path / 'nowhere') is None


@pytest.mark.parametrize('names', [['best_x_epoch_3.pth'], ['epoch_3.pth', 'iter_900.pth']])
def test_unclear_last_checkpoint_is_refused(folder, names):
    with pytest.raises(ValueError, match=rf'--resume: .* which one is the last: {names[0]}'):
        last_checkpoint(folder(*names))


def test_the_best_checkpoint_is_selected_and_else_the_last(tmp_path):
    with pytest.raises(FileNotFoundError, match='holds no checkpoint'):
        selected_checkpoint(tmp_path)
    (tmp_path / 'epoch_10.pth').touch()
    assert selected_checkpoint(tmp_path).name == 'epoch_10.pth'
    for name, seconds in (('best_frame_AUC_iter_50.pth', 2), ('best_frame_AUC_iter_9.pth', 1)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (seconds, seconds))
    assert selected_checkpoint(tmp_path).name == 'best_frame_AUC_iter_50.pth'
