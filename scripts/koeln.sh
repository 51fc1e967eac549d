#!/usr/bin/env bash
# Imports Cologne's open data into target/koeln: koeln.sh DATA, the folder that holds koeln/.
set -euo pipefail
cd "$(dirname "$0")/.."
data=$1/koeln into=target/koeln

if [ ! -d "$data" ]; then
  echo "There is no $data here. Say where Cologne's data lie: make koeln DATA=folder (it holds koeln/schulen-in-koeln.arcgis.json and the rest)." >&2
  exit 1
fi
mkdir -p "$into"
import() { cargo run --quiet --release --locked -- import "$@" --into "$into"; }

# Under the names of their files.
import "$data"/{stadtgrenze-osm.geojson,Stadtbezirk.shp,Stadtteil.shp,Stadtviertel.shp,Umweltzone.shp} \
  "$data"/{fnp_aktuell.shp,signet_aktuell.shp,Strassenabschnitt.shp,Strassenknoten.shp,bevoelkerung.csv,wahllokale.csv}
# Under names that people know.
import "$data/gruenflaechen-objekte.shp" --name gruenflaechen
import "$data/gruenflaechen-objekte.shp" --name spielplaetze --where "Objekttyp = 4"
import "$data/adressen-abgeleitet.csv" --name adressen --source-srs 25832
import "$data/schulen-in-koeln.arcgis.json" --name schulen
import "$data/osm-amenity_kindergarten.geojson" --name kitas
import "$data/osm-amenity_library.geojson" --name bibliotheken
import "$data/osm-amenity_hospital.geojson" --name krankenhaeuser
import "$data/aed.geojson" --name defibrillatoren
