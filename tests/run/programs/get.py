# Prints the status of GET <url>: python get.py urllib|requests|httpx <url>
import importlib
import sys
import urllib.request

client, url = sys.argv[1:]
if client == "urllib":
    print(urllib.request.urlopen(url).status)
else:
    print(importlib.import_module(client).get(url, timeout=10).status_code)
