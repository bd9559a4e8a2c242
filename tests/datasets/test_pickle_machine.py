import io
import pickle
import struct
from collections import OrderedDict

import pytest

from mmvad.datasets.pickle_machine import PickleMachine

VALUES = [
    None,
    True,
    -3,
    2**40,
    2.5,
    'ä',
    b'bytes',
    (1,),
    (1, 2, 3, 4),
    [1, [2, []]],
    {'a': [1], 2: ()},
]


def run(content, calls=None, storage=None):
    return PickleMachine(calls or {}, storage).run(io.BytesIO(content))


@pytest.mark.parametrize('protocol', [3, 4, 5])
def test_plain_values_are_those_of_pickle(protocol):
    assert run(pickle.dumps(VALUES, protocol)) == VALUES


def test_shared_objects_stay_shared():
    inner = [1]
    first, second = run(pickle.dumps([inner, inner]))
    assert first is second


def test_an_admitted_name_calls_our_own_function_and_no_other():
    content = pickle.dumps(OrderedDict(a=1), 2)
    assert run(content, {'collections.OrderedDict': lambda *arguments: {}}) == {'a': 1}
    with pytest.raises(ValueError, match=r'it asks for collections\.OrderedDict'):
        run(content)


def test_nothing_is_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return (open, (str(tmp_path / 'ran'), 'w'))

    with pytest.raises(ValueError, match=r'it asks for _?io\.open'):
        run(pickle.dumps(Evil()))
    assert not (tmp_path / 'ran').exists()


@pytest.mark.parametrize('content', [b'\x80\x04.', b'\x80\x02e.', b'\x80\x02\x85.'])
def test_a_stack_without_enough_on_it_is_damage(content):
    with pytest.raises((ValueError, IndexError)):
        run(content)


def test_a_storage_is_refused_unless_somebody_reads_it():
    persistent = b'\x80\x02K\x07Q.'
    with pytest.raises(ValueError, match='it asks for the pickle operation BINPERSID'):
        run(persistent)
    assert run(persistent, storage=lambda identity: ('storage', identity)) == ('storage', 7)


def test_a_text_that_claims_more_than_the_file_holds_is_refused():
    with pytest.raises(ValueError):
        run(b'\x80\x04X' + struct.pack('<I', 2**31) + b'short.')
