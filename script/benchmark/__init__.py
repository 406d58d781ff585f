"""Measures the whole application against pure SQL doing the same work on the same server, in one run.

Lives here: loading many cases with valid chains, the measures, the baselines, the table. Does not live here: tests; no
figure printed here fails anything.
Called by: script/bench.
"""
