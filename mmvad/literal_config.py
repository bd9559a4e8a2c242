"""Reads settings from the text of a config without executing it."""

import ast
from collections.abc import Collection

LONGEST = 1_000_000  # characters


def read_settings_of(text: str, names: Collection[str]) -> dict:
    r"""Read some assignments of a config's text; nothing in it is executed.

    Args:
        text: Of a config, as mmengine writes it into a checkpoint.
        names: Which assignments at the top level to read; all others are passed over.

    Returns:
        Value by name, of the names that are there.

    Raises:
        ValueError: The text is no Python, is too long, or one of the values is more than numbers,
            strings, lists, tuples and dicts of these.

    Example:
        >>> read_settings_of("model = dict(head=dict(num_hops=3))\nhooks = print('no')", ['model'])
        {'model': {'head': {'num_hops': 3}}}
        >>> read_settings_of("model = open('x')", ['model'])
        Traceback (most recent call last):
        ValueError: model, line 1: expected plain values, got open('x')
    """
    if len(text) > LONGEST:
        raise ValueError(f'expected at most {LONGEST} characters of config, got {len(text)}')
    try:
        body = ast.parse(text).body
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError(f'the text of the config cannot be parsed: {error}') from error
    found = {}
    for node in body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        for target in targets:
            if isinstance(target, ast.Name) and target.id in names:
                found[target.id] = _value(node.value, target.id)
    return found


def _value(node: ast.expr, name: str) -> object:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = _value(node.operand, name)
        if isinstance(number, int | float):
            return -number
    if isinstance(node, ast.List | ast.Tuple):
        values = [_value(item, name) for item in node.elts]
        return values if isinstance(node, ast.List) else tuple(values)
    if isinstance(node, ast.Dict) and all(isinstance(key, ast.Constant) for key in node.keys):
        pairs = zip(node.keys, node.values, strict=True)
        return {key.value: _value(value, name) for key, value in pairs}
    if _is_plain_dict(node):
        return {part.arg: _value(part.value, f'{name}.{part.arg}') for part in node.keywords}
    shown = ast.unparse(node)
    raise ValueError(f'{name}, line {node.lineno}: expected plain values, got {shown:.80}')


def _is_plain_dict(node: ast.expr) -> bool:
    """Tell whether a node is ``dict(a=…)``, without positional values and without ``**``."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == 'dict'
        and not node.args
        and all(part.arg is not None for part in node.keywords)
    )
