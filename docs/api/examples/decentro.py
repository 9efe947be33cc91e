"""Tests a picture for liveness and opens a session of active video liveness through the decentro dialect.

Needs OSTIARY_URL, OSTIARY_ID, OSTIARY_SECRET and OSTIARY_MODULE_SECRET, and two pictures:
    python decentro.py reference.jpg selfie.jpg
"""

import base64
import os
import sys
import uuid

import requests

URL = os.environ["OSTIARY_URL"]
HEADERS = {
    "client_id": os.environ["OSTIARY_ID"],
    "client_secret": os.environ["OSTIARY_SECRET"],
    "module_secret": os.environ["OSTIARY_MODULE_SECRET"],
}


def call(path, body):
    answer = requests.post(URL + path, headers=HEADERS, json=body, timeout=120)
    return answer.status_code, answer.json()


def encoded(name):
    with open(name, "rb") as file:
        return base64.b64encode(file.read()).decode()


if __name__ == "__main__":
    terms = {"reference_id": str(uuid.uuid4()), "consent": True, "purpose": "Identity Verification"}
    status, answer = call(
        "/v3/kyc/farsight/liveness/passive",
        terms | {"image": encoded(sys.argv[2]), "skip_metadata_validation": True},
    )
    # A picture of other than 800 to 2000 pixels is refused: that is an answer, too.
    print(status, answer["responseKey"], answer.get("data", answer["message"]))

    status, session = call(
        "/v2/kyc/forensics/active_video_liveness/initiate",
        terms | {"face_image_base64s": [encoded(sys.argv[1])]},
    )
    if session["status"] != "SUCCESS":
        sys.exit(f"{status}: {session}")
    print("the person opens", session["videoLivenessUrl"])
    page = requests.get(session["videoLivenessUrl"], timeout=30)
    print("the page is", page.headers["Content-Type"])
    path = f"/v2/kyc/forensics/active_video_liveness/{session['decentroTxnId']}"
    print(*call(path, terms))
