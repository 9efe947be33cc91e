"""Compares a selfie with a photo through the kairos dialect.

Needs OSTIARY_URL, OSTIARY_ID and OSTIARY_SECRET, and two pictures:
    python kairos.py selfie.jpg photo.jpg
"""

import os
import sys

import requests


def verify(selfie, photo, multiface=False):
    with open(selfie, "rb") as selfie_file, open(photo, "rb") as photo_file:
        answer = requests.post(
            os.environ["OSTIARY_URL"] + "/v0.1/biometric-verification",
            headers={"app_id": os.environ["OSTIARY_ID"], "app_key": os.environ["OSTIARY_SECRET"]},
            files={"selfie": selfie_file, "image": photo_file},
            data={"image_multiface": "true" if multiface else "false"},
            timeout=60,
        )
    if not answer.ok:
        sys.exit(f"{answer.status_code}: {answer.text}")
    return answer.json()["response_data"]


if __name__ == "__main__":
    result = verify(sys.argv[1], sys.argv[2])
    decision = result["decision"]
    print("similarity", result["biometric"]["face_match_confidence"])
    print("liveness  ", result["biometric"]["selfie"]["faces_liveness"])
    for detail in decision["details"]:
        print(detail["decision"], detail["code"], "-", detail["description"])
    accepted = decision["reject_score"] == 0 and decision["review_score"] == 0
    print("accepted" if accepted else "not accepted")
