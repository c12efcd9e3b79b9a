"""One measurement = warm-up, then repetitions until the time budget is used; printed as one JSON line. For long work see Measurement.cs."""

import json
import os
import statistics
import sys
import time

import torch


def measure(name, work, seconds, settings, flops=None):
    start = time.perf_counter()
    work()
    is_long = time.perf_counter() - start > 2 * seconds
    warm = 1
    while not is_long and (warm < 3 or time.perf_counter() - start < min(1.0, seconds / 3)):
        work()
        warm += 1
    times = []
    start = time.perf_counter()
    while len(times) < (3 if is_long else 5) or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        work()
        times.append((time.perf_counter() - before) * 1e3)
    median = statistics.median(times)
    line = {"name": name, "side": "pytorch", "median_ms": round(median, 4), "min_ms": round(min(times), 4),
            "reps": len(times), "threads": torch.get_num_threads()}
    if flops is not None:
        line["gflops"] = round(flops / median / 1e6, 1)
    line["settings"] = dict(settings, **{key: os.environ[key] for key in sorted(os.environ)
                                         if key.startswith(("OMP_", "GOMP_", "OPENBLAS_", "ATEN_", "DNNL_", "MALLOC_"))})
    line["versions"] = versions()
    print(json.dumps(line), flush=True)


def versions():
    found = {"torch": torch.__version__}
    if "torchaudio" in sys.modules:
        found["torchaudio"] = sys.modules["torchaudio"].__version__
    kernel = openblas_kernel()
    if kernel:
        found["openblas"] = kernel
    return found


def openblas_kernel():
    """Version and kernel set that the loaded OpenBLAS chose for this processor, e.g. 'OpenBLAS 0.3.21 ... SkylakeX'."""
    import ctypes
    with open("/proc/self/maps", encoding="ascii", errors="replace") as maps:
        libraries = {line.split()[-1] for line in maps if "openblas" in line or "libblas" in line}
    for path in sorted(libraries):
        library = ctypes.CDLL(path)
        for symbol in ("openblas_get_config", "openblas_get_corename"):
            if not hasattr(library, symbol):
                break
            getattr(library, symbol).restype = ctypes.c_char_p
        else:
            return library.openblas_get_config().decode() + " / " + library.openblas_get_corename().decode()
    return None
