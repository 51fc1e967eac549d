#!/usr/bin/env python3
"""Oracle for siting: the maximal covering problem on spopt's own San Francisco data, solved to the optimum by spopt.

    siting.py

16 candidate stores and 205 census tracts with their ways in metres come with spopt's tests, or are read from the folder
that SPOPT_DATA names. One JSON document goes to standard output: for each limit and p the problem (weights, and the
tracts that each store covers) and the optimum.
"""

import json
import os
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pulp

warnings.filterwarnings("ignore")
import spopt  # noqa: E402
from spopt.locate import MCLP  # noqa: E402

LIMITS = (2000.0, 3500.0, 5000.0, 8000.0)


def data_folder():
    given = os.environ.get("SPOPT_DATA")
    return Path(given) if given else Path(spopt.__file__).parent / "tests" / "test_locate" / "data"


def main():
    folder = data_folder()
    ways = pd.read_csv(folder / "SF_network_distance_candidateStore_16_censusTract_205_new.csv")
    tracts = pd.read_csv(folder / "SF_demand_205_centroid_uniform_weight.csv", index_col=0)
    matrix = ways.pivot_table(values="distance", index="DestinationName", columns="name")
    weights = tracts["POP2000"].to_numpy(dtype=float)
    costs = matrix.to_numpy()
    assert costs.shape == (len(weights), 16), costs.shape
    cases = []
    for limit in LIMITS:
        covers = [np.flatnonzero(costs[:, store] <= limit).tolist() for store in range(costs.shape[1])]
        for p in (1, 2, 4, 6):
            model = MCLP.from_cost_matrix(costs, weights, service_radius=limit, p_facilities=p)
            model = model.solve(pulp.PULP_CBC_CMD(msg=False))
            optimum = float(pulp.value(model.problem.objective))
            cases.append({"limit": limit, "p": p, "covers": covers, "optimum": optimum})
    json.dump({"weights": weights.tolist(), "cases": cases, "spopt": spopt.__version__}, sys.stdout, allow_nan=False)
    print()


if __name__ == "__main__":
    main()
