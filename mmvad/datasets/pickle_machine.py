"""Reads the opcodes of a pickle into plain values and named calls; nothing is imported or run."""

import io
import pickletools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

MARK = object()
KEYS = (str, int, float, bytes, type(None))  # of dicts; to hash a deep tuple breaks the stack
MAX_REPEATS = 16  # bytes that calls make, for each byte of the pickle


@dataclass(frozen=True)
class Name:
    """A function or class that a pickle names: a text, never the thing."""

    text: str


class Buildable:
    """What a call may give where the pickle adds a state to it afterwards.

    Attributes:
        nbytes: Bytes that it holds.
    """

    nbytes = 0

    def build(self, state: object) -> None:
        """Take over the state, after checking it.

        Raises:
            ValueError: The state is not admitted.
        """
        raise NotImplementedError


# Opcodes that push their argument.
ARGUMENTS = {
    *('INT', 'BININT', 'BININT1', 'BININT2', 'LONG', 'LONG1', 'LONG4', 'FLOAT', 'BINFLOAT'),
    *('STRING', 'BINSTRING', 'SHORT_BINSTRING', 'BINBYTES', 'SHORT_BINBYTES', 'BINBYTES8'),
    *('BYTEARRAY8', 'UNICODE', 'SHORT_BINUNICODE', 'BINUNICODE', 'BINUNICODE8'),
}
CONSTANTS = {'NONE': None, 'NEWTRUE': True, 'NEWFALSE': False, 'EMPTY_TUPLE': ()}
EMPTIES = {'EMPTY_LIST': list, 'EMPTY_DICT': dict}
TUPLES = {'TUPLE1': 1, 'TUPLE2': 2, 'TUPLE3': 3}
IGNORED = {'PROTO', 'FRAME'}


class PickleMachine:
    """A stack, a memo and the calls that are admitted.

    Args:
        calls: What to do for each admitted name, such as ``numpy.dtype``: our own function of the
            call's arguments. Names that are only handed on, such as classes, have None.
        storage: What to do with the persistent identity of a storage; None refuses it.

    Example:
        >>> import io, pickle
        >>> PickleMachine({}).run(io.BytesIO(pickle.dumps([1, (2.5, 'a')])))
        [1, (2.5, 'a')]
        >>> PickleMachine({}).run(io.BytesIO(pickle.dumps(print)))
        Traceback (most recent call last):
        ValueError: it asks for builtins.print
    """

    def __init__(
        self,
        calls: Mapping[str, Callable | None],
        storage: Callable[[object], object] | None = None,
    ) -> None:
        self._calls = calls
        self._storage = storage
        self._stack: list = []
        self._memo: dict[int, object] = {}
        self._left = 0  # bytes that calls may still make

    def run(self, file: BinaryIO) -> object:
        """Read one pickle.

        Args:
            file: In memory, since a pickle may claim texts of any length; it is left behind the
                pickle's end.

        Raises:
            ValueError: The pickle is damaged, asks for what is not admitted, or has the same bytes
                made into so many arrays that a small file would fill the memory.
        """
        start = file.tell()
        self._left = MAX_REPEATS * (file.seek(0, io.SEEK_END) - start)
        file.seek(start)
        for opcode, argument, _ in pickletools.genops(file):
            try:
                self._step(opcode.name, argument)
            except (IndexError, KeyError, TypeError, AttributeError) as error:
                raise ValueError(f'its pickle is damaged at {opcode.name}') from error
        return self._stack.pop()

    def _step(self, name: str, argument: object) -> None:
        stack = self._stack
        if name in ARGUMENTS:
            stack.append(argument)
        elif name in CONSTANTS:
            stack.append(CONSTANTS[name])
        elif name in EMPTIES:
            stack.append(EMPTIES[name]())
        elif name == 'MARK':
            stack.append(MARK)
        elif name in TUPLES:
            stack[-TUPLES[name] :] = [tuple(self._items(TUPLES[name]))]
        elif name in ('TUPLE', 'LIST', 'DICT'):
            self._push_collection(name, self._marked())
        elif name in ('PUT', 'BINPUT', 'LONG_BINPUT'):
            self._memo[argument] = stack[-1]
        elif name == 'MEMOIZE':
            self._memo[len(self._memo)] = stack[-1]
        elif name in ('GET', 'BINGET', 'LONG_BINGET'):
            stack.append(self._memo[argument])
        elif name not in IGNORED and name != 'STOP':
            self._change(name, argument)

    def _change(self, name: str, argument: object) -> None:
        """Carry out what adds to a value on the stack, or calls."""
        stack = self._stack
        if name == 'GLOBAL':
            stack.append(self._named('.'.join(argument.split(' ', 1))))
        elif name == 'STACK_GLOBAL':
            attribute, module = stack.pop(), stack.pop()
            if not isinstance(attribute, str) or not isinstance(module, str):
                raise TypeError
            stack.append(self._named(f'{module}.{attribute}'))
        elif name in ('APPEND', 'APPENDS'):
            items = [stack.pop()] if name == 'APPEND' else self._marked()
            self._last(list).extend(items)
        elif name in ('SETITEM', 'SETITEMS'):
            items = [stack.pop(-2), stack.pop()] if name == 'SETITEM' else self._marked()
            self._last(dict).update(_pairs(items))
        elif name == 'REDUCE':
            arguments, function = stack.pop(), stack.pop()
            stack.append(self._call(function, arguments))
            self._take(stack[-1])
        elif name == 'BUILD':
            state = stack.pop()
            self._last(Buildable).build(state)
            self._take(stack[-1])
        elif name == 'BINPERSID' and self._storage is not None:
            stack.append(self._storage(stack.pop()))
        else:
            raise ValueError(f'it asks for the pickle operation {name}')

    def _call(self, function: object, arguments: object) -> object:
        if not isinstance(function, Name) or self._calls[function.text] is None:
            raise ValueError(f'it asks for a call of {getattr(function, "text", "a value")}')
        if not isinstance(arguments, tuple):
            raise ValueError(f'it asks for {function.text} without arguments')
        return self._calls[function.text](*arguments)

    def _take(self, made: object) -> None:
        """Count what a call made: a few bytes of a pickle can make one value many times."""
        self._left -= len(made) if isinstance(made, bytes) else getattr(made, 'nbytes', 0)
        if self._left < 0:
            raise ValueError('it repeats its values too often')

    def _named(self, text: str) -> Name:
        text = text.replace('__builtin__.', 'builtins.')
        if text not in self._calls:
            raise ValueError(f'it asks for {text:.80}')
        return Name(text)

    def _last(self, kind: type) -> object:
        if not isinstance(self._stack[-1], kind):
            raise ValueError(f'it asks for a change of a {type(self._stack[-1]).__name__}')
        return self._stack[-1]

    def _items(self, count: int) -> list:
        items = self._stack[-count:]
        if len(items) < count or any(item is MARK for item in items):
            raise IndexError
        return items

    def _marked(self) -> list:
        items = []
        while (item := self._stack.pop()) is not MARK:
            items.append(item)
        return items[::-1]

    def _push_collection(self, name: str, items: list) -> None:
        make = dict(TUPLE=tuple, LIST=list, DICT=lambda items: dict(_pairs(items)))[name]
        self._stack.append(make(items))


def _pairs(items: list) -> list[tuple]:
    if not all(isinstance(key, KEYS) for key in items[::2]):
        raise ValueError('it asks for a dict whose keys are no texts or numbers')
    return list(zip(items[::2], items[1::2], strict=True))
