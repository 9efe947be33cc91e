"""Opens a session of the didit dialect, sends a document and a selfie, and prints the report.

Needs OSTIARY_URL, OSTIARY_ID and OSTIARY_SECRET, and two pictures:
    python didit.py document.jpg selfie.jpg
"""

import os
import sys

import requests

URL = os.environ["OSTIARY_URL"]
HEADERS = {"x-api-key": f"{os.environ['OSTIARY_ID']}.{os.environ['OSTIARY_SECRET']}"}


def call(method, path, **body):
    answer = requests.request(method, URL + path, headers=HEADERS, timeout=120, **body)
    if not answer.ok:
        sys.exit(f"{answer.status_code}: {answer.text}")
    return answer.json()


def send(path, field, name):
    with open(name, "rb") as file:
        call("POST", path, files={field: file})


if __name__ == "__main__":
    session = call("POST", "/v2/session/", json={"vendor_data": "visitor-17"})
    path = f"/v2/session/{session['session_id']}/"
    print("a person with a camera could open", session["url"])
    send(path + "document/", "document", sys.argv[1])
    send(path + "live/", "selfie", sys.argv[2])
    face = call("GET", path + "decision/")["face"]
    print("status    ", face["status"])
    print("similarity", face["face_match_similarity"], face["face_match_status"])
    print("liveness  ", face["liveness_confidence"], face["liveness_status"])
    portrait = requests.get(face["source_image"], timeout=30)
    print("portrait  ", len(portrait.content), "bytes of", portrait.headers["Content-Type"])
