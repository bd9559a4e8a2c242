import os
import pickle
import subprocess
import sys
import warnings
import zipfile
from pathlib import Path

import mmaction
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.logging import HistoryBuffer
from mmengine.runner import load_checkpoint

from mmvad import framework

DRN = 'mmaction.models.localizers.drn'


def test_mmaction_models_import_and_register():
    import mmaction.models

    assert mmaction.models.Recognizer3D is not None


WITHOUT_DRN = pytest.mark.skipif(mmaction.__version__ != '1.2.0', reason='this mmaction2 is whole')


@WITHOUT_DRN
def test_drn_stub_refuses_use():
    from mmaction.models.localizers import DRN

    with pytest.raises(NotImplementedError, match='DRN is not part of the released mmaction2'):
        DRN()


@WITHOUT_DRN
def test_drn_is_not_touched_where_mmaction2_is_another_version(monkeypatch):
    monkeypatch.delitem(sys.modules, DRN)
    framework.add_missing_drn(version='1.1.0')
    assert DRN not in sys.modules


@WITHOUT_DRN
def test_drn_is_not_touched_where_the_package_has_it(monkeypatch, tmp_path):
    folder = tmp_path.joinpath('models', 'localizers', 'drn')
    folder.mkdir(parents=True)
    folder.joinpath('__init__.py').touch()
    monkeypatch.delitem(sys.modules, DRN)
    framework.add_missing_drn(roots=[str(tmp_path)])
    assert DRN not in sys.modules


def test_repairs_do_nothing_the_second_time():
    before = sys.modules.get(DRN), list(torch.serialization.get_safe_globals())
    framework.repair()
    assert (sys.modules.get(DRN), list(torch.serialization.get_safe_globals())) == before


def test_missing_mmcv_gives_one_sentence_with_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, 'mmcv', None)
    message = r'needs mmcv >=2.0.0rc4,<2.[12].0, and none is installed; .*pip install "mmcv-lite'
    with pytest.raises(ImportError, match=message):
        framework.check_mmcv()


@pytest.mark.parametrize('version', ['1.7.2', '2.2.0'])
def test_unfit_mmcv_gives_one_sentence_with_the_commands(version):
    message = rf'found {version} in .*; remove it \(pip uninstall mmcv mmcv-lite\), then install'
    with pytest.raises(ImportError, match=message):
        framework.check_mmcv(version)


@pytest.mark.parametrize('version', ['2.0.0rc4', '2.0.1'])
def test_fit_mmcv_passes(version):
    framework.check_mmcv(version)


def test_broken_mmcv_is_not_called_missing(monkeypatch, tmp_path):
    tmp_path.joinpath('mmcv.py').write_text('import a_library_that_is_not_there')
    monkeypatch.delitem(sys.modules, 'mmcv')
    monkeypatch.syspath_prepend(tmp_path)
    message = "mmcv is installed but cannot be imported: No module named 'a_library"
    with pytest.raises(ImportError, match=message):
        framework.check_mmcv()


def history():
    buffer = HistoryBuffer()
    for value in (1, 2.0, np.float64(3.0), 6):
        buffer.update(value)
    return buffer


def save(tmp_path, content, **options):
    path = tmp_path / 'checkpoint.pth'
    torch.save(content, path, **options)
    return path


def test_safe_loader_reads_the_loss_curves_of_mmengine(tmp_path):
    scalars = dict(a=np.float64(1.5), b=np.float32(2.5), c=np.int64(3), d=np.arange(3.0))
    path = save(tmp_path, dict(message_hub=dict(log_scalars=dict(loss=history())), **scalars))
    content = torch.load(path, weights_only=True)
    loss = content['message_hub']['log_scalars']['loss']
    assert (loss.min(), loss.max(), loss.current(), loss.mean()) == (1, 6, 6, 3)
    assert loss.statistics('mean', 2) == 4.5
    assert [content[name] for name in 'abc'] == [1.5, 2.5, 3]
    assert content['d'].tolist() == [0, 1, 2]


def test_safe_loader_reads_checkpoints_that_numpy_1_wrote(tmp_path):
    path = save(tmp_path, dict(loss=history(), value=np.float64(1.5)))
    old_path = tmp_path / 'numpy_1.pth'
    with zipfile.ZipFile(path) as new, zipfile.ZipFile(old_path, 'w') as old:
        for name in new.namelist():
            data = new.read(name)
            if name.endswith('data.pkl'):
                assert b'numpy._core.multiarray' in data
                data = data.replace(b'numpy._core.multiarray', b'numpy.core.multiarray')
            old.writestr(name, data)
    content = torch.load(old_path, weights_only=True)
    assert content['loss'].mean() == 3 and content['value'] == 1.5


class Reduce:
    """Pickles as a call."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call

    def __call__(self):
        """Let the result of a call be called, which pickle asks for."""


def code_that_writes(path):
    return f'open({str(path)!r}, "w").close()'


def malicious(target):
    """Calls that would create `target`, or reach for what could."""
    command = f'touch {target}'
    method = Reduce(getattr, HistoryBuffer, 'min')
    return {
        'system': Reduce(os.system, command),
        'exec': Reduce(exec, code_that_writes(target)),
        'getattr_of_a_module': Reduce(Reduce(getattr, Reduce(__import__, 'os'), 'system'), command),
        'getattr_of_another_class': Reduce(getattr, np.ndarray, 'tofile'),
        'private_attribute_of_history': Reduce(getattr, HistoryBuffer, '__init__'),
        'globals_of_a_history_method': Reduce(getattr, method, '__globals__'),
        'class_of_a_history': Reduce(getattr, HistoryBuffer, '__class__'),
        'partial': Reduce(__import__('functools').partial, os.system, command),
        'set_a_statistic': Reduce(HistoryBuffer.register_statistics, os.system),
        'object_array': np.array([Reduce(os.system, command)], dtype=object),
    }


@pytest.mark.parametrize('zipped', [True, False])
@pytest.mark.parametrize('attack', sorted(malicious('')))
def test_checkpoint_that_would_run_code_is_refused_and_runs_nothing(tmp_path, attack, zipped):
    target = tmp_path / 'executed'
    checkpoint = dict(state_dict=dict(weight=torch.zeros(1)), meta=malicious(target)[attack])
    path = save(tmp_path, checkpoint, _use_new_zipfile_serialization=zipped)
    with pytest.raises(pickle.UnpicklingError, match='Weights only load failed'):
        load_checkpoint(torch.nn.Linear(1, 1), str(path))
    assert not target.exists()


class State(Reduce):
    """Pickles as a call with a state that is added afterwards."""

    def __init__(self, function, arguments, state):
        self.call = function, arguments, state


def type_with(code, *state):
    return State(np.dtype, (code, False, True), (3, '|', *state))


def array_with(*state):
    return State(np._core.multiarray._reconstruct, (np.ndarray, (0,), b'b'), (1, *state))


NO_FLAGS = None, None, None, -1, -1, 0
CRAFTED = {
    'objects_without_flags': array_with((1,), type_with('O8', *NO_FLAGS), False, b'A' * 8),
    'fields': array_with((1,), type_with('f4', None, ('a',), {}, 8, 1, 0), False, b'A' * 8),
    'void': array_with((1,), type_with('V8', *NO_FLAGS), False, b'A' * 8),
    'too_few_bytes': array_with((1000,), np.dtype('f8'), False, b'A' * 8),
    'negative_shape': array_with((-1,), np.dtype('f8'), False, b''),
    'number_of_objects': Reduce(np._core.multiarray.scalar, type_with('O8', *NO_FLAGS), b'A' * 8),
    'array_without_values': Reduce(np.ndarray, (4,)),
    'reconstructed_without_values': Reduce(
        np._core.multiarray._reconstruct, np.ndarray, (4,), b'f'
    ),
}
LOAD = """
import sys, torch, mmvad
for path in sys.argv[1:]:
    try:
        print('read:', torch.load(path, weights_only=True))
    except Exception as error:
        print('refused:', type(error).__name__)
"""


def test_crafted_arrays_are_refused_and_crash_nothing(tmp_path):
    # In a process of its own, for some of them crash one that takes bytes for pointers.
    paths = [str(tmp_path / f'{name}.pth') for name in CRAFTED]
    for path, crafted in zip(paths, CRAFTED.values(), strict=True):
        torch.save(dict(meta=crafted), path)
    done = subprocess.run(
        [sys.executable, '-c', LOAD, *paths], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    lines = dict(zip(CRAFTED, done.stdout.splitlines(), strict=True))
    assert {name for name, line in lines.items() if not line.startswith('refused:')} == set()


def test_arrays_that_were_read_are_written_as_plain_arrays(tmp_path):
    path = save(tmp_path, dict(loss=history(), values=np.arange(6.0).reshape(2, 3, order='F')))
    for _ in range(2):
        content = torch.load(path, weights_only=True)
        assert content['values'].tolist() == np.arange(6.0).reshape(2, 3, order='F').tolist()
        content['loss'].update(7)
        assert content['loss'].max() == 7
        assert b'checked' not in pickle.dumps(content)
        path = save(tmp_path, content)


def test_the_attacks_would_run_with_the_unsafe_loader(tmp_path):
    target = tmp_path / 'executed'
    path = save(tmp_path, malicious(target)['exec'])
    torch.load(path, weights_only=False)
    assert target.exists()


@pytest.mark.parametrize('unit', ['avx512_bf16', 'amx_bf16', 'bf16'])
def test_bfloat16_is_native_where_the_processor_has_a_unit_for_it(unit):
    assert framework.has_native_bfloat16({'avx2': True, unit: True})
    assert not framework.has_native_bfloat16({'avx2': True, unit: False})


def test_bfloat16_of_an_unknown_processor_is_not_native():
    assert not framework.has_native_bfloat16({})
    assert not framework.has_native_bfloat16({'avx512_f': True, 'bf16': None})
    assert isinstance(framework.has_native_bfloat16(), bool)


def test_known_warnings_are_left_out_by_their_text_and_no_others(capsys):
    from mmengine.fileio import file_client

    framework.silence_known_warnings()
    for text in ('"FileClient" will be deprecated in future.', 'something else'):
        file_client.print_log(text)
    assert capsys.readouterr().out == 'something else\n'
    with warnings.catch_warnings(record=True) as found:
        warnings.resetwarnings()
        framework.silence_known_warnings()
        warnings.warn('Fail to import ``MultiScaleDeformableAttention`` from', stacklevel=1)
        warnings.warn('Fail to import another', stacklevel=1)
    assert [str(warning.message) for warning in found] == ['Fail to import another']


def test_a_config_elsewhere_inherits_one_of_mmvad_by_its_name(tmp_path):
    for name in ('mmvad::salient_ucf', 'mmvad::salient_ucf.py'):
        (tmp_path / 'mine.py').write_text(f"_base_ = '{name}'\nmodel = dict(head=dict(bag_size=9))")
        cfg = Config.fromfile(tmp_path / 'mine.py')
        assert (cfg.model.head.bag_size, cfg.model.head.num_hops) == (9, 3)
        assert 'pkg_resources' not in sys.modules
    (tmp_path / 'mine.py').write_text("_base_ = 'mmvad::features/vggish'")
    assert Config.fromfile(tmp_path / 'mine.py').extractor.modality == 'audio'
    (tmp_path / 'mine.py').write_text("_base_ = 'mmvad::salient_ufc'")
    with pytest.raises(FileNotFoundError, match="did you mean 'salient_ucf'"):
        Config.fromfile(tmp_path / 'mine.py')


def test_a_config_of_mmaction2_is_inherited_without_pkg_resources(tmp_path):
    path = Path(mmaction.__file__).with_name('.mim') / 'configs' / '_base_' / 'default_runtime.py'
    if not path.is_file():
        pytest.skip(f'this mmaction2 brings no configs: {path}')
    (tmp_path / 'mine.py').write_text("_base_ = 'mmaction::_base_/default_runtime.py'")
    assert Config.fromfile(tmp_path / 'mine.py').default_scope == 'mmaction'
