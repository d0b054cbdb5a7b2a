"""requests: bare, or with urllib3's Retry mounted as its documentation does.

python3 with_requests.py bare|retry MISSION
"""

import os
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

API = os.environ["APILAB_API_URL"]
EFFECTS = os.environ["APILAB_EFFECTS_URL"]
WORKERS = int(os.environ.get("WORKERS", "4"))

session = requests.Session()
if sys.argv[1] == "retry":
    retries = Retry(total=3, backoff_factor=0.5, status_forcelist=[429, 500, 502, 503, 504])
    session.mount("http://", HTTPAdapter(max_retries=retries))


def get(url):
    answer = session.get(url, timeout=30)
    answer.raise_for_status()
    return answer


def quietly(url):
    try:
        get(url)
    except requests.RequestException:
        pass


def fetch_all(urls):
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(quietly, urls))


def post_quietly(url, body, headers=None):
    try:
        session.post(url, json=body, headers=headers, timeout=30).raise_for_status()
    except requests.RequestException:
        pass


mission = sys.argv[2]
if mission == "fetch":
    fetch_all(f"{API}/items/itm_{n:04}" for n in range(1, 1 + int(os.environ.get("ITEMS", "12"))))
elif mission == "create":
    for n in (1, 2, 3):
        post_quietly(EFFECTS, {"event": f"release-{n}"})
elif mission == "order":
    login = {"user": os.environ["APILAB_API_USER"], "password": os.environ["APILAB_API_PASSWORD"]}
    session.post(f"{API}/session", json=login, timeout=30).raise_for_status()
    for n in (1, 2, 3):
        body = {"reference": f"order-{n}", "sku": "left-box"}
        post_quietly(f"{API}/orders", body, {"Idempotency-Key": str(uuid.uuid4())})
elif mission == "documents":
    fetch_all(f"{API}/documents/{one['id']}" for one in get(f"{API}/documents").json()["documents"])
elif mission == "mirror":
    fetch_all(f"{API}/items/{one['id']}" for one in get(f"{API}/items/cursor?limit=5").json()["items"])
else:
    sys.exit(f"no mission {mission}")
