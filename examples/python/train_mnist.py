"""Trains softmax regression on MNIST over gRPC, with clipped gradients, and prints what happens.

    pip install -r examples/python/requirements.txt
    python examples/python/train_mnist.py [iterations]

grpcio-tools compiles proto/ when the program starts, so there is no generated code to keep.
"""

import os
import sys
from pathlib import Path

import grpc
from google.protobuf.json_format import ParseDict

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "proto"))
protos, services = grpc.protos_and_services("gradclip/v1/optimizer_service.proto")

iterations = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
every = max(1, round(iterations / 10))

# The JSON of the REST route is the ProtoJSON of the message.
request = ParseDict(
    {
        "objective": {
            "softmaxRegression": {"data": {"dataset": {"name": "mnist"}}, "batchSize": 256, "dtype": "float32"}
        },
        "clipping": {"globalNorm": {"threshold": 0.3}},
        "optimizer": {"sgd": {"learningRate": 0.2, "momentum": 0.9}},
        "schedule": {"cosine": {"steps": iterations}},
        "budget": {"maxIterations": iterations},
        "metrics": {"every": every, "fields": ["evaluation"], "evaluateEvery": every},
        "seed": 1,
    },
    protos.FullRunRequest(),
)


def print_rows(metrics):
    columns = {column.name: column.values for column in metrics.columns}
    for row, loss in enumerate(columns["value"]):
        print(
            f"{metrics.first_iteration + row * metrics.stride:6}  loss {loss:.4f}  "
            f"‖g‖ {columns['gradientNorm'][row]:.4f} → {columns['clippedNorm'][row]:.4f}  "
            f"validation accuracy {100 * columns['validationAccuracy'][row]:.2f} %"
        )


def print_result(result):
    accuracy = next(e.value for e in result.evaluation if e.name == "validationAccuracy")
    print(
        f"{result.reason} after {result.iterations} iterations, "
        f"{100 * result.summary.clipped_fraction:.1f} % of them clipped: "
        f"validation accuracy {100 * accuracy:.2f} %, digest {result.summary.digest}"
    )


with grpc.insecure_channel(os.environ.get("GRADCLIP_ADDRESS", "127.0.0.1:50051")) as channel:
    client = services.OptimizerServiceStub(channel)
    try:
        # When the timeout passes, the run ends early and still sends its result.
        for event in client.FullRun(request, timeout=300):
            kind = event.WhichOneof("event")
            if kind == "accepted":
                print(f"accepted: about {event.accepted.estimate.floating_point_operations / 1e9:.1f}e9 operations")
            elif kind == "metrics":
                print_rows(event.metrics)
            elif kind == "result":
                print_result(event.result)
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")
