"""Reads what one of OGC's suites found (judge.py SUITE NAME FOLDER, testng-results.xml below the folder) and holds it against the
failures that are explained in known.tsv: suite, test, what its message and arguments hold (a regular expression), and whose fault it
is. Exit code 1 where anything else failed."""

import csv
import pathlib
import re
import sys
import xml.etree.ElementTree as xml

suite, name, folder = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
results = next(folder.rglob("testng-results.xml"))
known = []
with open(pathlib.Path(__file__).with_name("known.tsv"), encoding="utf-8") as file:
    for row in csv.reader((line for line in file if not line.startswith("#")), delimiter="\t"):
        if row[0] == suite:
            known.append(tuple(row[1:]))

counts = {"PASS": 0, "FAIL": 0, "SKIP": 0}
unexplained, explained, skipped = {}, set(), {}
for method in xml.parse(results).iter("test-method"):
    if method.get("is-config") == "true":
        continue
    counts[method.get("status")] += 1
    test = method.get("signature").split("(")[0]
    message = (method.findtext(".//message") or "").strip().split("\n")[0][:300]
    if method.get("status") == "FAIL":
        text = " ".join([message, *((value.text or "").strip() for value in method.iter("value"))])
        reasons = [row for row in known if row[0] == test and re.search(row[1], text)]
        explained.update(reasons)
        if not reasons:
            unexplained.setdefault(test, []).append(message)
    elif method.get("status") == "SKIP":
        skipped.setdefault(test, message)

for test, reason in skipped.items():
    print(f"skipped  {test}: {reason}")
for test, _, reason in sorted(explained):
    print(f"theirs   {test}: {reason}")
for test, messages in unexplained.items():
    print(f"FAIL     {test} ({len(messages)}): {messages[0]}")
for test, _, _ in sorted(set(known) - explained):
    print(f"note     {test} is explained in known.tsv, and does not fail here")
print(f"{suite}, {name}: {counts['PASS']} passed, {sum(map(len, unexplained.values()))} failed, "
      f"{counts['FAIL'] - sum(map(len, unexplained.values()))} explained, {counts['SKIP']} skipped")
sys.exit(1 if unexplained else 0)
