#!/usr/bin/env python3
"""Ostiary's own API: enrol a person, verify another picture of the same person, identify, open a session, remove.

    export OSTIARY_URL=http://127.0.0.1:8089 OSTIARY_BEARER=...    # from `ostiary api key add`
    own.py ENROLLED.jpg PROBE.jpg
"""

import os
import sys

import requests


def main():
    enrolled, probe = sys.argv[1:]
    url = os.environ["OSTIARY_URL"] + "/api/v1"
    session = requests.Session()
    session.headers["Authorization"] = "Bearer " + os.environ["OSTIARY_BEARER"]

    def checked(answer):
        if not answer.ok:
            sys.exit(f"{answer.status_code}: {answer.json()['error']['message']}")
        return answer

    with open(enrolled, "rb") as picture:
        person = {"subject": "example-7", "name": "Example"}
        answer = checked(session.post(f"{url}/gallery", data=person, files={"picture": picture}, timeout=120))
        print("enrolled:", answer.json())
    try:
        with open(probe, "rb") as picture:
            files, claim = {"probe": picture}, {"subject": "example-7", "liveness": "false"}
            verified = checked(session.post(f"{url}/verify", data=claim, files=files, timeout=120)).json()
            print(f"verify: {verified['verdict']}, similarity {verified['similarity']:.2f}, cosine {verified['cosine']:.3f}")
        with open(probe, "rb") as picture:
            found = checked(session.post(f"{url}/identify", files={"probe": picture}, timeout=120)).json()
            best = found["candidates"][0]
            print(f"identify: {found['verdict']}, {best['subject']} at cosine {best['cosine']:.3f}, liveness {found['liveness']}")
        with open(enrolled, "rb") as picture:
            opened = checked(session.post(f"{url}/sessions", files={"reference": picture}, timeout=120)).json()
            print("session: a person with a camera could open", opened["url"])
        stands = checked(session.get(f"{url}/sessions/{opened['id']}", timeout=120)).json()
        print("session:", stands["stage"])
    finally:
        checked(session.delete(f"{url}/gallery/example-7", timeout=120))
    if verified["verdict"] != "mated" or best["subject"] != "example-7":
        sys.exit("the two pictures were not taken for one person")


if __name__ == "__main__":
    main()
