# Prints the status of GET <url>, by the standard library and, where it is installed, by requests.
import sys
import urllib.request

try:
    import requests
except ImportError:
    requests = None

url = sys.argv[1]
print(urllib.request.urlopen(url).status)
if requests is not None:
    print(requests.get(url, timeout=10).status_code)
