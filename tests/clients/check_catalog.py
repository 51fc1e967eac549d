"""Reads a server's catalogue as catalogues do: its Turtle and JSON-LD must say the same and keep the shapes (SHACL), its
records must be found by OWSLib.

    check_catalog.py BASE-URL SHAPES…

It prints what a shape complains of, and fails where that is a violation."""

import sys
from collections import Counter

import pyshacl
import rdflib
from owslib.ogcapi.records import Records
from rdflib.compare import isomorphic

SHACL = rdflib.Namespace("http://www.w3.org/ns/shacl#")
base, *files = sys.argv[1:]

turtle = rdflib.Graph().parse(f"{base}/catalog?f=ttl", format="turtle")
json_ld = rdflib.Graph().parse(f"{base}/catalog?f=jsonld", format="json-ld")
assert isomorphic(turtle, json_ld), "Turtle and JSON-LD differ"
shapes = rdflib.Graph()
for file in files:
    shapes.parse(file)
_, report, _ = pyshacl.validate(turtle, shacl_graph=shapes, advanced=True, inference="none")
found = Counter()
for result in report.subjects(rdflib.RDF.type, SHACL.ValidationResult):
    severity = str(report.value(result, SHACL.resultSeverity)).rsplit("#", 1)[-1]
    found[severity, str(report.value(result, SHACL.resultMessage))] += 1
for (severity, message), count in sorted(found.items()):
    print(f"{severity} ({count} times): {message}")
print(f"{len(turtle)} statements kept to {len(shapes)} of the shapes")

records = Records(f"{base}/")
page = records.collection_items("catalog", limit=1000)
assert page["numberMatched"] == len(page["features"]) > 0
for record in page["features"]:
    one = records.collection_item("catalog", record["id"])
    assert one["properties"] == record["properties"], record["id"]
    word = record["properties"]["title"].split()[0]
    again = records.collection_items("catalog", q=word, limit=1000)
    assert record["id"] in [other["id"] for other in again["features"]], word
print(f"OWSLib finds {page['numberMatched']} records")
sys.exit(1 if any(severity == "Violation" for severity, _ in found) else 0)
