"""The small embedding service that people put beside an app: FastAPI around sentence-transformers, threads at their defaults.

    MODEL_DIR=... python -m uvicorn main:app
"""

import os

from fastapi import FastAPI
from pydantic import BaseModel
from sentence_transformers import SentenceTransformer

model_id = os.environ["MODEL_DIR"]
model = SentenceTransformer(model_id, device="cpu")
app = FastAPI()


class EmbedRequest(BaseModel):
    texts: list[str]
    normalize: bool = True
    batch_size: int = 32


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/info")
def info() -> dict[str, str | int]:
    return {"model_id": model_id, "dim": model.get_sentence_embedding_dimension(), "device": "cpu"}


@app.post("/embed")
def embed(request: EmbedRequest) -> dict[str, list[list[float]]]:
    vectors = model.encode(
        request.texts,
        batch_size=request.batch_size,
        normalize_embeddings=request.normalize,
        show_progress_bar=False,
    )
    return {"vectors": vectors.tolist()}
