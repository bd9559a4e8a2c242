"""Score videos, a folder of them, feature files or a live source."""

import argparse
import sys

from mmvad.apis.inference_run import (
    match_annotations,
    open_live,
    plan_files,
    score_inputs,
    score_live,
)
from mmvad.apis.inference_tool import (
    InferenceBar,
    add_inference_arguments,
    build_inferencer,
    finish,
    live_settings,
    read_outputs,
    terminate_like_interrupt,
)
from mmvad.apis.inferencer import list_inputs
from mmvad.datasets.annotations import load_annotations


def main(argv: list[str] | None = None) -> int:
    """Parse and run.

    Returns:
        Exit status: 1 where an input failed, 2 where nothing could be begun, 130 for an interrupt.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'inputs', nargs='+', help='videos, .npy features, folders, .txt lists, addresses'
    )
    add_inference_arguments(parser)
    args = parser.parse_args(argv)
    with terminate_like_interrupt():
        try:
            return score(args)
        except (ValueError, OSError) as error:
            print(f'{parser.prog}: error: {error}', file=sys.stderr)
            return 2
        except KeyboardInterrupt:
            print(f'{parser.prog}: interrupted; what was scored is kept', file=sys.stderr)
            return 130


def score(args: argparse.Namespace) -> int:
    """Check all that can be checked before the work, do it, say what was found."""
    outputs = read_outputs(args)
    inferencer = build_inferencer(args)
    if args.live:
        reconnects = None if args.reconnects < 0 else args.reconnects
        source, fps = open_live(args.inputs[0], live_settings(args, inferencer), reconnects)
        name, fps = args.inputs[0], fps or args.fps
        return finish(score_live(inferencer, source, name, outputs, args.mode, fps))
    inputs = list_inputs(args.inputs)
    plan_files(inputs, outputs)
    truth = None
    if args.annotations is not None:
        truth = match_annotations(inputs, load_annotations(args.annotations)[1])
    with InferenceBar(len(inputs)) as bar:
        run = score_inputs(inferencer, inputs, outputs, args.mode, bar.advance, truth, args.fps)
    return finish(run)


if __name__ == '__main__':
    sys.exit(main())
