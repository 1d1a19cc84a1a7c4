"""Clips a gradient that travels as bare float32 bytes; Python's standard library is enough.

    python examples/python/clip_bytes.py

With numpy: body = g.astype("<f4").tobytes(), clipped = numpy.frombuffer(reply, "<f4").reshape(g.shape).
"""

import json
import os
import struct
from urllib.error import HTTPError
from urllib.request import Request, urlopen

URL = os.environ.get("GRADCLIP_URL", "http://127.0.0.1:8080")


def clip(numbers, threshold):
    """The clipped numbers, their norm before clipping and the factor applied."""
    request = Request(
        f"{URL}/v1/clip?globalNorm.threshold={threshold}&dtype=float32",
        data=struct.pack(f"<{len(numbers)}f", *numbers),
        headers={"Content-Type": "application/octet-stream"},
    )
    with urlopen(request, timeout=30) as reply:
        clipped = struct.unpack(f"<{len(numbers)}f", reply.read())
        return clipped, float(reply.headers["Gradclip-Norm"]), float(reply.headers["Gradclip-Scale"])


clipped, norm, scale = clip([3.0, 4.0, 0.0, 12.0], threshold=1)
print(f"norm {norm} times {scale:.6f}: {' '.join(f'{x:.6f}' for x in clipped)}")

million = [1e-3 * (i % 7 - 3) for i in range(1_000_000)]
clipped, norm, scale = clip(million, threshold=1)
print(f"{len(clipped)} numbers, norm {norm:.6f} times {scale:.6f}")

try:
    clip([1.0, float("nan")], threshold=1)
except HTTPError as error:
    # A refusal says why: RFC 9457 problem details.
    print(f"{error.code}: {json.load(error)['detail']}")
