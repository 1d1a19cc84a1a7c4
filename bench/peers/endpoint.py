"""A clip endpoint as one writes it with FastAPI and PyTorch, to be measured beside this service.

    pip install torch fastapi uvicorn
    uvicorn --app-dir bench/peers --port 8090 --log-level warning endpoint:app
"""

import torch
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

torch.set_num_threads(1)
app = FastAPI()


class Clip(BaseModel):
    gradient: list[float]
    threshold: float


def clip(gradient, threshold):
    parameter = torch.nn.Parameter(torch.empty_like(gradient))
    parameter.grad = gradient
    norm = torch.nn.utils.clip_grad_norm_([parameter], threshold)
    return parameter.grad, norm.item()


@app.get("/livez")
def livez():
    return "ok"


@app.post("/clip")
def clip_json(body: Clip):
    clipped, norm = clip(torch.tensor(body.gradient, dtype=torch.float64), body.threshold)
    return {"gradient": clipped.tolist(), "norm": norm}


@app.post("/clip-bytes")
async def clip_bytes(request: Request, threshold: float):
    gradient = torch.frombuffer(bytearray(await request.body()), dtype=torch.float64)
    clipped, norm = clip(gradient, threshold)
    return Response(clipped.numpy().tobytes(), media_type="application/octet-stream", headers={"norm": str(norm)})
