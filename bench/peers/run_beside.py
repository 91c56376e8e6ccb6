"""Runs a Python module as `python -m` does, and ends when standard input does: with whoever started it, however that went.

    python run_beside.py MODULE [ARGUMENTS]
"""

import os
import runpy
import sys
import threading


def end_with_parent() -> None:
    while sys.stdin.buffer.raw.read(4096):
        pass
    os._exit(0)


threading.Thread(target=end_with_parent, daemon=True).start()
sys.path.insert(0, os.getcwd())
module = sys.argv[1]
sys.argv = sys.argv[1:]
runpy.run_module(module, run_name="__main__", alter_sys=True)
