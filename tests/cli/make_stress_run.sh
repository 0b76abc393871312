#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a stress run leaves in its directory, made up: for the report's tests, and to look at it.
#   make_stress_run.sh DIR HOPS [FAILED-HOP...]
set -eu
dir=$1 hops=$2
shift 2
mkdir -p "$dir"
cat >"$dir/run.json" <<END
{ "format": 1, "seed": 42, "hops": $hops, "faults": "all", "catalogue": ["psp-hang", "never-drawn"], "crash_every": 10, "kernels": ["6.1", "6.12", "7.3"],
  "releases": { "6.1": "6.1.0-99-amd64", "6.12": "6.12.117+deb12-amd64", "7.3": "7.3.4+deb13-amd64" },
  "machine": { "profile": "milan", "memory_mb": 2048, "processors": 2, "qemu": "10.0.13" }, "project": "made-up",
  "started": "2026-11-27T14:00:00Z", "state": "$([ $# = 0 ] && echo "done" || echo failed)",
  "map": ["map-0.json", "map-1.json"] }
END
awk -v hops="$hops" -v failed=" $* " '
# the same numbers everywhere
function draw(n) { state = (state * 16807) % 2147483647; return state % n }
BEGIN {
	state = 42
	split("6.1 6.12 7.3", kernel)
	split("kexec_load kexec_file_load", method)
	split("evict lazy preserve", policy)
	split("sev sev-es snp", kind)
	split("running launching sending receiving tearing-down", stage)
	split("shutdown-refused df-flush-required psp-hang psp-dead reclaim-busy", fault)
	from = 2
	for (hop = 1; hop <= hops; hop++) {
		to = 1 + draw(3)
		p = 1 + draw(3)
		how = hop % 10 ? method[1 + draw(2)] : "crash"
		expects = how == "crash" ? "crash-dump" : "jump"
		came = how == "crash" ? "dumped" : "jumped"
		bad = index(failed, " " hop " ")
		guests = faults = ""
		for (i = draw(3); i > 0; i--)
			guests = guests (guests == "" ? "" : ", ") "{ \"kind\": \"" kind[1 + draw(3)] "\", \"count\": " 1 + draw(3) ", \"size_mb\": " 32 * (1 + draw(3)) ", \"page_kb\": " (draw(2) ? 4 : 2048) ", \"stage\": \"" stage[1 + draw(5)] "\" }"
		if (!draw(3)) {
			f = 1 + draw(5)
			faults = "{ \"name\": \"" fault[f] "\", \"argument\": \"status 0x" draw(16) "\", \"fired\": " draw(4) " }"
			if (f == 4) {
				expects = "cold-reset"
				came = "cold-reset"
			}
		}
		if (bad)
			came = "lost"
		us = came == "jumped" ? 3000 * (1 + p) * (1 + draw(40)) + draw(3000) + 20000 * to : "null"
		before = draw(60000)
		kept = faults == "" ? 0 : 512 * draw(20)
		printf "{ \"hop\": %d, \"from\": \"%s\", \"to\": \"%s\", \"method\": \"%s\", \"policy\": \"%s\", \"guests\": [%s], \"pressure_mb\": %d, \"cpus\": %d, \"append\": \"\", \"faults\": [%s], \"expects\": \"%s\", \"outcome\": \"%s\", \"verdict\": \"%s\", \"why\": \"%s\", \"checks\": { \"census\": true, \"memory\": %s, \"guests_again\": true }, \"blackout_us\": %s, \"quiesce_us\": %d, \"give_back_us\": 800, \"quarantined\": %d, \"freed\": %d, \"kept\": %d, \"pending\": 0, \"assigned_before\": %d, \"assigned_after\": %d, \"evicted\": 2, \"forbidden\": 0, \"start_s\": %.1f, \"seconds\": %.1f, \"logs\": \"%s\"%s }\n", hop, kernel[from], kernel[to], how, policy[p], guests, 100 * draw(4), 1 + draw(4), faults, expects, came, bad ? "failed" : "ok", bad ? "the next kernel did not come up within 60 s: no verdict on its channel" : "", bad ? "false" : "true", us, 900 + draw(500), kept, int(kept * 0.9), kept - int(kept * 0.9), before, int(kept / 2), hop * 8.1, 7 + draw(30) / 10, bad ? "hop-" hop : "", bad ? ", \"again\": \"make stress SEED=42 FROM=1 N=" hop " CRASH_EVERY=10\"" : ""
		from = to
	}
}' >"$dir/hops.ndjson"
for i in 0 1; do
	cat >"$dir/map-$i.json" <<-END
	{ "hop": 5, "when": "$([ $i = 0 ] && echo before || echo after)", "pages": 524288, "runs": [
	  { "pfn": 9216, "nr_pages": 512, "state": "Firmware" }
	  $([ $i = 1 ] || echo ', { "pfn": 66048, "nr_pages": 16384, "state": "Guest-Valid" }, { "pfn": 82432, "nr_pages": 2, "state": "Context" },
	    { "pfn": 90112, "nr_pages": 8192, "state": "Guest-Invalid" }, { "pfn": 98304, "nr_pages": 3000, "state": "Pre-Guest" },
	    { "pfn": 120000, "nr_pages": 700, "state": "Reclaim" }, { "pfn": 487000, "nr_pages": 40, "state": "Metadata" }')
	  , { "pfn": 515584, "nr_pages": 2049, "state": "HV-Fixed" } ],
	  "kept_out": [ { "pfn": 200192, "nr_pages": 5632 } ] }
	END
done
