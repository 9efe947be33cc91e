"""Compares a selfie with a gallery through the verifik dialect, and checks the answer's signature.

Needs OSTIARY_URL and OSTIARY_BEARER, and two or more pictures:
    python verifik.py probe.jpg gallery1.jpg gallery2.jpg
The signature is checked if the package cryptography is there.
"""

import base64
import json
import os
import sys

import requests

URL = os.environ["OSTIARY_URL"]


def encoded(path):
    with open(path, "rb") as file:
        return base64.b64encode(file.read()).decode()


def compare(probe, gallery, search_mode="FAST"):
    answer = requests.post(
        URL + "/v2/face-recognition/compare-with-liveness",
        headers={"Authorization": "Bearer " + os.environ["OSTIARY_BEARER"]},
        json={
            "os": "DESKTOP",
            "probe": encoded(probe),
            "gallery": [encoded(path) for path in gallery],
            "search_mode": search_mode,
            "compare_min_score": 0.85,
            "liveness_min_score": 0.6,
        },
        timeout=90,
    )
    if not answer.ok:
        sys.exit(f"{answer.status_code}: {answer.text}")
    return answer.json()


def canonical(answer):
    """What is signed: all but signature.value, by RFC 8785."""
    unsigned = dict(answer, signature={k: v for k, v in answer["signature"].items() if k != "value"})
    return json.dumps(unsigned, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def check_signature(answer):
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return "not checked: the package cryptography is missing"
    # Keep the key from the first time on: whoever could forge an answer could serve a key too.
    key = requests.get(URL + "/v2/face-recognition/public-key", timeout=10).json()["publicKey"]
    public_key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
    public_key.verify(base64.b64decode(answer["signature"]["value"]), canonical(answer))
    return "good"


if __name__ == "__main__":
    result = compare(sys.argv[1], sys.argv[2:])
    comparison, liveness = result["data"]["comparison"], result["data"]["liveness"]
    print("comparison", comparison["status"], comparison["result"]["score"])
    print("liveness  ", liveness["status"], liveness["result"]["liveness_score"])
    print("signature ", check_signature(result))
