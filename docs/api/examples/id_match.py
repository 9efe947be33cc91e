"""Asks through the id_match dialect whether a selfie shows the holder of an ID number.

Needs OSTIARY_URL and OSTIARY_BEARER, a picture, an ID type and an ID number:
    python id_match.py selfie.jpg NIN 12345678
"""

import base64
import os
import sys

import requests


def match(selfie, id_type, id_number, threshold=0.75):
    with open(selfie, "rb") as file:
        picture = base64.b64encode(file.read()).decode()
    answer = requests.post(
        os.environ["OSTIARY_URL"] + "/v1/id-face-match",
        headers={"Authorization": "Bearer " + os.environ["OSTIARY_BEARER"]},
        json={"selfie": picture, "id_type": id_type, "id_number": id_number, "threshold": threshold},
        timeout=60,
    )
    return answer.json()


if __name__ == "__main__":
    result = match(*sys.argv[1:4])
    if not result["success"]:
        sys.exit(f"{result['code']}: {result['message']} (request {result['meta']['request_id']})")
    data = result["data"]
    print(data["match_result"], data["confidence"])
    print(data["details"]["remarks"])
