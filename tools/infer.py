"""Score videos, a folder of them, feature files or a live source."""

import argparse
import sys

from mmvad.apis.inference_run import open_live, plan_files, score_inputs, score_live
from mmvad.apis.inference_tool import (
    InferenceBar,
    add_inference_arguments,
    build_inferencer,
    finish,
    live_settings,
    read_outputs,
)
from mmvad.apis.inferencer import list_inputs


def main(argv: list[str] | None = None) -> int:
    """Parse, build, score, report; the exit status is 1 for a bad input, 2 where nothing ran."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        'inputs', nargs='+', help='videos, .npy features, folders, .txt lists, addresses'
    )
    add_inference_arguments(parser)
    args = parser.parse_args(argv)
    try:
        outputs = read_outputs(args)
        inferencer = build_inferencer(args)
        if args.live:
            reconnects = None if args.reconnects < 0 else args.reconnects
            source, fps = open_live(args.inputs[0], live_settings(args, inferencer), reconnects)
        else:
            inputs = list_inputs(args.inputs)
            plan_files(inputs, outputs)
    except (ValueError, OSError) as error:
        print(f'{parser.prog}: error: {error}', file=sys.stderr)
        return 2
    if args.live:
        run = score_live(inferencer, source, args.inputs[0], outputs, args.mode, fps or args.fps)
    else:
        with InferenceBar(len(inputs)) as bar:
            run = score_inputs(inferencer, inputs, outputs, args.mode, bar.advance)
    return finish(run)


if __name__ == '__main__':
    sys.exit(main())
